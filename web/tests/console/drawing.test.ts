/** What is whose to do in a draw, as the desk sees it. */
import { expect, test } from "vitest"
import { doingOf, picksFrom } from "../../src/console/desk/drawing.ts"
import { hostDrawStep } from "./drawn.ts"
import { at, plan } from "./drawn.ts"

test("a contributor reveals, then releases what it holds of a share that is missing", () => {
  const begun = at({ type: "DrawBegan", log_size: 4, log_root: "00", ends_at: plan.later })
  expect(doingOf(begun, "notary-1", false)).toEqual({ what: "reveal" })
  expect(doingOf(begun, "stranger", false)).toBeNull()
  const revealed = at({ type: "ShareRevealed", person: "notary-1", share: "11", act: plan.act }, begun)
  expect(doingOf(revealed, "notary-1", false)).toBeNull()
  const missing = at({ type: "SharesMissing", persons: ["hall", "supervisor-1"], ends_at: plan.later }, revealed)
  expect(doingOf(missing, "notary-1", false)).toEqual({ what: "release", of: "hall" })
  expect(doingOf(missing, "supervisor-1", false)).toEqual({ what: "reveal" })
  const released = at({ type: "PartReleased", of: "hall", person: "notary-1", part: "22", act: plan.act }, missing)
  expect(doingOf(released, "notary-1", false)).toEqual({ what: "release", of: "supervisor-1" })
})

test("where nothing can be drawn the host enters, and the notary signs what was entered", () => {
  const begun = at({ type: "DrawBegan", log_size: 4, log_root: "00", ends_at: plan.later })
  const failed = at({ type: "DrawFailed", persons: ["hall"], goes_on_at: plan.later }, begun)
  expect(doingOf(failed, "host", true)).toEqual({ what: "enter" })
  expect(doingOf(failed, "notary-1", false)).toBeNull()
  const entered = at({ type: "ManualDrawEntered", person: "host", rounds: [{ picks: [1], values: [7] }], reason: "停电", act: plan.act }, failed)
  expect(doingOf(entered, "notary-1", false)).toEqual({ what: "cosign" })
  expect(doingOf(entered, "supervisor-1", false)).toBeNull()
  expect(hostDrawStep(entered)).toBeNull()
})

test("numbers are read however they are set apart", () => {
  expect(picksFrom(" 3，1、2 10;4")).toEqual([3, 1, 2, 10, 4])
  expect(picksFrom("")).toEqual([])
})
