/**
 * SHA-256 (FIPS 180-4) in steps, for files that don't fit into memory: WebCrypto only digests what
 * it gets in one piece.
 */
import type { Bytes } from "./bytes.ts"

const BLOCK = 64

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes (§4.2.2),
// and of the square roots of the first eight (§5.3.3).
const PRIMES = Array.from({ length: 312 }, (_, n) => n).filter(
  (n) => n > 1 && Array.from({ length: Math.floor(Math.sqrt(n)) }, (_, d) => d + 1).every((d) => d === 1 || n % d),
)
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0
const K = Int32Array.from(PRIMES.slice(0, 64), (prime) => fraction(Math.cbrt(prime)))
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

export class Digest {
  readonly #state = START.slice()
  readonly #words = new Int32Array(64)
  readonly #rest = new Uint8Array(BLOCK)
  #size = 0

  update(data: Uint8Array): this {
    let at = 0
    const kept = this.#size % BLOCK
    this.#size += data.length
    if (kept) {
      at = Math.min(BLOCK - kept, data.length)
      this.#rest.set(data.subarray(0, at), kept)
      if (kept + at < BLOCK) return this
      this.#compress(this.#rest, 0)
    }
    for (; at + BLOCK <= data.length; at += BLOCK) this.#compress(data, at)
    this.#rest.set(data.subarray(at))
    return this
  }

  /** The digest of all that came; nothing may come after. */
  finish(): Bytes {
    const size = this.#size
    // 0x80, zeros, and the length in bits as 64 bits, up to the end of a block (§5.1.1)
    const padding = new Uint8Array(((119 - (size % BLOCK)) % BLOCK) + 9)
    padding[0] = 0x80
    const view = new DataView(padding.buffer)
    view.setUint32(padding.length - 8, Math.floor(size / 2 ** 29))
    view.setUint32(padding.length - 4, (size * 8) >>> 0)
    this.update(padding)
    const digest = new Uint8Array(32)
    const out = new DataView(digest.buffer)
    this.#state.forEach((word, index) => out.setInt32(index * 4, word))
    return digest
  }

  #compress(data: Uint8Array, start: number): void {
    const w = this.#words
    for (let i = 0, at = start; i < 16; i++, at += 4) {
      w[i] = (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!
      const y = w[i - 2]!
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0
    }
    const state = this.#state
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g; g = f; f = e; e = (d + t1) | 0
      d = c; c = b; b = a; a = (t1 + t2) | 0
    }
    state[0]! += a; state[1]! += b; state[2]! += c; state[3]! += d
    state[4]! += e; state[5]! += f; state[6]! += g; state[7]! += h
  }
}
