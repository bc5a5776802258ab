/**
 * The inside of a .p12 file (PKCS#12, RFC 7292): its private keys and certificates, as bytes.
 *
 * PBES2 is WebCrypto's, with the PIN in UTF-8. node-forge reads BER, derives the MAC's key (PIN in
 * UTF-16), and undoes the legacy encodings (3DES, RC2).
 */
import forge from "node-forge/lib/forge.js"
import "node-forge/lib/hmac.js"
import "node-forge/lib/pbe.js"
import "node-forge/lib/sha1.js"
import "node-forge/lib/sha256.js"
import "node-forge/lib/sha512.js"
import type { asn1, cipher, md, util } from "node-forge"
import { type Bytes, concat, equal, utf8 } from "./bytes.ts"
import { type Node, TAG, as, child, oid, read } from "./der.ts"
import { SealRefused } from "./refused.ts"

export type Bags = { readonly keys: readonly Bytes[]; readonly certificates: readonly Bytes[] } // PKCS#8, X.509

const DATA = "1.2.840.113549.1.7.1"
const ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
const KEY_BAG = "1.2.840.113549.1.12.10.1.1"
const SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2"
const CERT_BAG = "1.2.840.113549.1.12.10.1.3"
const X509 = "1.2.840.113549.1.9.22.1"
const PBES2 = "1.2.840.113549.1.5.13"
const EXPLICIT_0 = 0xa0
const ITERATIONS_MAX = 10_000_000 // a file must not keep a page busy for ever
const MAC_KEY = 3 // RFC 7292 B.3: what the derived key is for

const PRF: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "SHA-1",
  "1.2.840.113549.2.9": "SHA-256",
  "1.2.840.113549.2.10": "SHA-384",
  "1.2.840.113549.2.11": "SHA-512",
}
const AES_CBC_BITS: Readonly<Record<string, number>> = {
  "2.16.840.1.101.3.4.1.2": 128,
  "2.16.840.1.101.3.4.1.42": 256,
}
const MAC_DIGEST: Readonly<Record<string, () => Digest>> = {
  "1.3.14.3.2.26": () => forge.md.sha1.create(),
  "2.16.840.1.101.3.4.2.1": () => forge.md.sha256.create(),
  "2.16.840.1.101.3.4.2.2": () => forge.md.sha384.create(),
  "2.16.840.1.101.3.4.2.3": () => forge.md.sha512.create(),
}

/** Refuses not_a_p12, wrong_pin, key_unsuited (an encoding that is not read). */
export async function readBags(file: Uint8Array, pin: string): Promise<Bags> {
  const { infos, safe, mac } = readFile(file)
  if (mac) checkMac(safe, mac, pin)
  const keys: Bytes[] = []
  const certificates: Bytes[] = []
  for (const info of infos) {
    for (const bag of fromBer(await contents(info, pin)).inside) {
      const value = child(bag, 1, EXPLICIT_0).inside[0]!
      const kind = oid(child(bag, 0, TAG.OID))
      if (kind === KEY_BAG) keys.push(value.der)
      if (kind === SHROUDED_KEY_BAG) keys.push(await decrypted(value.inside[0]!, octets(value.inside[1]!), pin))
      if (kind === CERT_BAG && oid(child(value, 0, TAG.OID)) === X509) {
        certificates.push(octets(child(value, 1, EXPLICIT_0).inside[0]!))
      }
    }
  }
  return { keys, certificates }
}

/** Whatever is wrong before the PIN is asked for is the file's own fault. */
function readFile(file: Uint8Array): { infos: readonly Node[]; safe: Bytes; mac: Node | undefined } {
  try {
    const pfx = as(fromBer(file), TAG.SEQUENCE)
    const info = child(pfx, 1, TAG.SEQUENCE)
    if (child(pfx, 0, TAG.INTEGER).content[0] !== 3 || oid(child(info, 0, TAG.OID)) !== DATA) throw new Error("kind")
    const safe = octets(child(info, 1, EXPLICIT_0).inside[0]!)
    return { infos: as(fromBer(safe), TAG.SEQUENCE).inside, safe, mac: pfx.inside[2] }
  } catch {
    throw new SealRefused("not_a_p12")
  }
}

function checkMac(safe: Bytes, mac: Node, pin: string): void {
  const info = child(mac, 0, TAG.SEQUENCE)
  const digest = MAC_DIGEST[oid(child(child(info, 0, TAG.SEQUENCE), 0, TAG.OID))]?.()
  if (!digest) throw new SealRefused("key_unsuited", "encoding")
  const iterations = mac.inside[2] ? count(mac.inside[2]) : 1
  const salt = forge.util.createBuffer(octets(child(mac, 1, TAG.OCTET_STRING)))
  const hmac = forge.hmac.create()
  hmac.start(digest, pbe.generatePkcs12Key(pin, salt, MAC_KEY, iterations, digest.digestLength, digest))
  hmac.update(binary(safe))
  if (!equal(fromBinary(hmac.digest().getBytes()), octets(info.inside[1]!))) throw new SealRefused("wrong_pin")
}

