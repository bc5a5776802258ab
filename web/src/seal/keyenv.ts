/**
 * The key envelope: CMS AuthEnvelopedData (RFC 5083, 5084) whose content is the package's content
 * key. Twin of crypto/keyenv.py; `openssl cms` reads ours, and we read its.
 *
 * P-256: kari (RFC 5753), ECDH with dhSinglePass-stdDH-sha256kdf and aes256-wrap.
 * RSA: ktri, OAEP with SHA-256 and MGF1-SHA256.
 */
import { type Bytes, concat, equal, sha256, u32be } from "./bytes.ts"
import { type Certificate, OID_EC, OID_P256 } from "./certificate.ts"
import * as der from "./der.ts"
import { type Node, TAG, as, child, oid } from "./der.ts"
import { SealRefused, refusing } from "./refused.ts"
import type { SoftKey } from "./softkey.ts"

export const KEYENV_MAX = 64 * 1024
export const RECIPIENTS_MAX = 8

const AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
const DATA = "1.2.840.113549.1.7.1"
const AES256_GCM = "2.16.840.1.101.3.4.1.46"
const AES256_WRAP = "2.16.840.1.101.3.4.1.45"
const ECDH_SHA256KDF = "1.3.132.1.11.1"
const OAEP = "1.2.840.113549.1.1.7"
const MGF1 = "1.2.840.113549.1.1.8"
const SHA256 = "2.16.840.1.101.3.4.2.1"
const KARI = 0xa1
const ORIGINATOR_KEY = 0xa1
const EXPLICIT_0 = 0xa0
const CEK = 32
const NONCE = 12
const TAG_BYTES = 16

export type Entropy = (length: number) => Bytes
export const fromBrowser: Entropy = (length) => crypto.getRandomValues(new Uint8Array(length))

export type RecipientId = { readonly issuer: Bytes; readonly serial: Bytes } // each as DER

/** `cek` for whoever holds the key of one of `recipients`. Nonces come from `entropy`, keys from WebCrypto. */
export async function wrap(cek: Bytes, recipients: readonly Certificate[], entropy: Entropy = fromBrowser): Promise<Bytes> {
  const each = new Set(recipients.map(({ fingerprint }) => fingerprint))
  if (cek.length !== CEK || each.size === 0 || each.size > RECIPIENTS_MAX || each.size < recipients.length) {
    throw new SealRefused("malformed_keyenv", "recipients")
  }
  if (recipients.some(({ kind }) => !kind)) throw new SealRefused("key_unsuited")
  const raw = entropy(CEK)
  const nonce = entropy(NONCE)
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"])
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, cek))
  const infos = await Promise.all(recipients.map((one) => (one.kind === "RSA" ? ktri(raw, one) : kari(raw, one))))
  const gcm = der.sequence(der.octets(nonce), der.small(TAG_BYTES))
  const content = der.sequence(
    der.writeOid(DATA),
    der.sequence(der.writeOid(AES256_GCM), gcm),
    der.write(0x80, sealed.subarray(0, -TAG_BYTES)),
  )
  const envelope = der.sequence(der.small(0), der.setOf(...infos), content, der.octets(sealed.subarray(-TAG_BYTES)))
  return der.sequence(der.writeOid(AUTH_ENVELOPED), der.tagged(0, envelope))
}

/** The content key. Refuses too_large, malformed_keyenv, not_a_recipient, keyenv_altered. */
export async function unwrap(keyenv: Uint8Array, key: SoftKey): Promise<Bytes> {
  const envelope = await parsed(keyenv)
  const mine = envelope.recipients.find(({ id }) => isId(id, key.certificate))
  if (mine?.kind !== key.certificate.kind) throw new SealRefused("not_a_recipient", key.certificate.fingerprint.slice(0, 16))
  const { unwrapping } = key
  if (!unwrapping) throw new SealRefused("certificate_wrong_usage", "no decryption key")
  return refusing("keyenv_altered", async () => {
    const content = await (mine.kind === "RSA" ? fromKtri(mine, unwrapping) : fromKari(mine, unwrapping))
    const how = { name: "AES-GCM", iv: envelope.nonce, tagLength: TAG_BYTES * 8 }
    const cek = new Uint8Array(await crypto.subtle.decrypt(how, content, concat(envelope.sealed, envelope.mac)))
    if (cek.length !== CEK) throw new SealRefused("malformed_keyenv", "length of the content key")
    return cek
  })
}

/** Whom an envelope is for. Refuses too_large, malformed_keyenv. */
export async function recipientsOf(keyenv: Uint8Array): Promise<readonly RecipientId[]> {
  return (await parsed(keyenv)).recipients.map(({ id }) => id)
}

export function isId(id: RecipientId, certificate: Certificate): boolean {
  return equal(id.issuer, certificate.issuer) && equal(id.serial, certificate.serial)
}

