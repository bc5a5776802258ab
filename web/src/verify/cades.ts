/** Who signed a package's seal.json, by its CAdES-BES signature. Twin of cades_verify in crypto/signing.py. */
import { type Bytes, equal, sha256 } from "../seal/bytes.ts"
import { type Certificate, readCertificate } from "../seal/certificate.ts"
import { DerError, type Node, TAG, as, child, oid, read } from "../seal/der.ts"
import { SealRefused } from "../seal/refused.ts"
import { verify } from "../seal/signature.ts"

export type Signer = { readonly certificate: Certificate; readonly certificates: readonly Certificate[] }

const SIGNED_DATA = "1.2.840.113549.1.7.2"
const DATA = "1.2.840.113549.1.7.1"
const SHA256 = "2.16.840.1.101.3.4.2.1"
const SIGNATURES: ReadonlySet<string> = new Set(["1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1", "1.2.840.10045.4.3.2"])
const CONTENT_TYPE = "1.2.840.113549.1.9.3"
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
const SIGNING_TIME = "1.2.840.113549.1.9.5"
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
const SIGNATURE_MAX = 256 * 1024
const CERTIFICATES_MAX = 32
const EXPLICIT_0 = 0xa0

/** Refuses signature_missing, too_large, malformed_signature, signer_unknown, seal_altered, signature_bad. */
export async function cadesSigner(p7s: Uint8Array, data: Uint8Array): Promise<Signer> {
  if (p7s.length === 0) throw new SealRefused("signature_missing")
  if (p7s.length > SIGNATURE_MAX) throw new SealRefused("too_large", "signature")
  const found = parsed(p7s)
  const certificates = await Promise.all(found.certificates.map(readCertificate))
  const certificate = certificates.find(({ issuer, serial }) => equal(issuer, found.issuer) && equal(serial, found.serial))
  if (!certificate) throw new SealRefused("signer_unknown", "certificate not embedded")
  if (!equal(found.digest, await sha256(data))) throw new SealRefused("seal_altered", "message digest")
  if (!equal(found.pinned, await sha256(certificate.der))) throw new SealRefused("signer_unknown", "another certificate")
  await verify(certificate, found.signed, found.signature)
  return { certificate, certificates }
}

type Parsed = {
  readonly issuer: Bytes // DER of the signer's issuer
  readonly serial: Bytes // DER
  readonly certificates: readonly Bytes[]
  readonly digest: Bytes // of what is signed
  readonly pinned: Bytes // hash of the signer's certificate
  readonly signed: Bytes // the attributes, in the encoding that is signed
  readonly signature: Bytes
}

function parsed(p7s: Uint8Array): Parsed {
  try {
    const info = as(read(p7s), TAG.SEQUENCE)
    named(child(info, 0, TAG.OID), SIGNED_DATA)
    const [, digests, content, ...rest] = as(child(info, 1, EXPLICIT_0).inside[0]!, TAG.SEQUENCE).inside
    algorithm(as(digests!, TAG.SET).inside[0]!, SHA256)
    named(child(content!, 0, TAG.OID), DATA)
    if (content!.inside.length > 1) throw new DerError("not detached")
    const certificates = rest[0]?.tag === EXPLICIT_0 ? rest[0].inside.map(({ der }) => der) : []
    const signers = as(rest.at(-1)!, TAG.SET).inside
    if (signers.length === 0) throw new SealRefused("signature_missing")
    if (signers.length !== 1 || certificates.length > CERTIFICATES_MAX) throw new DerError("signers")
    return { ...signerInfo(signers[0]!), certificates }
  } catch (error) {
    throw error instanceof SealRefused ? error : new SealRefused("malformed_signature")
  }
}

function signerInfo(signer: Node): Omit<Parsed, "certificates"> {
  const sid = child(signer, 1, TAG.SEQUENCE)
  algorithm(child(signer, 2, TAG.SEQUENCE), SHA256)
  const attributes = child(signer, 3, EXPLICIT_0)
  if (!SIGNATURES.has(oid(child(child(signer, 4, TAG.SEQUENCE), 0, TAG.OID)))) throw new DerError("signature algorithm")
  const one = (kind: string): Node => {
    const found = attributes.inside.filter((attribute) => oid(child(attribute, 0, TAG.OID)) === kind)
    const values = found.length === 1 ? child(found[0]!, 1, TAG.SET).inside : []
    if (values.length !== 1) throw new DerError(`attribute ${kind}`)
    return values[0]!
  }
  named(one(CONTENT_TYPE), DATA)
  one(SIGNING_TIME)
  // ESSCertIDv2 without an algorithm: SHA-256 is the default, which DER leaves out (RFC 5035 §3).
  const pin = child(child(child(one(SIGNING_CERTIFICATE_V2), 0, TAG.SEQUENCE), 0, TAG.SEQUENCE), 0, TAG.OCTET_STRING)
  return {
    issuer: child(sid, 0, TAG.SEQUENCE).der,
    serial: child(sid, 1, TAG.INTEGER).der,
    digest: as(one(MESSAGE_DIGEST), TAG.OCTET_STRING).content,
    pinned: pin.content,
    // Signed as a SET OF, they stand here under the tag [0]: RFC 5652 §5.4.
    signed: retagged(attributes.der, TAG.SET),
    signature: child(signer, 5, TAG.OCTET_STRING).content,
  }
}

function named(node: Node, expected: string): void {
  if (oid(node) !== expected) throw new DerError(`not ${expected}`)
}

const algorithm = (node: Node, expected: string): void => named(child(node, 0, TAG.OID), expected)

function retagged(der: Bytes, tag: number): Bytes {
  const copy = der.slice()
  copy[0] = tag
  return copy
}
