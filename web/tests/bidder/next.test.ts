import { expect, test } from "vitest"
import type { Mine } from "../../src/bidder/desk.ts"
import { nextOf } from "../../src/bidder/next.ts"
import { lotPage, placeOf, sealPage } from "../../src/bidder/place.ts"
import type { Opening } from "../../src/room/fold.ts"

const NOTHING: Mine = {
  state: "none", version: 0, received_at: null, seal: null, signed_in_at: null, rehearsed_at: null,
  rehearsal_ok: null, sealed_under_old_notice: false, drills: [],
}
const RECEIVED: Mine = { ...NOTHING, state: "received", version: 1 }
const READY: Mine = { ...RECEIVED, rehearsal_ok: true }

test.each([
  ["scheduled", NOTHING, "seal"],
  ["lobby", { ...NOTHING, state: "withdrawn" }, "seal"],
  ["scheduled", { ...NOTHING, state: "uploading" }, "resume"],
  ["scheduled", { ...READY, sealed_under_old_notice: true }, "reseal"],
  ["lobby", RECEIVED, "rehearse"],
  ["lobby", { ...RECEIVED, rehearsal_ok: false }, "rehearse"],
  ["scheduled", READY, "ready"],
  ["lobby", READY, "sign_in"],
  ["lobby", { ...READY, signed_in_at: "2026-03-02T01:00:00Z" }, "ready"],
  ["sealed", READY, "wait"],
  ["sealed", NOTHING, "absent"],
  ["decryption", READY, "decrypt"],
  ["confirmation", READY, "confirm"],
  ["closed", READY, "look"],
  ["not_opened", READY, "over"],
  ["terminated", NOTHING, "over"],
] as const)("in %s the next thing is told from what was done", (phase, mine, next) => {
  expect(nextOf(phase, mine as Mine)).toBe(next)
})

test("the room knows when a step is done", () => {
  const opening = (tender: object) => ({ tenders: { A: tender } }) as unknown as Opening
  expect(nextOf("decryption", READY, opening({ seal: "sealed" }), "A")).toBe("decrypt")
  expect(nextOf("decryption", READY, opening({ seal: "decrypted" }), "A")).toBe("wait")
  expect(nextOf("confirmation", READY, opening({ confirmed: true }), "A")).toBe("wait")
})

test("an address leads to its page, whatever a lot is called", () => {
  expect(placeOf("")).toEqual({ page: "inbox" })
  expect(placeOf("#/check")).toEqual({ page: "check" })
  expect(placeOf(lotPage("A-1.b"))).toEqual({ page: "lot", id: "A-1.b" })
  expect(placeOf(sealPage("标段/1"))).toEqual({ page: "seal", id: "标段/1" })
})
