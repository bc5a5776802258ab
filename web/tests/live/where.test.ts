// @vitest-environment happy-dom
import { expect, test } from "vitest"
import { address, read } from "../../src/live/where.ts"

test("an address names an opening by query or by hash, or a day, on a projector or not", () => {
  expect(read("", "")).toEqual({ opening: null, day: null, screen: false })
  expect(read("?opening=LOT-1&screen", "")).toEqual({ opening: "LOT-1", day: null, screen: true })
  expect(read("", "#LOT-1")).toMatchObject({ opening: "LOT-1" })
  expect(read("?day=2026-04-12", "")).toMatchObject({ day: "2026-04-12" })
  expect(read("?day=tomorrow", "#%E0%A4%A")).toEqual({ opening: null, day: null, screen: false })
})

test("what an address says is read back from it", () => {
  for (const to of [
    { opening: "LOT 1&2", day: null, screen: true },
    { opening: null, day: "2026-04-12", screen: false },
  ]) expect(read(address(to), "")).toEqual(to)
})
