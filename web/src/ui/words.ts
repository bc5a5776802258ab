/**
 * The words of the pages, in Chinese and English, in typed tables.
 *
 * Each page defines a table of its own with `words({...})` and says `t("key", {n: 3})`; a key
 * that isn't in the table doesn't compile. `{name}` in a sentence is filled from the params.
 * What the rest of the page shares (phases, roles, states) is in `t` here; the reasons of the
 * hall, which the server words, come through `reason`.
 */
import { shallowRef } from "vue"
import { language } from "./language.ts"

export { choose, language, type Language } from "./language.ts"

export type Said = readonly [zh: string, en: string]
export type Params = Readonly<Record<string, string | number>>

/** `say(key)` is the sentence in the language that is read now: reactive inside a template. */
export type Say<Table> = {
  (key: keyof Table & string, params?: Params): string
  /** Both languages at once. */
  both(key: keyof Table & string, params?: Params): Said
  has(key: string): key is keyof Table & string
}

export function words<const Table extends Readonly<Record<string, Said>>>(
  table: Table,
): Say<Table> {
  const both = (key: keyof Table & string, params?: Params): Said => {
    const [zh, en] = table[key] as Said
    return [fill(zh, params), fill(en, params)]
  }
  const has = (key: string): key is keyof Table & string => Object.hasOwn(table, key)
  return Object.assign(
    (key: keyof Table & string, params?: Params) => pick(both(key, params)),
    { both, has },
  )
}

export function pick(said: Said): string {
  return said[language.value === "zh" ? 0 : 1]
}

/**
 * What the hall means by `code`, and to a person's rights: from the table that the server and
 * the pages share. An unknown code is shown as it is rather than hidden.
 *
 * Bidder and console load the table with the page, by importing `ui/reasons.ts`. The public
 * hardly ever reads one and its page has to stay small, so there it comes when first needed:
 * in a template the code then gives way to its sentence.
 */
export function reason(code: string, params?: Params): string {
  if (reasons.value === null) void import("./reasons.ts").catch(() => undefined)
  const table = reasons.value ?? {}
  const said = Object.hasOwn(table, code) ? table[code] : undefined
  return said ? fill(pick(said), params) : code
}

const reasons = shallowRef<Readonly<Record<string, Said>> | null>(null)

/** Take in the hall's sentences: `ui/reasons.ts` does. */
export function know(table: Readonly<Record<string, Said>>): void {
  reasons.value = table
}

function fill(sentence: string, params?: Params): string {
  if (!params) return sentence
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? String(params[name]) : whole,
  )
}

export const t = words({
  hall: ["网上开标大厅", "Online opening hall"],
  language: ["语言", "Language"],
  skip: ["跳到正文", "Skip to content"],
  beijing: ["北京时间", "Beijing time"],
  hall_clock: ["大厅时钟", "Hall clock"],
  left: ["剩余", "Left"],
  over: ["已到时", "Time is up"],
  days: ["天", "d"],
  minutes_left: ["剩余 {n} 分钟", "{n} minutes left"],
  seconds_left: ["剩余 {n} 秒", "{n} seconds left"],
  stale: ["连接中断 {n} 秒，正在重连", "Connection lost for {n} s, reconnecting"],
  connecting: ["正在连接大厅", "Connecting to the hall"],
  phases: ["开标进程", "Stages of the opening"],
  phase_done: ["已完成", "done"],
  phase_now: ["进行中", "now"],
  phase_ahead: ["未开始", "ahead"],

  "phase.scheduled": ["已排期", "Scheduled"],
  "phase.lobby": ["候场签到", "Lobby"],
  "phase.sealed": ["截标", "Tenders closed"],
  "phase.roster": ["公布名单", "Roster"],
  "phase.draw": ["抽取", "Draw"],
  "phase.decryption": ["解密", "Decryption"],
  "phase.settled": ["解密结束", "Decryption over"],
  "phase.read_out": ["唱标", "Read-out"],
  "phase.confirmation": ["结果确认", "Confirmation"],
  "phase.objections": ["异议答复", "Objections"],
  "phase.signing": ["记录签署", "Signing"],
  "phase.closed": ["开标结束", "Closed"],
  "phase.candidates": ["候选人公示", "Candidates"],
  "phase.awarded": ["中标", "Awarded"],
  "phase.contracted": ["签约", "Contracted"],
  "phase.not_opened": ["流标", "Not opened"],
  "phase.terminated": ["终止", "Terminated"],

  "role.agent": ["招标代理", "Agent"],
  "role.supervisor": ["监督人", "Supervisor"],
  "role.notary": ["公证人", "Notary"],
  "role.bidder": ["投标人", "Bidder"],
  "role.public": ["社会公众", "Public"],
  "role.hall": ["大厅", "Hall"],

  "state.sealed": ["待解密", "Sealed"],
  "state.decrypted": ["已解密", "Decrypted"],
  "state.left_sealed": ["未解密", "Left sealed"],

  "error.offline": [
    "无法连接大厅。您的操作没有送达，请检查网络后重试。",
    "The hall cannot be reached. Nothing was sent; check the network and try again.",
  ],
  "error.strange": [
    "大厅的答复无法识别（{status}）。请稍后重试；重复操作不会被计两次。",
    "The hall's answer was not understood ({status}). Try again shortly; nothing is counted twice.",
  ],
})

export type Word = Parameters<typeof t>[0]

/** The word for a phase, role or state as the wire says it, or the wire's own word. */
export function label(kind: "phase" | "role" | "state", value: string): string {
  const key = `${kind}.${value}`
  return t.has(key) ? t(key) : value
}
