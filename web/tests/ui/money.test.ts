import { afterEach, expect, test } from "vitest"
import { language } from "../../src/ui/language.ts"
import { capitals, fenFrom, money, percent, yuan } from "../../src/ui/money.ts"

afterEach(() => {
  language.value = "zh"
})

test.each([
  [0, "零元整"],
  [1, "壹分"],
  [10, "壹角整"],
  [100, "壹元整"],
  [105, "壹元零伍分"],
  [140_950, "壹仟肆佰零玖元伍角整"],
  [1_640_902, "壹万陆仟肆佰零玖元零贰分"],
  [600_714, "陆仟零柒元壹角肆分"],
  [10_700_053, "壹拾万零柒仟元伍角叁分"],
  [100_000_000, "壹佰万元整"],
  [123_456_700, "壹佰贰拾叁万肆仟伍佰陆拾柒元整"],
  [1_000_000_100, "壹仟万零壹元整"],
  [10_000_000_000, "壹亿元整"],
  [10_000_000_100, "壹亿零壹元整"],
  [10_010_000_000, "壹亿零壹拾万元整"],
  [100_000_000_000_000, "壹万亿元整"],
  [123_400_000_000_000, "壹万贰仟叁佰肆拾亿元整"],
  [-2_050, "负贰拾元伍角整"],
])("%i fen is legally read as %s", (fen, text) => {
  expect(capitals(fen)).toBe(text)
})

test("an amount has thousands and always its fen", () => {
  expect([0, 5, 99_999, 123_456_700, -100_000].map(yuan)).toEqual([
    "0.00", "0.05", "999.99", "1,234,567.00", "-1,000.00",
  ])
  expect(money(123_456_700)).toBe("1,234,567.00 元")
  language.value = "en"
  expect(money(123_456_700)).toBe("CNY 1,234,567.00")
})

test("an amount is refused when it isn't whole fen", () => {
  expect(() => yuan(0.5)).toThrow(RangeError)
  expect(() => capitals(Number.MAX_SAFE_INTEGER + 1)).toThrow(RangeError)
})

test.each([
  ["1,234,567.80", 123_456_780],
  [" 1234567.8 元", 123_456_780],
  ["１２３", 12_300],
  ["0.01", 1],
  ["1.005", null],
  ["-5", null],
  ["1e3", null],
  ["", null],
  ["壹元", null],
])("typed as %j it is %s fen", (text, fen) => {
  expect(fenFrom(text)).toBe(fen)
})

test("what is typed back from what is shown is the same amount", () => {
  for (const fen of [1, 99, 100, 101, 123_456_789, 999_999_999_999_999]) {
    expect(fenFrom(yuan(fen))).toBe(fen)
  }
})

test("a rate is shown to the hundredth of a per cent", () => {
  expect([825, 5, 10_000, -30].map(percent)).toEqual(["8.25%", "0.05%", "100.00%", "-0.30%"])
})
