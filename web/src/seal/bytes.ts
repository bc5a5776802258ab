/** Bytes, and the few ways in which the seal writes them. */

export type Bytes = Uint8Array<ArrayBuffer>

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  let differing = 0
  for (let at = 0; at < one.length; at++) differing |= one[at]! ^ other[at]!
  return differing === 0
}

const encoder = new TextEncoder()
// A byte order mark is a character like any other here: what was hashed is the bytes.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes
/** Throws a TypeError where `bytes` are not UTF-8. */
export const text = (bytes: Uint8Array): string => decoder.decode(bytes)

export function hex(bytes: Uint8Array): string {
  let written = ""
  for (const byte of bytes) written += byte.toString(16).padStart(2, "0")
  return written
}

/** Throws a RangeError where `written` is not an even number of lower-case hex digits. */
export function fromHex(written: string): Bytes {
  if (written.length % 2 || !/^[0-9a-f]*$/.test(written)) throw new RangeError("not hex")
  return Uint8Array.from({ length: written.length / 2 }, (_, at) =>
    Number.parseInt(written.slice(at * 2, at * 2 + 2), 16),
  )
}

const BASE64_STEP = 0x8000 // what String.fromCharCode takes at once

export function base64(bytes: Uint8Array): string {
  let binary = ""
  for (let at = 0; at < bytes.length; at += BASE64_STEP) {
    binary += String.fromCharCode(...bytes.subarray(at, at + BASE64_STEP))
  }
  return btoa(binary)
}

export function fromBase64(written: string): Bytes {
  return Uint8Array.from(atob(written), (char) => char.charCodeAt(0))
}

export function u32be(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  const whole = parts.length === 1 ? (parts[0] as Bytes) : concat(...parts)
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole))
}
