/**
 * One recipient of a key envelope: the envelope's own key, wrapped to a certificate (a CMS
 * RecipientInfo, RFC 5652 §6.2).
 *
 * P-256: kari (RFC 5753), ECDH with dhSinglePass-stdDH-sha256kdf and aes256-wrap.
 * RSA: ktri, OAEP with SHA-256 and MGF1-SHA256.
 */
import { type Bytes, equal, sha256, u32be } from "./bytes.ts"
import { type Certificate, OID_EC, OID_P256 } from "./certificate.ts"
import * as der from "./der.ts"
import { type Node, TAG, as, child, oid } from "./der.ts"
import { SealRefused } from "./refused.ts"

const AES256_WRAP = "2.16.840.1.101.3.4.1.45"
const ECDH_SHA256KDF = "1.3.132.1.11.1"
const OAEP = "1.2.840.113549.1.1.7"
const MGF1 = "1.2.840.113549.1.1.8"
const SHA256 = "2.16.840.1.101.3.4.2.1"
const KARI = 0xa1
const ORIGINATOR_KEY = 0xa1
const EXPLICIT_0 = 0xa0

export type RecipientId = { readonly issuer: Bytes; readonly serial: Bytes } // each as DER

/** `der` is the whole RecipientInfo, for a key that reads it elsewhere. */
export type Recipient = { readonly id: RecipientId; readonly der: Bytes; readonly wrapped: Bytes } & (
  | { readonly kind: "RSA" }
  | { readonly kind: "P-256"; readonly point: Bytes }
)

export function isId(id: RecipientId, certificate: Certificate): boolean {
  return equal(id.issuer, certificate.issuer) && equal(id.serial, certificate.serial)
}

// Writing.

/** A RecipientInfo that holds `raw`, 32 bytes, for whoever has the key of `certificate`. Refuses key_unsuited. */
export function writeRecipient(raw: Bytes, certificate: Certificate): Promise<Bytes> {
  if (!certificate.kind) throw new SealRefused("key_unsuited")
  return certificate.kind === "RSA" ? ktri(raw, certificate) : kari(raw, certificate)
}

async function ktri(raw: Bytes, { publicKey, issuer, serial }: Certificate): Promise<Bytes> {
  const key = await crypto.subtle.importKey("spki", publicKey, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"])
  const wrapped = new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", key, raw))
  return der.sequence(der.small(0), der.sequence(issuer, serial), oaep(), der.octets(wrapped))
}

function oaep(): Bytes {
  const hash = der.sequence(der.writeOid(SHA256), der.nothing())
  const mask = der.sequence(der.writeOid(MGF1), hash)
  return der.sequence(der.writeOid(OAEP), der.sequence(der.tagged(0, hash), der.tagged(1, mask)))
}

async function kari(raw: Bytes, { publicKey, issuer, serial }: Certificate): Promise<Bytes> {
  const curve = { name: "ECDH", namedCurve: "P-256" }
  const theirs = await crypto.subtle.importKey("spki", publicKey, curve, false, [])
  const ours = await crypto.subtle.generateKey(curve, true, ["deriveBits"])
  const wrapping = await wrappingKey(ours.privateKey, theirs)
  const content = await crypto.subtle.importKey("raw", raw, "AES-GCM", true, ["encrypt"])
  const wrapped = new Uint8Array(await crypto.subtle.wrapKey("raw", content, wrapping, "AES-KW"))
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey))
  return der.tagged(
    1,
    der.small(3),
    der.tagged(0, der.tagged(1, der.sequence(der.writeOid(OID_EC)), der.bitString(point))),
    der.sequence(der.writeOid(ECDH_SHA256KDF), der.sequence(der.writeOid(AES256_WRAP))),
    der.sequence(der.sequence(der.sequence(issuer, serial), der.octets(wrapped))),
  )
}

/** X9.63 with SHA-256 over the shared point; SharedInfo as RFC 5753 §7.2 has it for a 256-bit wrapping key. */
export async function wrappingKey(privateKey: CryptoKey, publicKey: CryptoKey): Promise<CryptoKey> {
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256))
  const info = der.sequence(der.sequence(der.writeOid(AES256_WRAP)), der.tagged(2, der.octets(u32be(256))))
  const key = await sha256(shared, u32be(1), info)
  return crypto.subtle.importKey("raw", key, "AES-KW", false, ["wrapKey", "unwrapKey"])
}

// Reading.

/** Throws a DerError, or refuses malformed_keyenv. */
export function readRecipient(info: Node): Recipient {
  if (info.tag === TAG.SEQUENCE) return fromRsa(info)
  if (info.tag === KARI) return fromAgreement(info)
  throw new SealRefused("malformed_keyenv", "kind of recipient")
}

function fromRsa(info: Node): Recipient {
  // One way of writing it: explicit SHA-256 for both hashes, with their NULL (RFC 4055).
  if (!equal(child(info, 2, TAG.SEQUENCE).der, oaep())) throw new SealRefused("malformed_keyenv", "OAEP parameters")
  return { kind: "RSA", der: info.der, id: idOf(child(info, 1, TAG.SEQUENCE)), wrapped: child(info, 3, TAG.OCTET_STRING).content }
}

function fromAgreement(info: Node): Recipient {
  const originator = child(child(info, 1, EXPLICIT_0), 0, ORIGINATOR_KEY)
  const curve = algorithm(child(originator, 0, TAG.SEQUENCE), OID_EC)
  if (curve?.tag === TAG.OID && oid(curve) !== OID_P256) throw new SealRefused("malformed_keyenv", "curve")
  const agreement = algorithm(child(info, 2, TAG.SEQUENCE), ECDH_SHA256KDF)
  algorithm(as(agreement!, TAG.SEQUENCE), AES256_WRAP)
  const keys = child(info, 3, TAG.SEQUENCE).inside
  if (keys.length !== 1) throw new SealRefused("malformed_keyenv", "keys of a recipient")
  return {
    kind: "P-256",
    der: info.der,
    point: der.bits(child(originator, 1, TAG.BIT_STRING)),
    id: idOf(child(keys[0]!, 0, TAG.SEQUENCE)),
    wrapped: child(keys[0]!, 1, TAG.OCTET_STRING).content,
  }
}

/** The parameters of an AlgorithmIdentifier, which has to be `expected`. */
export function algorithm(node: Node, expected: string): Node | undefined {
  const named = oid(child(node, 0, TAG.OID))
  if (named !== expected) throw new SealRefused("malformed_keyenv", `algorithm ${named}`)
  return node.inside[1]
}

const idOf = (node: Node): RecipientId => ({
  issuer: child(node, 0, TAG.SEQUENCE).der,
  serial: child(node, 1, TAG.INTEGER).der,
})

