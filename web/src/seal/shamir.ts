/** A secret split so that any `k` of `n` parts restore it. Twin of crypto/shamir.py. */
import type { Bytes } from "./bytes.ts"

type Entropy = (length: number) => Bytes

/** Parts 1 to `n` of `secret`, each as long as it is. 1 ≤ k ≤ n ≤ 255. */
export function split(secret: Uint8Array, k: number, n: number, entropy: Entropy): Bytes[] {
  if (k < 1 || k > n || n > 255 || secret.length === 0) throw new RangeError("no such parts")
  const rows = [secret, ...Array.from({ length: k - 1 }, () => entropy(secret.length))]
  return Array.from({ length: n }, (_, index) => {
    const part = new Uint8Array(secret.length)
    for (const row of [...rows].reverse()) for (let at = 0; at < part.length; at += 1) part[at] = times(part[at]!, index + 1) ^ row[at]!
    return part
  })
}

/** In GF(256) with AES's polynomial; no table and no branch on what is secret. */
function times(one: number, other: number): number {
  let product = 0
  let shifted = one
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= -((other >> bit) & 1) & shifted
    shifted = (shifted << 1) ^ (-(shifted >> 7) & 0x11b)
  }
  return product
}
