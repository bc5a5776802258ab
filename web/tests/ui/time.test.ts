import { expect, test } from "vitest"
import { beijing, clock, day, minute, span } from "../../src/ui/time.ts"

test("an instant is read in Beijing, whatever zone the reader sits in", () => {
  expect(beijing("2026-03-02T01:30:00Z")).toBe("2026-03-02 09:30:00")
  expect(beijing("2026-03-02T01:30:00.999Z")).toBe("2026-03-02 09:30:00")
  expect(beijing(new Date("2026-02-28T20:00:00-05:00"))).toBe("2026-03-01 09:00:00")
})

test("midnight is the next day's 00:00:00, never 24:00", () => {
  expect(beijing("2026-12-31T16:00:00Z")).toBe("2027-01-01 00:00:00")
  expect(day("2026-12-31T15:59:59Z")).toBe("2026-12-31")
})

test("the parts of an instant", () => {
  expect(clock("2026-03-02T01:30:07Z")).toBe("09:30:07")
  expect(minute("2026-03-02T01:30:07Z")).toBe("09:30")
  expect(() => beijing("tomorrow")).toThrow(RangeError)
})

test("a countdown ends at 0:00 only when nothing is left", () => {
  expect([1, 1000, 59_001, 1_800_000, 3_723_000, 176_523_000, -5].map((ms) => span(ms))).toEqual([
    "00:01", "00:01", "01:00", "30:00", "1:02:03", "2天 01:02:03", "00:00",
  ])
})
