import { expect, test } from "vitest"
import { faultOf, isPlain, letterOf, read, valuesOf } from "../../src/bidder/letter.ts"
import type { Field, FieldKind, Notice } from "../../src/protocol.gen.ts"

const field = (kind: FieldKind, required = true): Field => ({ name: kind, kind, label_zh: kind, label_en: kind, required })

test.each([
  ["price_fen", "1,234,567.8", 123_456_780],
  ["price_fen", "１２３４.５６元", 123_456],
  ["discount_bp", "8.25%", 825],
  ["discount_bp", "8", 800],
  ["days", "365 日历天", 365],
  ["text", " 合格\n优质 ", "合格\n优质"],
  ["person", "王𠮷", "王𠮷"],
] as const)("%s typed as %j is %j", (kind, typed, value) => {
  expect(read(field(kind), typed)).toBe(value)
})

test.each([
  ["price_fen", "0", "not_money"],
  ["price_fen", "12.345", "not_money"],
  ["price_fen", "壹佰", "not_money"],
  ["price_fen", "10000000000000.01", "not_money"],
  ["discount_bp", "100.01", "not_percent"],
  ["days", "0", "not_days"],
  ["days", "36501", "not_days"],
  ["days", "1.5", "not_days"],
  ["text", "一".repeat(201), "too_long"],
  ["text", "合\u200b格", "not_plain"],
  ["person", "王\u202e五", "not_plain"],
  ["person", " ", "missing"],
] as const)("%s typed as %j is %s", (kind, typed, fault) => {
  expect(faultOf(field(kind), typed)).toBe(fault)
})

test("two hundred rare characters are two hundred", () => {
  expect(faultOf(field("text"), "𠮷".repeat(200))).toBeNull()
})

test("a letter has what was typed, and leaves out what may be left out", () => {
  const fields = [field("price_fen"), field("discount_bp", false), field("days", false)]
  const values = valuesOf({ fields } as unknown as Notice, { price_fen: "88.00", discount_bp: "", days: "30" })
  expect(letterOf(values)).toEqual({ typ: "bidroom/letter/1", fields: { price_fen: 8800, days: 30 } })
})

test("private-use characters are not plain, line breaks are", () => {
  expect([isPlain("a\nb"), isPlain("\ue000"), isPlain("a\u2028b"), isPlain("\n")]).toEqual([true, false, false, false])
})
