/** A .p12 file and its PIN, as a key on this device: from here on the key lives in WebCrypto. */
import { type Bytes, equal } from "./bytes.ts"
import { type Certificate, OID_EC, OID_RSA, readCertificate } from "./certificate.ts"
import { TAG, bits, child, oid, read } from "./der.ts"
import { type Bags, readBags } from "./p12bags.ts"
import { SealRefused, refusing } from "./refused.ts"
import { type SoftKey, softKey } from "./softkey.ts"

const P12_MAX = 1 << 20

/** Refuses too_large, not_a_p12, wrong_pin, no_key, key_unsuited, malformed_certificate. */
export async function openPkcs12(data: Uint8Array, pin: string): Promise<SoftKey> {
  if (data.length > P12_MAX) throw new SealRefused("too_large", "p12")
  const bags: Bags = await refusing("not_a_p12", () => readBags(data, pin))
  const [pkcs8, ...others] = bags.keys
  if (!pkcs8 || others.length) throw new SealRefused("no_key", pkcs8 ? "several private keys" : "no private key")
  const certificates = await Promise.all(bags.certificates.map(readCertificate))
  const own = await ownCertificate(pkcs8, certificates)
  return softKey(pkcs8, own, chainOf(own, certificates))
}

/** Each file with its PIN, for a firm that has one certificate to sign with and another to be sealed to. */
export function openAll(files: readonly { readonly data: Uint8Array; readonly pin: string }[]): Promise<SoftKey[]> {
  return Promise.all(files.map(({ data, pin }) => openPkcs12(data, pin)))
}

/** The certificate of the key: by its public part, or the first one where the key doesn't tell it. */
async function ownCertificate(pkcs8: Bytes, certificates: readonly Certificate[]): Promise<Certificate> {
  const point = await refusing("key_unsuited", () => publicPart(pkcs8))
  const own = point ? certificates.find((one) => equal(publicPartOf(one), point)) : certificates[0]
  if (!own) throw new SealRefused("no_key", "no certificate for the private key")
  return own
}

/** An RSA key's modulus; an elliptic-curve key's point, or null where it was left out. */
function publicPart(pkcs8: Bytes): Bytes | null {
  const info = read(pkcs8)
  const kind = oid(child(child(info, 1, TAG.SEQUENCE), 0, TAG.OID))
  const key = read(child(info, 2, TAG.OCTET_STRING).content)
  if (kind === OID_RSA) return child(key, 1, TAG.INTEGER).content
  if (kind !== OID_EC) throw new SealRefused("key_unsuited", kind)
  const point = key.inside.find(({ tag }) => tag === 0xa1)
  return point ? bits(child(point, 0, TAG.BIT_STRING)) : null
}

function publicPartOf({ kind, publicKey }: Certificate): Bytes {
  const key = bits(child(read(publicKey), 1, TAG.BIT_STRING))
  return kind === "RSA" ? child(read(key), 0, TAG.INTEGER).content : key
}

function chainOf(own: Certificate, certificates: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = []
  for (let last = own; ; ) {
    const issuer = certificates.find((one) => equal(one.subject, last.issuer) && one !== last && !chain.includes(one))
    if (!issuer) return chain
    chain.push(issuer)
    last = issuer
  }
}
