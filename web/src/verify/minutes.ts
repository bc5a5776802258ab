/**
 * The minutes (开标记录表) that a record adds up to, and their digest, which people sign.
 * Twin of bidroom/opening/minutes.py.
 */
import { hex, sha256 } from "../seal/bytes.ts"
import { type Json, encode } from "../seal/canonical.ts"
import { ballsOf, byCreditCode } from "../room/draw.ts"
import { isDrawn } from "../room/drawing.ts"
import type { Opening, Tender } from "../room/fold.ts"

export function minutes(opening: Opening): Json {
  const { facts } = opening
  const said: unknown = {
    lot: facts.notice.lot,
    title: facts.title,
    project: facts.project,
    notice_sha256: facts.notice_sha256,
    opens_at: opening.opens_at,
    fields: facts.notice.fields,
    hosts: facts.hosts,
    recorder: facts.recorder,
    supervisors: facts.supervisors,
    notary: facts.notary,
    lines: Object.values(opening.tenders).map((tender) => line(opening, tender)),
    seals: opening.seals,
    extensions: opening.extensions.map(({ seconds, reason }) => ({ seconds, reason })),
    objections: opening.objections.map(({ bidder, text, answer }, at) => ({ number: at + 1, bidder, text, answer })),
    silence: opening.silence,
    draw: drawSaid(opening),
    ended_why: opening.ended_why,
  }
  return said as Json
}

/** SHA-256 of the canonical minutes, hex. */
export const minutesHash = async (opening: Opening): Promise<string> => hex(await sha256(encode(minutes(opening))))

function drawSaid({ draw, facts, tenders }: Opening) {
  if (draw === null || facts.notice.draw === null) return null
  const came = isDrawn(draw) ? draw.rounds : []
  return {
    stage: draw.stage,
    notary: facts.notary,
    seed: draw.seed,
    withheld: draw.missing,
    restored: draw.restored,
    rounds: facts.notice.draw.rounds.map((round, at) => ({
      label_zh: round.label_zh,
      label_en: round.label_en,
      balls: ballsOf(round, byCreditCode(tenders)),
      decimals: round.decimals,
      unit: round.unit,
      picks: came[at]?.picks ?? [],
      values: came[at]?.values ?? [],
    })),
    reason: draw.stage === "manual" ? draw.reason : null,
  }
}

function line({ silent }: Opening, { sealed, outcome, confirmed }: Tender) {
  return {
    bidder: sealed.bidder,
    name: sealed.name,
    seal: sealed.seal,
    received_at: sealed.received_at,
    signed_in_at: sealed.signed_in_at,
    intact: sealed.intact,
    outcome: outcome === null ? "sealed" : WORDS[outcome.type],
    why: outcome?.type === "Unreadable" ? outcome.why : outcome?.type === "LeftSealed" ? outcome.cause : null,
    values: outcome?.type === "ReadOut" ? outcome.offer.values : {},
    confirmed,
    silent: silent.includes(sealed.bidder),
  }
}

const WORDS = { ReadOut: "read_out", Unreadable: "unreadable", LeftSealed: "left_sealed" } as const
