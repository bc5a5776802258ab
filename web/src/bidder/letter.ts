/** The letter (开标一览表) as it is typed: one text a field, judged as bidroom/opening/offer.py will. */
import type { Field, Notice } from "../protocol.gen.ts"
import type { Letter } from "../seal/body.ts"
import { fenFrom } from "../ui/money.ts"
import type { Values } from "./desk.ts"

export const LETTER = "bidroom/letter/1"
const TEXT_MAX = 200
const PRICE_FEN_MAX = 1e15
const DAYS_MAX = 36_500
const DISCOUNT_BP_MAX = 10_000
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u

export type FieldFault = "missing" | "not_money" | "not_percent" | "not_days" | "too_long" | "not_plain"
export type Typed = Readonly<Record<string, string>>

/** The value that `typed` stands for, null for an optional field left empty, or what is wrong with it. */
export function read(field: Field, typed: string): number | string | null | { readonly fault: FieldFault } {
  const text = typed.trim()
  if (text === "") return field.required ? { fault: "missing" } : null
  switch (field.kind) {
    case "price_fen":
      return within(fenFrom(text), 1, PRICE_FEN_MAX) ?? { fault: "not_money" }
    case "discount_bp":
      return within(hundredths(text), 0, DISCOUNT_BP_MAX) ?? { fault: "not_percent" }
    case "days":
      return within(wholeFrom(text), 1, DAYS_MAX) ?? { fault: "not_days" }
    case "text":
    case "person":
      if ([...text].length > TEXT_MAX) return { fault: "too_long" }
      return isPlain(text) ? text : { fault: "not_plain" }
  }
}

export const faultOf = (field: Field, typed: string): FieldFault | null => {
  const value = read(field, typed)
  return typeof value === "object" && value !== null ? value.fault : null
}

/** All values of a letter without faults. */
export function valuesOf({ fields }: Notice, typed: Typed): Values {
  const read_ = fields.map((field) => [field.name, read(field, typed[field.name] ?? "")] as const)
  return Object.fromEntries(
    read_.filter((one): one is [string, number | string] => one[1] !== null && typeof one[1] !== "object"),
  )
}

export const letterOf = (values: Values): Letter => ({ typ: LETTER, fields: { ...values } })

/** Whether `text` shows as it reads: no control, bidi or zero-width characters. Line breaks are fine. */
export function isPlain(text: string): boolean {
  return text.trim() !== "" && !UNSEEN.test(text.replaceAll("\n", ""))
}

function within(value: number | null, least: number, most: number): number | null {
  return value !== null && value >= least && value <= most ? value : null
}

/** "8.25" or "8.25%" → 825 */
function hundredths(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?%?$/.exec(text.normalize("NFKC").replace(/\s/g, ""))
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : null
}

function wholeFrom(text: string): number | null {
  const match = /^(\d{1,6})(?:日历天|天)?$/.exec(text.normalize("NFKC").replace(/\s/g, ""))
  return match ? Number(match[1]) : null
}
