/** The national suite (国密): SM3 (GB/T 32905) and SM4-GCM (GB/T 32907, RFC 8998), which no browser has. */
import { sm3 as hexSm3, sm4 } from "sm-crypto-v2"
import { type Bytes, concat, fromHex } from "./bytes.ts"
import { type Ciphers, expanded } from "./suites.ts"

const KEY = 16
const TAG = 16
const NONCE = 12

/** 32 bytes. */
export const sm3 = (...parts: readonly Uint8Array[]): Bytes =>
  fromHex(hexSm3(parts.length === 1 ? parts[0]! : concat(...parts)))

/** AEAD_SM4_GCM with `associated` data: the ciphertext, with its tag behind it. */
export function sm4Seal(key: Bytes, iv: Bytes, plain: Uint8Array, associated: Uint8Array = new Uint8Array()): Bytes {
  checkLengths(key, iv)
  const made = sm4.encrypt(plain, key, { mode: "gcm", iv, associatedData: associated, output: "array", outputTag: true })
  // Its declarations have one answer for each mode, and this mode's depends on `outputTag`.
  const { output, tag } = made as unknown as { output: Uint8Array; tag: Uint8Array }
  return concat(output, tag)
}

/** Back again. Throws an Error where the tag does not fit. */
export function sm4Open(key: Bytes, iv: Bytes, sealed: Uint8Array, associated: Uint8Array = new Uint8Array()): Bytes {
  checkLengths(key, iv)
  // The library authenticates nothing when it is given no tag, and reads a short one to its end.
  if (sealed.length < TAG) throw new RangeError("cut short")
  const tag = sealed.subarray(-TAG)
  const how = { mode: "gcm", iv, associatedData: associated, output: "array", tag } as const
  return sm4.decrypt(sealed.subarray(0, -TAG), key, how) as Bytes
}

/** The library takes keys of any length in this mode, and makes something of them. */
function checkLengths(key: Bytes, iv: Bytes): void {
  if (key.length !== KEY || iv.length !== NONCE) throw new RangeError("length of a key or nonce")
}

export const SM1: Ciphers = {
  name: "SM1",
  key: KEY,
  stream: "AEAD_SM4_GCM",
  expand: (key, info, length) => expanded((data) => fromHex(hexSm3(data, { key })), info, length),
  aead: async (key) => ({
    seal: async (nonce, plain) => sm4Seal(key, nonce, plain),
    open: async (nonce, sealed) => sm4Open(key, nonce, sealed),
  }),
}
