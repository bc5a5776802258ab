/**
 * A .p12 file (PKCS#12) and its PIN, as a key on this device. node-forge reads the container, in
 * modern (PBES2) and legacy (3DES, RC2) encodings; from then on the key lives in WebCrypto.
 */
import forge from "node-forge"
import { type Bytes, concat, equal } from "./bytes.ts"
import { type Certificate, OID_EC, OID_RSA, readCertificate } from "./certificate.ts"
import { TAG, bits, child, oid, read } from "./der.ts"
import { SealRefused, refusing } from "./refused.ts"
import { type SoftKey, softKey } from "./softkey.ts"

const P12_MAX = 1 << 20
const { asn1, pkcs12, pki } = forge

/** Refuses too_large, not_a_p12, wrong_pin, no_key, key_unsuited, malformed_certificate. */
export async function openPkcs12(data: Uint8Array, pin: string): Promise<SoftKey> {
  if (data.length > P12_MAX) throw new SealRefused("too_large", "p12")
  const container = opened(parsed(data), pin)
  const pkcs8 = keyOf(container)
  const certificates = await Promise.all(certificatesOf(container).map(readCertificate))
  const own = await ownCertificate(pkcs8, certificates)
  return softKey(pkcs8, own, chainOf(own, certificates))
}

/** Each file with its PIN, for a firm that has one certificate to sign with and another to be sealed to. */
export function openAll(files: readonly { readonly data: Uint8Array; readonly pin: string }[]): Promise<SoftKey[]> {
  return Promise.all(files.map(({ data, pin }) => openPkcs12(data, pin)))
}

function parsed(data: Uint8Array): forge.asn1.Asn1 {
  try {
    return asn1.fromDer(forge.util.createBuffer(data as Bytes))
  } catch {
    throw new SealRefused("not_a_p12", "not BER")
  }
}

function opened(file: forge.asn1.Asn1, pin: string): forge.pkcs12.Pkcs12Pfx {
  try {
    return pkcs12.pkcs12FromAsn1(file, pin)
  } catch (error) {
    const said = String((error as Error).message)
    // Only what the MAC, or a padding under the right MAC, says about the PIN; the rest is the file's fault.
    throw new SealRefused(/invalid password|wrong password/i.test(said) ? "wrong_pin" : "not_a_p12")
  }
}

function keyOf(container: forge.pkcs12.Pkcs12Pfx): Bytes {
  const kinds = [pki.oids.pkcs8ShroudedKeyBag!, pki.oids.keyBag!]
  const [bag, ...others] = kinds.flatMap((bagType) => container.getBags({ bagType })[bagType] ?? [])
  if (!bag || others.length) throw new SealRefused("no_key", bag ? "several private keys" : "no private key")
  // What forge can't read as RSA it hands on as it came.
  return toBytes(bag.key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(bag.key)) : bag.asn1)
}

function certificatesOf(container: forge.pkcs12.Pkcs12Pfx): Bytes[] {
  const bagType = pki.oids.certBag!
  const bags = container.getBags({ bagType })[bagType] ?? []
  return bags.map((bag) => toBytes(bag.cert ? pki.certificateToAsn1(bag.cert) : bag.asn1))
}

/** The certificate of the key: by its public part, or the first one where the key doesn't tell it. */
async function ownCertificate(pkcs8: Bytes, certificates: readonly Certificate[]): Promise<Certificate> {
  const point = await refusing("key_unsuited", () => publicPart(pkcs8))
  const own = point ? certificates.find((one) => equal(publicPartOf(one), point)) : certificates[0]
  if (!own) throw new SealRefused("no_key", "no certificate for the private key")
  return own
}

/** An RSA key's modulus; a P-256 key's point, or null where it was left out. */
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

function toBytes(value: forge.asn1.Asn1): Bytes {
  return concat(Uint8Array.from(asn1.toDer(value).getBytes(), (char) => char.charCodeAt(0)))
}

