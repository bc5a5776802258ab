/** A signature under a certificate: whether it holds. */
import type { Bytes } from "./bytes.ts"
import type { Certificate } from "./certificate.ts"
import { TAG, as, read } from "./der.ts"
import { SealRefused, refusing } from "./refused.ts"

/** ECDSA P-256 (DER) or RSA PKCS#1 v1.5, over SHA-256. Refuses signature_bad, key_unsuited. */
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

/** r ‖ s, `size` bytes each, as WebCrypto has it. */
export function plainSignature(signature: Uint8Array, size = 32): Bytes {
  const plain = new Uint8Array(2 * size)
  const [r, s, ...more] = as(read(signature), TAG.SEQUENCE).inside
  if (more.length) throw new SealRefused("signature_bad")
  for (const [at, part] of [r!, s!].entries()) {
    const number = as(part, TAG.INTEGER).content
    const magnitude = number[0] === 0 ? number.subarray(1) : number
    plain.set(magnitude, size * (at + 1) - magnitude.length)
  }
  return plain
}
