/**
 * RFC 8785 canonical JSON, whole numbers only: one value has one spelling, and any other is
 * refused. Twin of crypto/canonical.py.
 */
import { type Bytes, equal, text, utf8 } from "./bytes.ts"
import { SealRefused } from "./refused.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const DEPTH_MAX = 32
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** The one spelling of `value`. Refuses floats, lone surrogates and |n| >= 2**53 (not_canonical). */
export function encode(value: Json): Bytes {
  return utf8(written(value, DEPTH_MAX))
}

/** The value spelled by `data`, at most `limit` bytes, where encode(decode(data)) is data. */
export function decode(data: Uint8Array, limit: number): Json {
  if (data.length > limit) throw new SealRefused("too_large", `${data.length} > ${limit} bytes`)
  let value: Json
  try {
    value = JSON.parse(text(data)) as Json
  } catch {
    throw new SealRefused("not_canonical", "not JSON")
  }
  // Of two keys that are the same JSON.parse keeps one, so that the spelling betrays them.
  if (!equal(encode(value), data)) throw new SealRefused("not_canonical", "another spelling")
  return value
}

function written(value: Json, depth: number): string {
  if (depth === 0) throw new SealRefused("not_canonical", "too deep")
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "string") return quoted(value)
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new SealRefused("not_canonical", "a number that is not whole")
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map((item: Json) => written(item, depth - 1)).join(",")}]`
  if (typeof value !== "object") throw new SealRefused("not_canonical", typeof value)
  const entries = value as Readonly<Record<string, Json>>
  // RFC 8785 sorts by UTF-16 code units, which is what sort() does with strings.
  const keys = Object.keys(entries).sort()
  return `{${keys.map((key) => `${quoted(key)}:${written(entries[key]!, depth - 1)}`).join(",")}}`
}

function quoted(value: string): string {
  if (LONE_SURROGATE.test(value)) throw new SealRefused("not_canonical", "lone surrogate")
  return JSON.stringify(value)
}
