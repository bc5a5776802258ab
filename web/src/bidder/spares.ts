/** Other encryption certificates of one's own firm that a tender may be sealed to as well: a spare token's. */
import { type Certificate, checkCertificate, readCertificate } from "../seal/certificate.ts"
import { type Bytes, fromBase64 } from "../seal/bytes.ts"
import { SealRefused } from "../seal/refused.ts"

/** With the one that is open: what a key envelope takes. */
export const SPARES_MAX = 7

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/

/** A certificate file (DER or PEM) of the firm `code`. Refuses certificate_*, recipient_foreign, malformed_certificate. */
export async function spareOf(file: Blob, code: string, at: Date): Promise<Certificate> {
  const data = new Uint8Array(await file.arrayBuffer())
  const certificate = await readCertificate(derOf(data))
  if (certificate.creditCode !== code) throw new SealRefused("recipient_foreign", certificate.subjectName)
  if (!certificate.kind) throw new SealRefused("key_unsuited")
  checkCertificate(certificate, "encrypt", at)
  return certificate
}

function derOf(data: Bytes): Bytes {
  const match = PEM.exec(new TextDecoder("latin1").decode(data))
  return match ? fromBase64(match[1]!.replace(/\s/g, "")) : data
}
