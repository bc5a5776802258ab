/**
 * The draw (抽取), computed: commitments, the seed, and the balls that follow from it. Twin of
 * bidroom/opening/draw.py; tests/opening/draw.json holds both to the same values.
 */
import type { DrawPlan, Round } from "../protocol.gen.ts"
import { concat, fromHex, hex, utf8 } from "../seal/bytes.ts"
import { Digest } from "../seal/digest.ts"

export type Ball = number | string
export type Drawn = { readonly picks: readonly number[]; readonly values: readonly Ball[] }

const SHARE = utf8("bidroom/draw-share/1\0")
const PART = utf8("bidroom/draw-part/1\0")
const SEED = utf8("bidroom/draw-seed/1\0")
const VALUE = utf8("bidroom/draw-value/1\0")
const WHOLE = 2 ** 16 // values of one attempt

/** What fixes a share: hex in, hex out. */
export const shareCommitment = (lot: string, person: string, salt: string, share: string): string =>
  sha256(SHARE, framed(lot), framed(person), fromHex(salt), fromHex(share))

/** What fixes the part of `of`'s share that lies with `to`. */
export const partCommitment = (lot: string, of: string, to: string, part: string): string =>
  sha256(PART, framed(lot), framed(of), framed(to), fromHex(part))

/** Of the notice, the frozen record's root, and all shares in the plan's order. */
export const seedOf = (notice: string, root: string, shares: readonly string[]): string =>
  sha256(SEED, ...[notice, root, ...shares].map(fromHex))

/** The ball list of a round; `bidders` by credit code. */
export const ballsOf = (round: Round, bidders: readonly string[]): readonly Ball[] =>
  round.of_bidders ? bidders : round.balls

export const taken = (round: Round, balls: readonly Ball[]): number =>
  round.put_back ? round.take : Math.min(round.take, balls.length)

/** Whether a ball machine could have given `picks` for this round. */
export const fits = (round: Round, balls: readonly Ball[], picks: readonly number[]): boolean =>
  picks.length === taken(round, balls) &&
  picks.every((pick) => Number.isInteger(pick) && pick >= 1 && pick <= balls.length) &&
  (round.put_back || new Set(picks).size === picks.length)

/** What every round gives: the same for everybody who computes it. */
export const draw = (plan: DrawPlan, seed: string, bidders: readonly string[]): readonly Drawn[] =>
  plan.rounds.map((round, at) => {
    const balls = ballsOf(round, bidders)
    const left = balls.map((_, place) => place + 1)
    const picks: number[] = []
    for (let turn = 1; turn <= taken(round, balls); turn += 1) {
      const place = below(left.length, seed, at + 1, turn)
      picks.push(left[place]!)
      if (!round.put_back) left.splice(place, 1)
    }
    return drawn(balls, picks)
  })

export const drawn = (balls: readonly Ball[], picks: readonly number[]): Drawn => ({
  picks,
  values: picks.map((pick) => balls[pick - 1]!),
})

/** A number from 0 to `limit` − 1, each equally likely: what would favour some is rejected. */
export function below(limit: number, seed: string, number: number, turn: number): number {
  const fair = WHOLE - (WHOLE % limit)
  for (let attempt = 0; ; attempt += 1) {
    const block = hmac(fromHex(seed), VALUE, counter(number), counter(turn), counter(attempt))
    const value = block[0]! * 256 + block[1]!
    if (value < fair) return value % limit
  }
}

/** What stands on a ball, for people: the ball 125 with two decimals is 1.25. */
export function readBall(ball: Ball, { decimals, unit }: Pick<Round, "decimals" | "unit">): string {
  if (typeof ball === "string") return ball
  const digits = String(Math.abs(ball)).padStart(decimals + 1, "0")
  const cut = digits.length - decimals
  return `${ball < 0 ? "-" : ""}${digits.slice(0, cut)}${decimals ? `.${digits.slice(cut)}` : ""}${unit}`
}

export const byCreditCode = (tenders: Readonly<Record<string, unknown>>): readonly string[] => Object.keys(tenders).sort()

const sha256 = (...pieces: readonly Uint8Array[]): string => hex(digest(...pieces))

function digest(...pieces: readonly Uint8Array[]): Uint8Array {
  const running = new Digest()
  for (const piece of pieces) running.update(piece)
  return running.finish()
}

/** HMAC-SHA256 (RFC 2104) with a key of no more than a block. */
function hmac(key: Uint8Array, ...pieces: readonly Uint8Array[]): Uint8Array {
  const padded = (byte: number) => Uint8Array.from({ length: 64 }, (_, at) => (key[at] ?? 0) ^ byte)
  return digest(padded(0x5c), digest(padded(0x36), ...pieces))
}

function framed(text: string): Uint8Array {
  const said = utf8(text)
  return concat(Uint8Array.of(said.length >> 8, said.length & 255), said)
}

const counter = (value: number): Uint8Array => Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
