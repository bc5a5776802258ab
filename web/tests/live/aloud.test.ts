// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { effectScope, nextTick, ref } from "vue"
import { spokenMoney, spokenRow, voice } from "../../src/live/aloud.ts"
import { ROW_MS, useReading } from "../../src/live/useReading.ts"
import { foldAll } from "../../src/room/fold.ts"
import { choose } from "../../src/ui/words.ts"
import { A, B, OPENED, PRICE, record, T } from "../room/opened.ts"

const READ_OUT = foldAll(record(...OPENED, {
  type: "OffersReadOut", outcomes: { [A]: PRICE, [B]: { type: "LeftSealed", cause: "pending" } }, goes_on_at: T,
}))!

beforeEach(() => {
  choose("zh")
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

test.each([
  [640902, "六千四百零九元零二分"],
  [9876543210, "九千八百七十六万五千四百三十二元一角"],
  [100, "一元"],
  [0, "零元"],
])("%i fen are read as %s", (fen, said) => {
  expect(spokenMoney(fen)).toBe(said)
  expect(said).not.toMatch(/[壹贰叁肆伍陆柒捌玖拾佰仟整]/)
})

test("a row is read with its figures, one without an offer with its reason", () => {
  expect(spokenRow(READ_OUT, READ_OUT.tenders[A]!)).toBe("甲公司。投标报价一元。")
  expect(spokenRow(READ_OUT, READ_OUT.tenders[B]!)).toBe("乙公司。未解密，原因待认定。")
  choose("en")
  expect(spokenRow(READ_OUT, READ_OUT.tenders[A]!)).toBe("甲公司. Price 1.00 yuan.")
})

test("rows are read one after the other by the hall's clock, also for who comes late", async () => {
  const scope = effectScope()
  const clock = ref(Date.parse(T) + ROW_MS * 1.5)
  const { row } = scope.run(() => useReading(() => READ_OUT, () => T, () => clock.value, voice()))!
  expect(row.value).toMatchObject({ who: B, number: 2 })
  clock.value = Date.parse(T)
  vi.advanceTimersByTime(300)
  await nextTick()
  expect(row.value).toMatchObject({ who: A, number: 1 })
  clock.value += 2 * ROW_MS
  vi.advanceTimersByTime(300)
  await nextTick()
  expect(row.value).toBeNull()
  scope.stop()
})
