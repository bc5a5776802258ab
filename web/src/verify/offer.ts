/** The offer in a decrypted letter, judged against the notice. Twin of bidroom/opening/offer.py. */
import type { Field, Notice } from "../protocol.gen.ts"
import type { Json } from "../seal/canonical.ts"

export type Values = Readonly<Record<string, number | string>>

const LETTER = "bidroom/letter/1"
const TEXT_MAX = 200
const PRICE_FEN_MAX = 1e15
const DAYS_MAX = 36_500
const DISCOUNT_BP_MAX = 10_000
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u

/** The lines that are read out, or null where the letter can't be read out. */
export function readOffer({ fields }: Notice, letter: Json): Values | null {
  const form = asObject(letter)
  const lines = asObject(form?.["fields"])
  if (!form || !lines || Object.keys(form).length !== 2 || form["typ"] !== LETTER) return null
  if (Object.keys(lines).some((name) => !fields.some((field) => field.name === name))) return null
  const values: Record<string, number | string> = {}
  for (const field of fields) {
    if (!Object.hasOwn(lines, field.name)) {
      if (field.required) return null
      continue
    }
    const value = lines[field.name]!
    if (!fits(field, value)) return null
    values[field.name] = value as number | string
  }
  return values
}

function asObject(value: Json | undefined): { readonly [key: string]: Json } | null {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
  return isObject ? (value as { readonly [key: string]: Json }) : null
}

function fits({ kind }: Field, value: Json): boolean {
  switch (kind) {
    case "price_fen":
      return isWhole(value, 1, PRICE_FEN_MAX)
    case "discount_bp":
      return isWhole(value, 0, DISCOUNT_BP_MAX)
    case "days":
      return isWhole(value, 1, DAYS_MAX)
    case "text":
    case "person":
      return typeof value === "string" && [...value].length <= TEXT_MAX && isPlain(value)
  }
}

const isWhole = (value: Json, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most

const isPlain = (text: string): boolean => text.trim() !== "" && !UNSEEN.test(text.replaceAll("\n", ""))
