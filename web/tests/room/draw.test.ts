/** The draw as the hall computes it, and as people read its balls. */
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import type { DrawPlan, Round } from "../../src/protocol.gen.ts"
import { draw, fits, partCommitment, readBall, seedOf, shareCommitment } from "../../src/room/draw.ts"

type Vectors = {
  commitments: { lot: string; person: string; salt: string; share: string; share_commitment: string; part_commitment: string }[]
  draws: { rounds: Round[]; notice: string; root: string; shares: string[]; seed: string; drawn: unknown }[]
}
const vectors = JSON.parse(readFileSync(new URL("../../../tests/opening/draw.json", import.meta.url), "utf8")) as Vectors
const BIDDERS = ["91110000802100433B", "914403001922038216", "9144030071526726XG"]

test("commitments, seeds and balls are the hall's", () => {
  for (const one of vectors.commitments) {
    expect(shareCommitment(one.lot, one.person, one.salt, one.share)).toBe(one.share_commitment)
    expect(partCommitment(one.lot, one.person, "other", one.share)).toBe(one.part_commitment)
  }
  expect(vectors.draws.length).toBe(20)
  for (const { rounds, notice, root, shares, seed, drawn } of vectors.draws) {
    expect(seedOf(notice, root, shares)).toBe(seed)
    const plan: DrawPlan = { rounds, contributors: [], together: 2 }
    expect(draw(plan, seed, BIDDERS)).toEqual(drawn)
  }
})

test("a ball reads as people read it", () => {
  const read = (ball: number | string, decimals: number, unit = "") => readBall(ball, { decimals, unit })
  expect([read(125, 2, "%"), read(5, 2), read(-5, 1), read(7, 0), read("方法一", 2, "%")]).toEqual(["1.25%", "0.05", "-0.5", "7", "方法一"])
})

test("a machine gives as many balls as the round takes, each once unless it is put back", () => {
  const round: Round = { label_zh: "一", label_en: "One", balls: [1, 2, 3], of_bidders: false, take: 2, put_back: false, decimals: 0, unit: "" }
  expect([[1, 2], [1], [1, 1], [0, 1], [3, 4], [1.5, 2]].map((picks) => fits(round, round.balls, picks))).toEqual([true, false, false, false, false, false])
  expect(fits({ ...round, put_back: true }, round.balls, [1, 1])).toBe(true)
})
