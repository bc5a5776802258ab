/** header.json and seal.json: what a package says of itself, read strictly. Twin of crypto/header.py. */
import { type Bytes, equal } from "./bytes.ts"
import { type Json, decode, encode } from "./canonical.ts"
import { isCreditCode } from "./certificate.ts"
import { RECIPIENTS_MAX } from "./keyenv.ts"
import { SealRefused, type SealReason } from "./refused.ts"
import { SECTIONS } from "./sections.ts"

export const HEADER_MAX = 64 * 1024
export const SUITE = "INT1"
const TYP = "bidroom/seal-header/1"
const SEAL_TYP = "bidroom/seal/1"
const SEAL_MAX = 4 * 1024
const LENGTH_MAX = 2 ** 40

/** What a tender is sealed for. */
export type Facts = {
  readonly suite: string
  readonly tender: string
  readonly lot: string
  readonly bidder: string // 统一社会信用代码
  readonly notice: string // SHA-256 of the published notice, hex
}

export type Header = Facts & {
  readonly package: string // 16 random bytes, hex
  readonly signer: string // SHA-256 of the certificate, hex
  readonly recipients: readonly string[]
  readonly keyenv: string // SHA-256 of keyenv.der, hex
}

/** Ways of sealing that come later stand in every header already, as not used. */
const FIXED = { typ: TYP, sections: SECTIONS, escrow: null, host: null, draw: null }
const KEYS = [...Object.keys(FIXED), "suite", "tender", "lot", "bidder", "notice", "package", "signer", "recipients", "keyenv"]
const NAME_MAX = 128 // characters of a tender's or a lot's name
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u // controls, formats, lone surrogates, line breaks

/** Refuses what a reader would refuse. */
export function writeHeader(header: Header): Bytes {
  const bytes = encode({ ...header, ...FIXED })
  readHeader(bytes)
  return bytes
}

/** Refuses too_large, not_canonical, malformed_header, wrong_suite. */
export function readHeader(bytes: Uint8Array): Header {
  const value = asObject(decode(bytes, HEADER_MAX), KEYS, "malformed_header")
  const fixed = Object.fromEntries(Object.keys(FIXED).map((key) => [key, value[key]!]))
  need(equal(encode(fixed), encode(FIXED)), "typ, sections or policies")
  const { suite, tender, lot, bidder, notice, signer, keyenv, recipients } = value
  if (suite !== SUITE) throw new SealRefused("wrong_suite", String(suite).slice(0, 16))
  need(isText(tender, NAME_MAX), "tender")
  need(isText(lot, NAME_MAX), "lot")
  need([notice, signer, keyenv].every((hash) => isHex(hash, 32)) && isHex(value["package"], 16), "hashes")
  need(typeof bidder === "string" && isCreditCode(bidder), "bidder")
  need(Array.isArray(recipients) && recipients.every((one: Json) => isHex(one, 32)), "recipients")
  const count = (recipients as string[]).length
  need(count > 0 && count <= RECIPIENTS_MAX && new Set(recipients as string[]).size === count, "recipients")
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(key in FIXED))) as unknown as Header
}

/** seal.json: what is signed, and what SH is the hash of. */
export type Manifest = {
  readonly header: string // HH, hex
  readonly sections: readonly { readonly len: number; readonly root: string }[]
}

export const writeManifest = (manifest: Manifest): Bytes => encode({ typ: SEAL_TYP, ...manifest })

/** Refuses too_large, not_canonical, malformed_seal. */
export function readManifest(bytes: Uint8Array): Manifest {
  const { typ, header, sections } = asObject(decode(bytes, SEAL_MAX), ["typ", "header", "sections"], "malformed_seal")
  const good =
    typ === SEAL_TYP &&
    isHex(header, 32) &&
    Array.isArray(sections) &&
    sections.length === SECTIONS.length &&
    sections.every((one: Json) => {
      const { len, root } = asObject(one, ["len", "root"], "malformed_seal")
      return typeof len === "number" && len > 0 && len <= LENGTH_MAX && isHex(root, 32)
    })
  if (!good) throw new SealRefused("malformed_seal")
  return { header: header as string, sections: sections as unknown as Manifest["sections"] }
}

function asObject(value: Json, keys: readonly string[], otherwise: SealReason): Record<string, Json> {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value)
  const found = isObject ? Object.keys(value) : []
  if (found.length !== keys.length || !keys.every((key) => found.includes(key))) throw new SealRefused(otherwise, "fields")
  return value as Record<string, Json>
}

/** Whether it is 1 to `max` characters (UTF-16 units) of visible text. */
export function isText(value: Json | undefined, max: number): boolean {
  return typeof value === "string" && value !== "" && value.length <= max && !UNSEEN.test(value)
}

/** Whether it is `size` bytes in lower-case hex. */
export function isHex(value: Json | undefined, size: number): boolean {
  return typeof value === "string" && value.length === size * 2 && /^[0-9a-f]*$/.test(value)
}

function need(holds: boolean, what: string): void {
  if (!holds) throw new SealRefused("malformed_header", what)
}
