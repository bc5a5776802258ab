/**
 * A key in this browser, with its certificate: it signs and unwraps, and never leaves WebCrypto.
 * (A CryptoKey may be handed to a worker; what it holds can't be read there either.)
 */
import type { Bytes } from "./bytes.ts"
import type { Certificate } from "./certificate.ts"
import { integer, sequence } from "./der.ts"
import { type Recipient, wrappingKey } from "./recipient.ts"
import { SealRefused, refusing } from "./refused.ts"

export type SoftKey = {
  readonly tag: "soft"
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
  readonly signing: CryptoKey | null
  readonly unwrapping: CryptoKey | null
}

/** ECDSA P-256 (as DER) or RSA PKCS#1 v1.5, over SHA-256. Refuses certificate_wrong_usage. */
export async function softSign(key: SoftKey, data: Uint8Array): Promise<Bytes> {
  if (!key.signing) throw new SealRefused("certificate_wrong_usage", "no signing key")
  const how = key.certificate.kind === "RSA" ? "RSASSA-PKCS1-v1_5" : { name: "ECDSA", hash: "SHA-256" }
  const signature = new Uint8Array(await crypto.subtle.sign(how, key.signing, data as Bytes))
  if (key.certificate.kind === "RSA") return signature
  return sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)))
}

/** What `recipient` holds. Refuses certificate_wrong_usage, keyenv_altered. */
export async function softUnwrap({ unwrapping }: SoftKey, recipient: Recipient): Promise<Bytes> {
  if (!unwrapping) throw new SealRefused("certificate_wrong_usage", "no decryption key")
  return refusing("keyenv_altered", async () => {
    if (recipient.kind === "RSA") return new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", unwrapping, recipient.wrapped))
    const curve = { name: "ECDH", namedCurve: "P-256" }
    const theirs = await crypto.subtle.importKey("raw", recipient.point, curve, false, []) // on the curve, or refused
    const wrapping = await wrappingKey(unwrapping, theirs)
    const key = await crypto.subtle.unwrapKey("raw", recipient.wrapped, wrapping, "AES-KW", "AES-GCM", true, ["decrypt"])
    return new Uint8Array(await crypto.subtle.exportKey("raw", key))
  })
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
      tag: "soft",
      certificate,
      chain,
      signing: usages.includes("sign") ? await key(signing, "sign") : null,
      unwrapping: usages.includes("encrypt") ? await key(unwrapping, kind === "RSA" ? "decrypt" : "deriveBits") : null,
    }
  } catch {
    throw new SealRefused("key_unsuited", kind)
  }
}
