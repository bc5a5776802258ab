/**
 * DER, as much of it as certificates and CMS need: a strict reader (definite and shortest lengths,
 * nothing left over) and a writer.
 */
import { type Bytes, concat, utf8 } from "./bytes.ts"

export type Node = {
  readonly tag: number // the identifier octet, class and constructed bit included
  readonly content: Bytes
  readonly der: Bytes // with its identifier and length
  /** What a constructed node holds; none for a primitive one. */
  readonly inside: readonly Node[]
}

export class DerError extends Error {}

export const TAG = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  UTF8: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  BMP: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const

const DEPTH_MAX = 32

/** The one value that `der` is. Throws DerError. */
export function read(der: Uint8Array): Node {
  const [node, end] = readAt(der, 0, DEPTH_MAX)
  if (end !== der.length) throw new DerError("bytes after the end")
  return node
}

function readAt(der: Uint8Array, start: number, depth: number): [Node, number] {
  if (depth === 0) throw new DerError("too deep")
  const tag = der[start]
  if (tag === undefined || (tag & 0x1f) === 0x1f) throw new DerError("tag")
  const [length, from] = readLength(der, start + 1)
  const end = from + length
  if (end > der.length) throw new DerError("cut short")
  const content = concat(der.subarray(from, end))
  const inside: Node[] = []
  for (let at = from; tag & 0x20 && at < end; ) {
    const [child, next] = readAt(der.subarray(0, end), at, depth - 1)
    inside.push(child)
    at = next
  }
  return [{ tag, content, der: concat(der.subarray(start, end)), inside }, end]
}

function readLength(der: Uint8Array, at: number): [number, number] {
  const first = der[at]
  if (first === undefined) throw new DerError("cut short")
  if (first < 0x80) return [first, at + 1]
  const bytes = der.subarray(at + 1, at + 1 + (first & 0x7f))
  if (first === 0x80 || bytes.length !== (first & 0x7f) || bytes.length > 4) throw new DerError("length")
  const length = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  if (length < 0x80 || bytes[0] === 0) throw new DerError("length not the shortest")
  return [length, at + 1 + bytes.length]
}

/** The child at `index`, which has to be a `tag`. */
export function child(node: Node, index: number, tag: number): Node {
  const found = node.inside[index]
  if (found?.tag !== tag) throw new DerError(`tag ${found?.tag} at ${index}, not ${tag}`)
  return found
}

export function as(node: Node, tag: number): Node {
  if (node.tag !== tag) throw new DerError(`tag ${node.tag}, not ${tag}`)
  return node
}

export function oid(node: Node): string {
  as(node, TAG.OID)
  const arcs: number[] = []
  let arc = 0
  for (const byte of node.content) {
    arc = arc * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(arc)) throw new DerError("object identifier")
    if (byte & 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [joint, ...rest] = arcs
  if (joint === undefined || node.content.at(-1)! & 0x80) throw new DerError("object identifier")
  const first = Math.min(2, Math.floor(joint / 40))
  return [first, joint - first * 40, ...rest].join(".")
}

/** The bits of a BIT STRING that fills its bytes. */
export function bits(node: Node): Bytes {
  as(node, TAG.BIT_STRING)
  if (node.content[0] !== 0) throw new DerError("bits")
  return node.content.slice(1)
}

/** UTCTime (1950–2049, RFC 5280) or GeneralizedTime, in seconds and in UTC. */
export function time(node: Node): Date {
  const text = new TextDecoder().decode(node.content)
  const parts = (node.tag === TAG.UTC_TIME ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(text)
  if (!parts || (node.tag !== TAG.UTC_TIME && node.tag !== TAG.GENERALIZED_TIME)) throw new DerError("time")
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [number, number, number, number, number, number]
  const whole = node.tag === TAG.UTC_TIME ? year + (year < 50 ? 2000 : 1900) : year
  return new Date(Date.UTC(whole, month - 1, day, hour, minute, second))
}

// Writing.

export function write(tag: number, ...content: readonly Uint8Array[]): Bytes {
  const length = content.reduce((total, part) => total + part.length, 0)
  const octets: number[] = []
  for (let rest = length; rest; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets]
  return concat(Uint8Array.from(head), ...content)
}

export const sequence = (...content: readonly Uint8Array[]): Bytes => write(TAG.SEQUENCE, ...content)
export const octets = (content: Uint8Array): Bytes => write(TAG.OCTET_STRING, content)
export const bitString = (content: Uint8Array): Bytes => write(TAG.BIT_STRING, Uint8Array.of(0), content)
export const nothing = (): Bytes => write(TAG.NULL)
/** A number from 0 to 127. */
export const small = (value: number): Bytes => write(TAG.INTEGER, Uint8Array.of(value))
/** [number], constructed: an explicit tag around `content`, or an implicit one on a SEQUENCE or SET. */
export const tagged = (number: number, ...content: readonly Uint8Array[]): Bytes => write(0xa0 | number, ...content)

/** The magnitude `bytes`, big-endian, as a positive INTEGER. */
export function integer(bytes: Uint8Array): Bytes {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  const shortest = bytes.subarray(from)
  return write(TAG.INTEGER, ...(shortest[0]! & 0x80 ? [Uint8Array.of(0)] : []), shortest)
}

/** A SET OF in DER's order. */
export function setOf(...members: readonly Uint8Array[]): Bytes {
  return write(TAG.SET, ...[...members].sort(byBytes))
}

function byBytes(one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    if (one[at] !== other[at]) return one[at]! - other[at]!
  }
  return one.length - other.length
}

export function writeOid(dotted: string): Bytes {
  const [first, second, ...rest] = dotted.split(".").map(Number) as [number, number, ...number[]]
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128]
    for (let left = Math.floor(arc / 128); left; left = Math.floor(left / 128)) groups.unshift(0x80 | (left % 128))
    return groups
  })
  return write(TAG.OID, Uint8Array.from(bytes))
}

/** UTCTime up to 2049 and GeneralizedTime from then on (RFC 5652 §11.3). */
export function writeTime(at: Date): Bytes {
  const digits = at.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "")
  const [tag, text] = at.getUTCFullYear() < 2050 ? [TAG.UTC_TIME, digits.slice(2)] : [TAG.GENERALIZED_TIME, digits]
  return write(tag, utf8(text))
}