// Writing a recipient.

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
  const wrapping = await keyFrom(ours.privateKey, theirs)
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
async function keyFrom(privateKey: CryptoKey, publicKey: CryptoKey): Promise<CryptoKey> {
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256))
  const info = der.sequence(der.sequence(der.writeOid(AES256_WRAP)), der.tagged(2, der.octets(u32be(256))))
  const key = await sha256(shared, u32be(1), info)
  return crypto.subtle.importKey("raw", key, "AES-KW", false, ["wrapKey", "unwrapKey"])
}

// Reading.

type Recipient = { readonly id: RecipientId; readonly wrapped: Bytes } & (
  | { readonly kind: "RSA" }
  | { readonly kind: "P-256"; readonly point: Bytes }
)
type Envelope = {
  readonly recipients: readonly Recipient[]
  readonly nonce: Bytes
  readonly sealed: Bytes
  readonly mac: Bytes
}

async function fromKtri({ wrapped }: Recipient, key: CryptoKey): Promise<CryptoKey> {
  const raw = await crypto.subtle.decrypt("RSA-OAEP", key, wrapped)
  if (raw.byteLength !== CEK) throw new SealRefused("keyenv_altered", "length of the key")
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"])
}

async function fromKari(recipient: Recipient & { kind: "P-256" }, key: CryptoKey): Promise<CryptoKey> {
  const curve = { name: "ECDH", namedCurve: "P-256" }
  const theirs = await crypto.subtle.importKey("raw", recipient.point, curve, false, []) // on the curve, or refused
  const wrapping = await keyFrom(key, theirs)
  return crypto.subtle.unwrapKey("raw", recipient.wrapped, wrapping, "AES-KW", "AES-GCM", false, ["decrypt"])
}

function parsed(keyenv: Uint8Array): Promise<Envelope> {
  if (keyenv.length > KEYENV_MAX) throw new SealRefused("too_large", "key envelope")
  return refusing("malformed_keyenv", () => {
    const info = as(der.read(keyenv), TAG.SEQUENCE)
    const envelope = child(child(info, 1, EXPLICIT_0), 0, TAG.SEQUENCE)
    const content = child(envelope, 2, TAG.SEQUENCE)
    const kinds = [oid(child(info, 0, TAG.OID)), oid(child(content, 0, TAG.OID)), child(envelope, 0, TAG.INTEGER).content[0]]
    if (kinds.join() !== [AUTH_ENVELOPED, DATA, 0].join()) throw new SealRefused("malformed_keyenv", "content type")
    const infos = child(envelope, 1, TAG.SET).inside
    if (infos.length === 0 || infos.length > RECIPIENTS_MAX) throw new SealRefused("malformed_keyenv", "recipients")
    const gcm = algorithm(child(content, 1, TAG.SEQUENCE), AES256_GCM)
    const nonce = child(as(gcm!, TAG.SEQUENCE), 0, TAG.OCTET_STRING).content
    const mac = child(envelope, 3, TAG.OCTET_STRING).content
    const length = gcm!.inside[1]?.content[0] ?? NONCE // RFC 5084: the tag has 12 bytes unless it says otherwise
    if (nonce.length !== NONCE || mac.length !== TAG_BYTES || length !== TAG_BYTES) {
      throw new SealRefused("malformed_keyenv", "nonce or tag")
    }
    return { recipients: infos.map(recipient), nonce, mac, sealed: child(content, 2, 0x80).content }
  })
}

function recipient(info: Node): Recipient {
  if (info.tag === TAG.SEQUENCE) return fromRsa(info)
  if (info.tag === KARI) return fromAgreement(info)
  throw new SealRefused("malformed_keyenv", "kind of recipient")
}

function fromRsa(info: Node): Recipient {
  // One way of writing it: explicit SHA-256 for both hashes, with their NULL (RFC 4055).
  if (!equal(child(info, 2, TAG.SEQUENCE).der, oaep())) throw new SealRefused("malformed_keyenv", "OAEP parameters")
  return { kind: "RSA", id: idOf(child(info, 1, TAG.SEQUENCE)), wrapped: child(info, 3, TAG.OCTET_STRING).content }
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
    point: der.bits(child(originator, 1, TAG.BIT_STRING)),
    id: idOf(child(keys[0]!, 0, TAG.SEQUENCE)),
    wrapped: child(keys[0]!, 1, TAG.OCTET_STRING).content,
  }
}

/** The parameters of an AlgorithmIdentifier, which has to be `expected`. */
function algorithm(node: Node, expected: string): Node | undefined {
  const named = oid(child(node, 0, TAG.OID))
  if (named !== expected) throw new SealRefused("malformed_keyenv", `algorithm ${named}`)
  return node.inside[1]
}

const idOf = (node: Node): RecipientId => ({
  issuer: child(node, 0, TAG.SEQUENCE).der,
  serial: child(node, 1, TAG.INTEGER).der,
})

