/**
 * The draft of an opening: its defaults by regime, what is wrong with it, what is unwise about it,
 * and the order that goes to the hall. What may not be is the hall's to refuse; it is said here
 * first, beside the field.
 */
import type { DrawPlan, Field, FieldKind, Notice, Person, Policy, Regime } from "../../protocol.gen.ts"
import { fenFrom } from "../../ui/money.ts"
import { beijing } from "../../ui/time.ts"
import type { Params } from "../../ui/words.ts"
import { fromInput } from "../beijingInput.ts"

export type FieldDraft = { kind: FieldKind; name: string; label_zh: string; label_en: string; required: boolean }

/** Windows in whole minutes, as they are typed. */
export type WindowsDraft = {
  sign_in: number
  window: number
  extensions_max: number
  extension_total: number
  confirmation: number
  host_grace: number
  objections_each_max: number
  tenders_min: number
}

export type Draft = {
  lot: string
  title: string
  project: string
  opens_at: string // as the input has it, Beijing time
  regime: Regime
  silence: Policy["silence"]
  ceiling: string
  draw: DrawPlan | null
  fields: FieldDraft[]
  windows: WindowsDraft
  hosts: string[]
  recorder: string
  supervisors: string[]
  notary: string
}

const FIELDS: Readonly<Record<FieldKind, { name: string; label_zh: string; label_en: string }>> = {
  price_fen: { name: "price", label_zh: "投标报价", label_en: "Price" },
  discount_bp: { name: "discount", label_zh: "下浮率", label_en: "Discount" },
  days: { name: "duration", label_zh: "工期", label_en: "Duration" },
  text: { name: "quality", label_zh: "质量目标", label_en: "Quality" },
  person: { name: "manager", label_zh: "项目负责人", label_en: "Project manager" },
}
const STANDARD: readonly FieldKind[] = ["price_fen", "days", "text", "person"]

/** A new line of `kind`, under a name that `others` don't have. */
export function newField(kind: FieldKind, others: readonly FieldDraft[]): FieldDraft {
  const standard = FIELDS[kind]
  const taken = others.some(({ label_zh }) => label_zh === standard.label_zh)
  const label = taken ? { label_zh: "", label_en: "" } : { label_zh: standard.label_zh, label_en: standard.label_en }
  return { kind, name: freeName(standard.name, others), ...label, required: true }
}

