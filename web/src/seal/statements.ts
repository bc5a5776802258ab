/**
 * What is signed besides a package: canonical JSON that the browser composes itself, and that the
 * hall rebuilds byte for byte. Twin of crypto/statements.py. Times are whole milliseconds.
 */
import { type Bytes, base64, hex, text } from "./bytes.ts"
import { type Json, decode, encode } from "./canonical.ts"
import { isHex, isText } from "./header.ts"
import { SealRefused } from "./refused.ts"
import { SECTIONS } from "./sections.ts"
import { type Key, sign } from "./keys.ts"

export const PURPOSES = ["login", "open", "object", "confirm", "withdraw", "sign", "reveal", "release", "draw"] as const
export type Purpose = (typeof PURPOSES)[number]

/** As the wire carries an act: the statement's exact bytes as text, the rest in base64. */
export type Signed = { readonly statement: string; readonly signature: string; readonly certificate: string }

export type Act = {
  readonly origin: string // of the page, "https://hall.example"
  readonly purpose: Purpose
  readonly account: string // a bidder's credit code, or a person's id
  readonly certificate: string // SHA-256, hex
  readonly opening: string // "" for a login
  readonly nonce: string // the hall's, hex
  readonly issued: number // ms since the epoch, by the hall's clock
  readonly expires: number
  readonly subject: string // SHA-256 (hex) of what is agreed to, or ""
  readonly log_size: number // the opening's record as its maker saw it; 0 and "" without an opening
  readonly log_root: string // hex
}

/** Refuses statement_altered for facts that don't fit the shape. */
export const act = (facts: Act): Bytes => composed({ typ: "bidroom/act/2", ...facts })

export type OpenFacts = {
  readonly opening: string
  readonly challenge: string // the hall's, hex, for one use
  readonly seal: string // SH, hex
  readonly commitments: readonly Uint8Array[] // of section 0, 1, …
  readonly logSize: number // the opening's record as the bidder saw it
  readonly logRoot: string // hex
}

/** Which package is opened, and on which record; the keys themselves are never signed over. */
export function openStatement(facts: OpenFacts): Bytes {
  return composed({
    typ: "bidroom/open/1",
    opening: facts.opening,
    challenge: facts.challenge,
    seal: facts.seal,
    sections: facts.commitments.map((_, section) => section),
    commitments: facts.commitments.map(hex),
    log_size: facts.logSize,
    log_root: facts.logRoot,
  })
}

/** `statement` under the signature of `key`. */
export async function signed(key: Key, statement: Uint8Array): Promise<Signed> {
  return {
    statement: text(statement),
    signature: base64(await sign(key, statement)),
    certificate: base64(key.certificate.der),
  }
}

export type Statement = { readonly typ: keyof typeof SHAPES; readonly [key: string]: Json }

/** Any of the statements, strictly. Refuses too_large, not_canonical, statement_altered. */
export function readStatement(data: Uint8Array): Statement {
  const value = decode(data, STATEMENT_MAX)
  check(value)
  return value as Statement
}

function composed(value: Json): Bytes {
  check(value)
  return encode(value)
}

type Fits = (value: Json | undefined) => boolean

const STATEMENT_MAX = 4 * 1024
const ACT_MS_MAX = 120_000 // between issued and expires

const isHash: Fits = (value) => isHex(value, 32)
const isCount: Fits = (value) => typeof value === "number" && value >= 0
const isLine: Fits = (value) => isText(value, 256)
const orEmpty = (fits: Fits): Fits => (value) => value === "" || fits(value)
const isSections: Fits = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one: number, at) => isCount(one) && one < SECTIONS.length && (at === 0 || one > value[at - 1]))

const SHAPES = {
  "bidroom/open/1": {
    opening: isLine,
    challenge: isHash,
    seal: isHash,
    sections: isSections,
    commitments: (value) => Array.isArray(value) && value.every(isHash),
    log_size: isCount,
    log_root: isHash,
  },
  "bidroom/act/2": {
    origin: isLine,
    purpose: (value) => (PURPOSES as readonly (Json | undefined)[]).includes(value),
    account: isLine,
    certificate: isHash,
    opening: orEmpty(isLine),
    nonce: isHash,
    issued: isCount,
    expires: isCount,
    subject: orEmpty(isHash),
    log_size: isCount,
    log_root: orEmpty(isHash),
  },
  "bidroom/receipt/1": { opening: isLine, lot: isLine, seal: isHash, received: isCount, serial: isCount },
  "bidroom/draw-share/1": {
    lot: isLine, person: isLine, certificate: isHash, salt: isHash, commitment: isHash, parts: isHash,
  },
  "bidroom/checkpoint/1": { origin: isLine, size: isCount, root: isHash, at: isCount },
} satisfies Record<string, Record<string, Fits>>

function check(value: Json): void {
  const bad = (what: string) => new SealRefused("statement_altered", what)
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw bad("not a statement")
  const { typ, ...fields } = value as Record<string, Json>
  if (typeof typ !== "string" || !Object.hasOwn(SHAPES, typ)) throw bad("shape")
  const shape: Record<string, Fits> = SHAPES[typ as keyof typeof SHAPES]
  if (Object.keys(fields).length !== Object.keys(shape).length) throw bad("shape")
  for (const [name, fits] of Object.entries(shape)) if (!fits(fields[name])) throw bad(name)
  if (typ === "bidroom/open/1" && sizeOf(fields["sections"]) !== sizeOf(fields["commitments"])) throw bad("commitments")
  const lasts = Number(fields["expires"]) - Number(fields["issued"])
  if (typ !== "bidroom/act/2") return
  if (!(lasts > 0 && lasts <= ACT_MS_MAX)) throw bad("expires")
  const seen = [Number(fields["log_size"]) > 0, fields["log_root"] !== ""]
  if (seen.some((one) => one !== (fields["opening"] !== ""))) throw bad("log_size")
}

const sizeOf = (list: Json | undefined): number => (list as readonly Json[]).length
