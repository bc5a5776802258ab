/**
 * Money is whole fen (分). Here it becomes what a person reads: "1,234,567.00 元", and the
 * capitals of the 支付结算办法 ("壹佰贰拾叁万肆仟伍佰陆拾柒元整") where it is legally read.
 */
import { language } from "./language.ts"

const DIGITS = "零壹贰叁肆伍陆柒捌玖"
const PLACES = ["", "拾", "佰", "仟"]
const MYRIADS = ["", "万", "亿", "万亿"]
const FEN_IN_YUAN = 100

/** 123456700 → "1,234,567.00" */
export function yuan(fen: number): string {
  const { negative, whole, rest } = split(fen)
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, ",")
  return `${negative ? "-" : ""}${grouped}.${String(rest).padStart(2, "0")}`
}

/** 123456700 → "1,234,567.00 元" (in English "CNY 1,234,567.00") */
export function money(fen: number): string {
  return language.value === "zh" ? `${yuan(fen)} 元` : `CNY ${yuan(fen)}`
}

/** 640902 → "陆仟肆佰零玖元零贰分"; a whole number of 元 or 角 ends in 整. */
export function capitals(fen: number): string {
  const { negative, whole, rest } = split(fen)
  const jiao = Math.trunc(rest / 10)
  const small = rest % 10
  let text = whole > 0 ? `${wholeCapitals(whole)}元` : ""
  if (jiao > 0) text += `${DIGITS[jiao]}角`
  if (small > 0) text += `${jiao === 0 && whole > 0 ? "零" : ""}${DIGITS[small]}分`
  if (text === "") text = "零元"
  return (negative ? "负" : "") + text + (small === 0 ? "整" : "")
}

/** "1,234,567.8" or "1234567.80元" → fen, or null when it isn't an amount in 元 to the fen. */
export function fenFrom(text: string): number | null {
  const plain = text.normalize("NFKC").replace(/[\s,元¥]/g, "")
  const match = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(plain)
  if (!match) return null
  return Number(match[1]) * FEN_IN_YUAN + Number((match[2] ?? "").padEnd(2, "0"))
}

/** 825 → "8.25%" (hundredths of a per cent, as 下浮率 and rates are kept) */
export function percent(hundredths: number): string {
  const { negative, whole, rest } = split(hundredths)
  return `${negative ? "-" : ""}${whole}.${String(rest).padStart(2, "0")}%`
}

function split(fen: number): { negative: boolean; whole: number; rest: number } {
  if (!Number.isSafeInteger(fen)) throw new RangeError("money is whole fen")
  const size = Math.abs(fen)
  return { negative: fen < 0, whole: Math.trunc(size / FEN_IN_YUAN), rest: size % FEN_IN_YUAN }
}

function wholeCapitals(whole: number): string {
  const groups: number[] = []
  for (let left = whole; left > 0; left = Math.trunc(left / 10_000)) groups.push(left % 10_000)
  let text = ""
  let gap = false // a zero is owed before the next figure
  for (let at = groups.length - 1; at >= 0; at--) {
    const group = groups[at]!
    if (group === 0) {
      gap = text !== ""
      continue
    }
    if (text !== "" && (gap || group < 1_000)) text += "零"
    text += groupCapitals(group) + myriad(at, groups)
    gap = group % 10 === 0 // 壹拾万零柒仟: both ways are legal, this one leaves no room to alter
  }
  return text
}

/** 万亿 is said as 万 before an 亿 that follows it, so that 亿 stands once. */
function myriad(at: number, groups: readonly number[]): string {
  return at === 3 && (groups[2] ?? 0) > 0 ? "万" : MYRIADS[at]!
}

function groupCapitals(group: number): string {
  let text = ""
  let gap = false
  for (let place = 3; place >= 0; place--) {
    const digit = Math.trunc(group / 10 ** place) % 10
    if (digit === 0) {
      gap = text !== ""
      continue
    }
    text += (gap ? "零" : "") + DIGITS[digit]! + PLACES[place]!
    gap = false
  }
  return text
}
