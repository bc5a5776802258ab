/**
 * A key on this device, with its certificate: it signs and unwraps, and never leaves WebCrypto.
 * Plain data (a CryptoKey may be handed to a worker; what it holds can't be read there either).
 */
import type { Bytes } from "./bytes.ts"
import { type Certificate, checkCertificate } from "./certificate.ts"
import { TAG, as, integer, read, sequence } from "./der.ts"
import { SealRefused, refusing } from "./refused.ts"

export type SoftKey = {
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
  readonly signing: CryptoKey | null
  readonly unwrapping: CryptoKey | null
}

/** ECDSA P-256 (as DER) or RSA PKCS#1 v1.5, over SHA-256. Refuses certificate_wrong_usage. */
export async function sign(key: SoftKey, data: Uint8Array): Promise<Bytes> {
  if (!key.signing) throw new SealRefused("certificate_wrong_usage", "no signing key")
  const how = key.certificate.kind === "RSA" ? "RSASSA-PKCS1-v1_5" : { name: "ECDSA", hash: "SHA-256" }
  const signature = new Uint8Array(await crypto.subtle.sign(how, key.signing, data as Bytes))
  if (key.certificate.kind === "RSA") return signature
  return sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)))
}

/** Refuses signature_bad, key_unsuited. */
export async function verify(certificate: Certificate, data: Uint8Array, signature: Uint8Array): Promise<void> {
  const { kind, publicKey } = certificate
  if (!kind) throw new SealRefused("key_unsuited")
  const how = kind === "RSA" ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "ECDSA", namedCurve: "P-256" }
  const holds = await refusing("signature_bad", async () => {
    const key = await crypto.subtle.importKey("spki", publicKey, how, false, ["verify"])
    const bare = kind === "RSA" ? signature : plainSignature(signature)
    return crypto.subtle.verify({ name: how.name, hash: "SHA-256" }, key, bare as Bytes, data as Bytes)
  })
  if (!holds) throw new SealRefused("signature_bad")
}

/** r ‖ s, 32 bytes each, as WebCrypto has it. */
function plainSignature(signature: Uint8Array): Bytes {
  const plain = new Uint8Array(64)
  const [r, s, ...more] = as(read(signature), TAG.SEQUENCE).inside
  if (more.length) throw new SealRefused("signature_bad")
  for (const [at, part] of [r!, s!].entries()) {
    const number = as(part, TAG.INTEGER).content
    const magnitude = number[0] === 0 ? number.subarray(1) : number
    plain.set(magnitude, 32 * (at + 1) - magnitude.length)
  }
  return plain
}

/** `pkcs8` as a SoftKey that can do what its certificate says, and that can't be exported. */
export async function softKey(pkcs8: Bytes, certificate: Certificate, chain: readonly Certificate[] = []): Promise<SoftKey> {
  const { kind, usages } = certificate
  if (!kind) throw new SealRefused("key_unsuited")
  const key = (how: RsaHashedImportParams | EcKeyImportParams, what: KeyUsage) =>
    crypto.subtle.importKey("pkcs8", pkcs8, how, false, [what])
  const [signing, unwrapping] =
    kind === "RSA"
      ? ([{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSA-OAEP", hash: "SHA-256" }] as const)
      : ([{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDH", namedCurve: "P-256" }] as const)
  try {
    return {
      certificate,
      chain,
      signing: usages.includes("sign") ? await key(signing, "sign") : null,
      unwrapping: usages.includes("encrypt") ? await key(unwrapping, kind === "RSA" ? "decrypt" : "deriveBits") : null,
    }
  } catch {
    throw new SealRefused("key_unsuited", kind)
  }
}

/** Of several keys (a firm has one to sign with and one to be sealed to) those that may do `usage` at `at`. */
export function keyFor(keys: readonly SoftKey[], usage: "sign" | "encrypt", at: Date): SoftKey {
  const fit = keys.filter(({ certificate }) => certificate.usages.includes(usage))
  const good = fit.find(({ certificate }) => at >= certificate.notBefore && at <= certificate.notAfter)
  if (good) return good
  const [first] = fit
  if (!first) throw new SealRefused("certificate_wrong_usage", usage)
  checkCertificate(first.certificate, usage, at)
  return first
}

