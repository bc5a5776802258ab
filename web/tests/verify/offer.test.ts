/** Which letters can be read out: the same ones as bidroom/opening/offer.py takes. */
import { expect, test } from "vitest"
import type { Field, Notice } from "../../src/protocol.gen.ts"
import type { Json } from "../../src/seal/canonical.ts"
import { readOffer } from "../../src/verify/offer.ts"

const field = (name: string, kind: Field["kind"], required = true): Field => ({ name, kind, label_zh: name, label_en: name, required })
const notice = {
  fields: [field("price", "price_fen"), field("rate", "discount_bp", false), field("days", "days"), field("quality", "text")],
} as unknown as Notice
const good = { price: 98_000_000, days: 120, quality: "合格\n𠮷" }
const letter = (fields: Json): Json => ({ typ: "bidroom/letter/1", fields })

test("a good letter is read, its optional lines too", () => {
  expect(readOffer(notice, letter(good))).toEqual(good)
  expect(readOffer(notice, letter({ ...good, rate: 825 }))).toEqual({ ...good, rate: 825 })
})

test.each<[string, Json]>([
  ["no letter", null],
  ["a list", []],
  ["another kind", { typ: "bidroom/letter/2", fields: good }],
  ["something besides", { typ: "bidroom/letter/1", fields: good, more: 1 }],
  ["no lines", letter(null)],
  ["a line missing", letter({ price: 1, days: 1 })],
  ["a line unknown", letter({ ...good, bonus: 1 })],
  ["a price of nothing", letter({ ...good, price: 0 })],
  ["a price too high", letter({ ...good, price: 1e15 + 1 })],
  ["a price in words", letter({ ...good, price: "1" })],
  ["a price that is true", letter({ ...good, price: true })],
  ["a rate too high", letter({ ...good, rate: 10_001 })],
  ["days too many", letter({ ...good, days: 36_501 })],
  ["a text too long", letter({ ...good, quality: "长".repeat(201) })],
  ["a text turned round", letter({ ...good, quality: "合\u202e格" })],
  ["a text of nothing", letter({ ...good, quality: " \n" })],
])("%s is not read out", (_, said) => {
  expect(readOffer(notice, said)).toBeNull()
})

test("each bound itself is good", () => {
  const most = { price: 1e15, rate: 10_000, days: 36_500, quality: "长".repeat(200) }
  expect(readOffer(notice, letter(most))).toEqual(most)
  const least = { price: 1, rate: 0, days: 1, quality: "𠮷" }
  expect(readOffer(notice, letter(least))).toEqual(least)
})
