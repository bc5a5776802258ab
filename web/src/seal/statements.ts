/**
 * What is signed besides a package: canonical JSON that the browser composes itself, and that the
 * hall rebuilds byte for byte. Twin of crypto/statements.py. Times are whole milliseconds.
 */
import { type Bytes, base64, hex, text } from "./bytes.ts"
import { encode } from "./canonical.ts"
import { SealRefused } from "./refused.ts"
import { type SoftKey, sign } from "./softkey.ts"

export const PURPOSES = ["login", "open", "object", "confirm", "withdraw", "sign"] as const
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
}

export const act = (facts: Act): Bytes => encode({ typ: "bidroom/act/1", ...facts })

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
  if (!Number.isSafeInteger(facts.logSize) || facts.logSize < 0) throw new SealRefused("statement_altered", "log_size")
  return encode({
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
export async function signed(key: SoftKey, statement: Uint8Array): Promise<Signed> {
  return {
    statement: text(statement),
    signature: base64(await sign(key, statement)),
    certificate: base64(key.certificate.der),
  }
}