function freeName(wanted: string, others: readonly FieldDraft[]): string {
  const taken = new Set(others.map(({ name }) => name))
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}_${number}`
    if (!taken.has(name)) return name
  }
}

/** What a regime usually asks for; a centre may set any of it otherwise. */
export const REGIMES: Readonly<Record<Regime, { silence: Policy["silence"]; tenders_min: number }>> = {
  bidding_law: { silence: "accepts", tenders_min: 3 },
  gov_procurement: { silence: "accepts", tenders_min: 3 },
  enterprise: { silence: "noted", tenders_min: 2 },
}

export function newDraft(): Draft {
  const fields: FieldDraft[] = []
  for (const kind of STANDARD) fields.push(newField(kind, fields))
  return {
    lot: "", title: "", project: "", opens_at: "", regime: "bidding_law", silence: "accepts", ceiling: "", draw: null, fields,
    windows: {
      sign_in: 60, window: 30, extensions_max: 3, extension_total: 60, confirmation: 10, host_grace: 3,
      objections_each_max: 5, tenders_min: 3,
    },
    hosts: [""],
    recorder: "",
    supervisors: [],
    notary: "",
  }
}

export type Place = "lot" | "title" | "project" | "opens_at" | "ceiling" | "fields" | "hosts" | "recorder" | keyof WindowsDraft

export type FlawKey =
  | "f.lot" | "f.title" | "f.project" | "f.opens_at" | "f.past" | "f.ceiling" | "f.no_fields" | "f.field_label"
  | "f.field_name" | "f.field_twice" | "f.no_host" | "f.no_recorder" | "f.overlap" | "f.number"
  | "n.period" | "n.holiday" | "n.hours" | "n.no_reserve" | "n.tenders_min" | "n.window_short" | "n.confirmation_short"
  | "n.grace_short" | "n.no_price" | "n.lobby_now" | "n.window_long"

/** `stops`: it can't be published so. The others are warnings. */
export type Flaw = { readonly place: Place; readonly key: FlawKey; readonly params: Params; readonly stops: boolean }

const LIMITS: Readonly<Record<keyof WindowsDraft, readonly [least: number, most: number]>> = {
  sign_in: [1, 10_080], window: [1, 10_080], extensions_max: [0, 1_000], extension_total: [1, 10_080],
  confirmation: [1, 10_080], host_grace: [1, 10_080], objections_each_max: [0, 1_000], tenders_min: [1, 10],
}
const FIELDS_MAX = 20
const PERIOD_DAYS = 20 // 招标投标法 §24
const DAY_MS = 86_400_000

export function flawsOf(draft: Draft, now: number): Flaw[] {
  return [...textFlaws(draft), ...timeFlaws(draft, now), ...fieldFlaws(draft), ...windowFlaws(draft), ...peopleFlaws(draft)]
}

export const stopping = (flaws: readonly Flaw[]): Flaw[] => flaws.filter(({ stops }) => stops)

const stop = (place: Place, key: FlawKey, params: Params = {}): Flaw => ({ place, key, params, stops: true })
const warn = (place: Place, key: FlawKey, params: Params = {}): Flaw => ({ place, key, params, stops: false })

function textFlaws({ lot, title, project, ceiling }: Draft): Flaw[] {
  const flaws: Flaw[] = []
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$/.test(lot)) flaws.push(stop("lot", "f.lot"))
  if (!isTitle(title)) flaws.push(stop("title", "f.title"))
  if (!isTitle(project)) flaws.push(stop("project", "f.project"))
  const fen = fenFrom(ceiling)
  if (ceiling.trim() !== "" && (fen === null || fen < 1)) flaws.push(stop("ceiling", "f.ceiling"))
  return flaws
}

function timeFlaws({ opens_at, regime, windows }: Draft, now: number): Flaw[] {
  const instant = fromInput(opens_at)
  if (instant === null) return [stop("opens_at", "f.opens_at")]
  const at = Date.parse(instant)
  if (at <= now) return [stop("opens_at", "f.past")]
  const flaws: Flaw[] = []
  const days = Math.floor((at - now) / DAY_MS)
  if (regime !== "enterprise" && days < PERIOD_DAYS) flaws.push(warn("opens_at", "n.period", { n: days, min: PERIOD_DAYS }))
  const local = beijing(at)
  if ([0, 6].includes(new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay())) flaws.push(warn("opens_at", "n.holiday"))
  const hour = Number(local.slice(11, 13))
  if (hour < 8 || hour >= 18) flaws.push(warn("opens_at", "n.hours"))
  if (at - windows.sign_in * 60_000 <= now) flaws.push(warn("opens_at", "n.lobby_now"))
  return flaws
}

function fieldFlaws({ fields }: Draft): Flaw[] {
  const flaws: Flaw[] = []
  if (fields.length === 0 || fields.length > FIELDS_MAX) flaws.push(stop("fields", "f.no_fields", { max: FIELDS_MAX }))
  const seen = new Set<string>()
  for (const [at, { name, label_zh, label_en }] of fields.entries()) {
    const params = { n: at + 1, name }
    if (!isTitle(label_zh) || !isTitle(label_en)) flaws.push(stop("fields", "f.field_label", params))
    if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) flaws.push(stop("fields", "f.field_name", params))
    else if (seen.has(name)) flaws.push(stop("fields", "f.field_twice", params))
    seen.add(name)
  }
  const priced = fields.some(({ kind, required }) => required && (kind === "price_fen" || kind === "discount_bp"))
  if (fields.length > 0 && !priced) flaws.push(warn("fields", "n.no_price"))
  return flaws
}

function windowFlaws({ windows, regime }: Draft): Flaw[] {
  const flaws: Flaw[] = []
  for (const place of Object.keys(LIMITS) as (keyof WindowsDraft)[]) {
    const [least, most] = LIMITS[place]
    const value = windows[place]
    const fits = Number.isInteger(value) && value >= least && value <= most
    if (!fits) flaws.push(stop(place, "f.number", { least, most }))
  }
  if (regime !== "enterprise" && windows.tenders_min < 3) flaws.push(warn("tenders_min", "n.tenders_min"))
  if (windows.window < 10) flaws.push(warn("window", "n.window_short"))
  if (windows.window > 120) flaws.push(warn("window", "n.window_long"))
  if (windows.confirmation < 5) flaws.push(warn("confirmation", "n.confirmation_short"))
  if (windows.host_grace < 2) flaws.push(warn("host_grace", "n.grace_short"))
  return flaws
}

function peopleFlaws({ hosts, recorder, supervisors, notary }: Draft): Flaw[] {
  const flaws: Flaw[] = []
  const named = hosts.filter((id) => id !== "")
  if (!hosts[0]) flaws.push(stop("hosts", "f.no_host"))
  if (recorder === "") flaws.push(stop("recorder", "f.no_recorder"))
  const all = [...named, recorder, ...supervisors, notary].filter((id) => id !== "")
  if (new Set(all).size !== all.length) flaws.push(stop("hosts", "f.overlap"))
  if (named.length === 1) flaws.push(warn("hosts", "n.no_reserve"))
  return flaws
}

const isTitle = (text: string): boolean =>
  text.trim() !== "" && text.length <= 200 && !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(text)

/** The hall's `Schedule`, without its `type`: the path says it. */
export type Order = {
  readonly title: string
  readonly project: string
  readonly notice: Partial<Notice> & Pick<Notice, "lot" | "fields" | "ceiling_fen" | "draw">
  readonly opens_at: string
  readonly policy: Omit<Policy, "key_attempts_max">
  readonly hosts: readonly Person[]
  readonly recorder: Person
  readonly supervisors: readonly Person[]
  readonly notary: Person | null
}

/** Somebody registered with the hall, in the one role in which they come. */
export type Staff = Person & { readonly role: "agent" | "supervisor" | "notary" }

/** What is published; the draft has no flaw that stops it. */
export function orderOf(draft: Draft, staff: readonly Staff[]): Order {
  const person = (id: string): Person => ({ id, name: staff.find((one) => one.id === id)?.name ?? id })
  const { windows } = draft
  const fields: Field[] = draft.fields.map(({ name, kind, label_zh, label_en, required }) => ({
    name, kind, label_zh: label_zh.trim(), label_en: label_en.trim(), required,
  }))
  return {
    title: draft.title.trim(),
    project: draft.project.trim(),
    notice: { lot: draft.lot, fields, draw: draft.draw, ceiling_fen: draft.ceiling.trim() === "" ? null : fenFrom(draft.ceiling) },
    opens_at: fromInput(draft.opens_at)!,
    policy: {
      regime: draft.regime,
      silence: draft.silence,
      tenders_min: windows.tenders_min,
      sign_in_s: windows.sign_in * 60,
      host_grace_s: windows.host_grace * 60,
      window_s: windows.window * 60,
      draw_order: "before_decryption",
      draw_s: 600,
      extensions_max: windows.extensions_max,
      extension_total_s_max: windows.extension_total * 60,
      confirmation_s: windows.confirmation * 60,
      objections_each_max: windows.objections_each_max,
    },
    hosts: draft.hosts.filter((id) => id !== "").map(person),
    recorder: person(draft.recorder),
    supervisors: draft.supervisors.filter((id) => id !== "").map(person),
    notary: draft.notary === "" ? null : person(draft.notary),
  }
}
