/** What contributors, host and notary do in a draw, as commands with their signed acts. */
import { keys } from "../../login/keys.ts"
import { act } from "../../login/session.ts"
import type { Command, Contributor } from "../../protocol.gen.ts"
import type { Drawn } from "../../room/draw.ts"
import { type Opening, unrevealed } from "../../room/fold.ts"
import { base64, fromBase64, hex } from "../../seal/bytes.ts"
import { unwrap } from "../../seal/keyenv.ts"
import type { Key } from "../../seal/keys.ts"
import { SealRefused } from "../../seal/refused.ts"
import { manual } from "../../verify/draw.ts"

export type Doing =
  | { readonly what: "reveal" }
  | { readonly what: "release"; readonly of: string }
  | { readonly what: "enter" }
  | { readonly what: "cosign" }

/** What is `who`'s to do in the draw now; null if nothing is. */
export function doingOf(opening: Opening, who: string, acting: boolean): Doing | null {
  const { draw, facts, phase } = opening
  if (phase !== "draw" || draw === null) return null
  if (draw.stage === "failed") {
    if (facts.notary === null) return null
    if (acting) return draw.entered_by === null ? { what: "enter" } : null
    return who === facts.notary.id && draw.entered_by !== null ? { what: "cosign" } : null
  }
  if (draw.stage !== "revealing" && draw.stage !== "restoring") return null
  if (!ownerOf(opening, who)) return null
  if (draw.shares[who] === undefined) return { what: "reveal" }
  const of = draw.stage === "restoring" ? unrevealed(opening).find((one) => draw.parts[one]?.[who] === undefined) : undefined
  return of === undefined ? null : { what: "release", of }
}

export async function reveal(opening: Opening, who: string): Promise<Command> {
  const own = ownerOf(opening, who)!
  const share = await opened(own, own)
  return { type: "RevealShare", share, act: await act("reveal", opening.facts.notice.lot, own.commitment) }
}

export async function release(opening: Opening, who: string, of: string): Promise<Command> {
  const owner = ownerOf(opening, of)!
  const part = await opened(owner, ownerOf(opening, who)!)
  const fixed = owner.parts.find(({ to }) => to === who)!.commitment
  return { type: "HandOverPart", of, part, act: await act("release", opening.facts.notice.lot, fixed) }
}

export async function enter(opening: Opening, picks: readonly (readonly number[])[], reason: string): Promise<Command> {
  const subject = await manual(opening, picks.map((one) => ({ picks: one })), reason)
  return { type: "EnterManualDraw", picks, reason, act: await act("draw", opening.facts.notice.lot, subject) }
}

export async function cosign(opening: Opening): Promise<Command> {
  const rounds: readonly Drawn[] = opening.draw?.rounds ?? []
  const subject = await manual(opening, rounds, opening.draw?.reason ?? "")
  return { type: "CosignManualDraw", act: await act("draw", opening.facts.notice.lot, subject) }
}

/** The numbers of balls as people type them: "3, 1 2". */
export const picksFrom = (typed: string): number[] =>
  typed.split(/[\s,，、;；]+/).filter(Boolean).map(Number)

const ownerOf = ({ facts }: Opening, who: string): Contributor | undefined =>
  facts.notice.draw?.contributors.find(({ person }) => person === who)

/** What `mine` holds of `owner`'s share, hex. Refuses not_a_recipient without the key it is sealed to. */
async function opened(owner: Contributor, mine: Contributor): Promise<string> {
  const held = owner.parts.find(({ to }) => to === mine.person)
  const key: Key | undefined = keys.value.find(({ certificate }) => base64(certificate.der) === mine.certificate)
  if (!held || !key) throw new SealRefused("not_a_recipient", "none of the open certificates")
  return hex(await unwrap(fromBase64(held.sealed), key))
}
