/**
 * seal.p7s: a detached CMS SignedData over seal.json, CAdES-BES (ETSI EN 319 122-1).
 * Twin of crypto/signing.py; `openssl cms -verify -cades` accepts it.
 */
import { type Bytes, sha256 } from "./bytes.ts"
import type { Certificate } from "./certificate.ts"
import * as der from "./der.ts"
import { type Key, sign } from "./keys.ts"

const SIGNED_DATA = "1.2.840.113549.1.7.2"
const DATA = "1.2.840.113549.1.7.1"
const SHA256 = "2.16.840.1.101.3.4.2.1"
const SHA256_RSA = "1.2.840.113549.1.1.11"
const SHA256_ECDSA = "1.2.840.10045.4.3.2"
const CONTENT_TYPE = "1.2.840.113549.1.9.3"
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
const SIGNING_TIME = "1.2.840.113549.1.9.5"
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"

/** `data` signed at `at`, with the signer's chain and `extra` certificates embedded. DER. */
export async function cadesSign(
  key: Key,
  data: Uint8Array,
  at: Date,
  extra: readonly Certificate[] = [],
): Promise<Bytes> {
  const { certificate } = key
  const attributes = [
    attribute(CONTENT_TYPE, der.writeOid(DATA)),
    attribute(SIGNING_TIME, der.writeTime(at)),
    attribute(MESSAGE_DIGEST, der.octets(await sha256(data))),
    attribute(SIGNING_CERTIFICATE_V2, await signingCertificate(certificate)),
  ]
  // The attributes are signed as a SET OF, and stand in the message under the tag [0].
  const signature = await sign(key, der.setOf(...attributes), data)
  const signer = der.sequence(
    der.small(1),
    der.sequence(certificate.issuer, certificate.serial),
    digestAlgorithm(),
    der.tagged(0, ...der.read(der.setOf(...attributes)).inside.map((one) => one.der)),
    signatureAlgorithm(certificate),
    der.octets(signature),
  )
  const embedded = new Map([certificate, ...key.chain, ...extra].map((one) => [one.fingerprint, one.der]))
  const certificates = der.read(der.setOf(...embedded.values())).inside.map((one) => one.der)
  const signed = der.sequence(
    der.small(1),
    der.setOf(digestAlgorithm()),
    der.sequence(der.writeOid(DATA)),
    der.tagged(0, ...certificates),
    der.setOf(signer),
  )
  return der.sequence(der.writeOid(SIGNED_DATA), der.tagged(0, signed))
}

/** Names the certificate by hash (SHA-256, the default, is left out in DER), and by issuer and serial number. */
async function signingCertificate({ der: bytes, issuer, serial }: Certificate): Promise<Bytes> {
  const directoryName = der.tagged(4, issuer)
  const id = der.sequence(der.octets(await sha256(bytes)), der.sequence(der.sequence(directoryName), serial))
  return der.sequence(der.sequence(id))
}

const attribute = (kind: string, value: Uint8Array): Bytes => der.sequence(der.writeOid(kind), der.setOf(value))
const digestAlgorithm = (): Bytes => der.sequence(der.writeOid(SHA256), der.nothing())

function signatureAlgorithm({ kind }: Certificate): Bytes {
  return kind === "RSA" ? der.sequence(der.writeOid(SHA256_RSA), der.nothing()) : der.sequence(der.writeOid(SHA256_ECDSA))
}
