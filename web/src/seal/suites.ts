/**
 * The ciphers of the suites, one value a suite. Twin of crypto/suites.py.
 *
 * INT1 is WebCrypto's. SM1 (国密) is a library in JavaScript, some thirty times slower, and comes only
 * when it is asked for: what reads INT1 never loads it.
 */
import { type Bytes, concat } from "./bytes.ts"
import { SealRefused } from "./refused.ts"

/** One message's key. `open` fails, in whatever way, for what was altered. */
export type Aead = {
  seal(nonce: Bytes, plain: Uint8Array): Promise<Bytes>
  open(nonce: Bytes, sealed: Uint8Array): Promise<Bytes>
}

export type Ciphers = {
  readonly name: "INT1" | "SM1"
  readonly key: number // bytes of a content key and of a section's
  readonly stream: string // the AEAD's registered name, which chunked-encryption derives with
  /** HKDF-Expand (RFC 5869 §2.3). */
  expand(key: Bytes, info: Uint8Array, length: number): Promise<Bytes>
  aead(key: Bytes): Promise<Aead>
}

export const INT1: Ciphers = {
  name: "INT1",
  key: 32,
  stream: "AEAD_AES_256_GCM",
  expand: expandBy("SHA-512"),
  async aead(key) {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"])
    return {
      seal: async (iv, plain) =>
        new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, imported, plain as Bytes)),
      open: async (iv, sealed) =>
        new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, imported, sealed as Bytes)),
    }
  },
}

/** The ciphers that a notice or a header names. Refuses wrong_suite. */
export async function suiteOf(name: string): Promise<Ciphers> {
  if (name === "INT1") return INT1
  if (name === "SM1") return (await import("./sm1.ts")).SM1
  throw new SealRefused("wrong_suite", name.slice(0, 16))
}

/** HKDF-Expand over one of WebCrypto's hashes. Its own HKDF would extract first, and can't be told not to. */
export function expandBy(hash: "SHA-256" | "SHA-512"): Ciphers["expand"] {
  return async (key, info, length) => {
    const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"])
    return expanded(async (data) => new Uint8Array(await crypto.subtle.sign("HMAC", hmac, data)), info, length)
  }
}

/** T(1) ‖ T(2) ‖ …, cut to `length`; `mac` is the HMAC under the key that is expanded. */
export async function expanded(
  mac: (data: Bytes) => Promise<Bytes> | Bytes,
  info: Uint8Array,
  length: number,
): Promise<Bytes> {
  let out: Uint8Array = new Uint8Array()
  let block: Uint8Array = new Uint8Array()
  for (let count = 1; out.length < length; count++) {
    block = await mac(concat(block, info, Uint8Array.of(count)))
    out = concat(out, block)
  }
  return concat(out.subarray(0, length))
}
