/** A certificate as the seal sees it: whose it is, what it may do, until when. Twin of crypto/certificates.py. */
import { type Bytes, concat, hex, sha256, text } from "./bytes.ts"
import { type Node, TAG, as, bits, child, oid, read, time } from "./der.ts"
import { SealRefused } from "./refused.ts"

export type Usage = "sign" | "encrypt"
export type KeyKind = "P-256" | "RSA"

/** Plain data, so that it can be handed to a worker. */
export type Certificate = {
  readonly der: Bytes
  /** SHA-256 of the DER, hex: what a header calls a certificate by. */
  readonly fingerprint: string
  readonly issuer: Bytes // DER of the Name
  readonly serial: Bytes // DER of the INTEGER
  readonly subject: Bytes // DER of the Name
  /** The organisation, or the common name where there is none. */
  readonly subjectName: string
  readonly commonName: string
  readonly creditCode: string | null // 统一社会信用代码 (2.5.4.97)
  readonly serialNumber: string | null // 2.5.4.5: a staff member's person id
  readonly notBefore: Date
  readonly notAfter: Date
  readonly usages: readonly Usage[]
  readonly kind: KeyKind | null // null: a key that no suite uses, as a CA's may be
  readonly publicKey: Bytes // SubjectPublicKeyInfo, DER
}

export const OID_P256 = "1.2.840.10045.3.1.7"
export const OID_EC = "1.2.840.10045.2.1"
export const OID_RSA = "1.2.840.113549.1.1.1"
const CERTIFICATE_MAX = 16 * 1024
const RSA_BITS_MIN = 2048
const RSA_BITS_MAX = 8192
const EXTENSIONS = 0xa3
const KEY_USAGE = "2.5.29.15"
const DIGITAL_SIGNATURE = 0x80
const KEY_ENCIPHERMENT = 0x20
const KEY_AGREEMENT = 0x08

/** Refuses too_large, malformed_certificate. */
export async function readCertificate(der: Uint8Array): Promise<Certificate> {
  if (der.length > CERTIFICATE_MAX) throw new SealRefused("too_large", "certificate")
  const fingerprint = hex(await sha256(der))
  try {
    return parsed(concat(der), fingerprint)
  } catch (error) {
    throw error instanceof SealRefused ? error : new SealRefused("malformed_certificate")
  }
}

/** Refuses certificate_not_yet_valid, certificate_expired, certificate_wrong_usage. Its path is the hall's to judge. */
export function checkCertificate(certificate: Certificate, usage: Usage, at: Date): void {
  const who = certificate.fingerprint.slice(0, 16)
  if (at < certificate.notBefore) throw new SealRefused("certificate_not_yet_valid", who)
  if (at > certificate.notAfter) throw new SealRefused("certificate_expired", who)
  if (!certificate.usages.includes(usage)) throw new SealRefused("certificate_wrong_usage", who)
}

function parsed(der: Bytes, fingerprint: string): Certificate {
  const body = child(as(read(der), TAG.SEQUENCE), 0, TAG.SEQUENCE)
  const first = body.inside[0]?.tag === 0xa0 ? 1 : 0 // the version
  const issuer = child(body, first + 2, TAG.SEQUENCE)
  const validity = child(body, first + 3, TAG.SEQUENCE)
  const subject = child(body, first + 4, TAG.SEQUENCE)
  const spki = child(body, first + 5, TAG.SEQUENCE)
  const kind = keyKind(spki)
  const names = attributes(subject)
  return {
    der,
    fingerprint,
    issuer: issuer.der,
    serial: child(body, first, TAG.INTEGER).der,
    subject: subject.der,
    subjectName: names.get("2.5.4.10") || names.get("2.5.4.3") || "",
    commonName: names.get("2.5.4.3") ?? "",
    creditCode: names.get("2.5.4.97") ?? null,
    serialNumber: names.get("2.5.4.5") ?? null,
    notBefore: time(validity.inside[0]!),
    notAfter: time(validity.inside[1]!),
    usages: usagesOf(body, kind),
    kind,
    publicKey: spki.der,
  }
}

function keyKind(spki: Node): KeyKind | null {
  const algorithm = child(spki, 0, TAG.SEQUENCE)
  const named = oid(child(algorithm, 0, TAG.OID))
  const curve = algorithm.inside[1]
  if (named === OID_EC) return curve?.tag === TAG.OID && oid(curve) === OID_P256 ? "P-256" : null
  if (named !== OID_RSA) return null
  const modulus = child(read(bits(child(spki, 1, TAG.BIT_STRING))), 0, TAG.INTEGER).content
  const size = BigInt(`0x${hex(modulus)}`).toString(2).length
  return size >= RSA_BITS_MIN && size <= RSA_BITS_MAX ? "RSA" : null
}

function usagesOf(body: Node, kind: KeyKind | null): Usage[] {
  const extensions = body.inside.find(({ tag }) => tag === EXTENSIONS)
  const all = extensions ? child(extensions, 0, TAG.SEQUENCE).inside : []
  const found = all.find((one) => oid(child(one, 0, TAG.OID)) === KEY_USAGE)
  if (!found) return []
  const flags = as(read(as(found.inside.at(-1)!, TAG.OCTET_STRING).content), TAG.BIT_STRING).content[1] ?? 0
  const wraps = kind === "RSA" ? KEY_ENCIPHERMENT : KEY_AGREEMENT
  return [...(flags & wraps ? ["encrypt" as const] : []), ...(flags & DIGITAL_SIGNATURE ? ["sign" as const] : [])]
}

/** The first value of each kind of attribute in a Name. */
function attributes(name: Node): Map<string, string> {
  const found = new Map<string, string>()
  for (const attribute of name.inside.flatMap(({ inside }) => inside)) {
    const kind = oid(child(attribute, 0, TAG.OID))
    if (!found.has(kind)) found.set(kind, attributeText(attribute.inside[1]!))
  }
  return found
}

function attributeText(node: Node): string {
  if (node.tag === TAG.UTF8) return text(node.content)
  if (node.tag === TAG.BMP) return new TextDecoder("utf-16be", { fatal: true }).decode(node.content)
  return new TextDecoder("latin1").decode(node.content) // PrintableString, IA5String and TeletexString
}

const CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY" // GB 32100-2015: no I, O, S, V, Z

/** Whether `code` is a 统一社会信用代码 whose check digit fits. */
export function isCreditCode(code: string): boolean {
  if (!new RegExp(`^[${CREDIT_ALPHABET}]{18}$`).test(code)) return false
  let weight = 1
  let sum = 0
  for (const char of code.slice(0, 17)) {
    sum += CREDIT_ALPHABET.indexOf(char) * weight
    weight = (weight * 3) % 31
  }
  return CREDIT_ALPHABET[(31 - (sum % 31)) % 31] === code[17]
}