async function contents(info: Node, pin: string): Promise<Bytes> {
  const kind = oid(child(info, 0, TAG.OID))
  const value = child(info, 1, EXPLICIT_0).inside[0]!
  if (kind === DATA) return octets(value)
  if (kind !== ENCRYPTED_DATA) throw new SealRefused("not_a_p12", "kind of content")
  const encrypted = child(value, 1, TAG.SEQUENCE)
  return decrypted(child(encrypted, 1, TAG.SEQUENCE), octets(encrypted.inside[2]!), pin)
}

/** What a password-based `algorithm` made of it. A failure means another PIN: only a MAC could tell otherwise. */
async function decrypted(algorithm: Node, data: Bytes, pin: string): Promise<Bytes> {
  const kind = oid(child(algorithm, 0, TAG.OID))
  const modern = kind === PBES2 ? await pbes2(algorithm.inside[1]!, pin) : undefined
  try {
    if (modern) return new Uint8Array(await crypto.subtle.decrypt(modern.how, modern.key, data))
    const cipher = legacy(kind, algorithm, pin)
    cipher.update(forge.util.createBuffer(data))
    if (!cipher.finish()) throw new SealRefused("wrong_pin")
    return fromBinary(cipher.output.getBytes())
  } catch (error) {
    throw error instanceof SealRefused ? error : new SealRefused("wrong_pin")
  }
}

type Decryption = { readonly how: AesCbcParams; readonly key: CryptoKey }

/** Undefined for a cipher that WebCrypto hasn't got everywhere. */
async function pbes2(parameters: Node, pin: string): Promise<Decryption | undefined> {
  const [derivation, encryption] = parameters.inside as [Node, Node]
  const bits = AES_CBC_BITS[oid(child(encryption, 0, TAG.OID))]
  const options = child(derivation, 1, TAG.SEQUENCE).inside
  const prf = options.find(({ tag }) => tag === TAG.SEQUENCE)
  const hash = prf ? PRF[oid(child(prf, 0, TAG.OID))] : "SHA-1"
  if (!bits || !hash) return undefined
  const password = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"])
  const how = { name: "PBKDF2", hash, salt: octets(options[0]!), iterations: count(options[1]!) }
  const key = await crypto.subtle.deriveKey(how, password, { name: "AES-CBC", length: bits }, false, ["decrypt"])
  return { how: { name: "AES-CBC", iv: octets(child(encryption, 1, TAG.OCTET_STRING)) }, key }
}

function legacy(kind: string, algorithm: Node, pin: string): Cipher {
  const parameters = forge.asn1.fromDer(forge.util.createBuffer(algorithm.inside[1]!.der))
  const password = kind === PBES2 ? binary(utf8(pin)) : pin
  try {
    return pbe.getCipher(kind, parameters, password)
  } catch {
    throw new SealRefused("key_unsuited", "encoding")
  }
}

type Asn1 = asn1.Asn1
type Buffer = util.ByteStringBuffer
type Cipher = cipher.BlockCipher
type Digest = md.MessageDigest
// forge has it, its type declarations haven't.
const { pbe } = forge.pki as unknown as {
  pbe: {
    getCipher(oid: string, parameters: Asn1, password: string): Cipher
    generatePkcs12Key(pin: string, salt: Buffer, id: number, rounds: number, size: number, digest: Digest): Buffer
  }
}

/** BER, such as Windows and Java write it, as DER; our own reader takes nothing else. */
function fromBer(data: Uint8Array): Node {
  const parsed = forge.asn1.fromDer(forge.util.createBuffer(data as Bytes))
  return read(fromBinary(forge.asn1.toDer(parsed).getBytes()))
}

/** An OCTET STRING, or one under an implicit tag; in BER it may come in pieces. */
function octets(node: Node): Bytes {
  return node.inside.length ? concat(...node.inside.map(octets)) : node.content
}

function count(node: Node): number {
  const value = as(node, TAG.INTEGER).content.reduce((sum, byte) => sum * 256 + byte, 0)
  if (value < 1 || value > ITERATIONS_MAX) throw new SealRefused("key_unsuited", "iterations")
  return value
}

function binary(bytes: Uint8Array): string {
  return forge.util.binary.raw.encode(bytes)
}

const fromBinary = (text: string): Bytes => concat(Uint8Array.from(text, (char) => char.charCodeAt(0)))
