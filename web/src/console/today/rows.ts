/** The openings as the console lists them, and which of them need somebody now. */
import type { Person } from "../../protocol.gen.ts"
import { type Opening, type Phase, unanswered } from "../../room/fold.ts"
import { api } from "../../ui/api.ts"
import { day } from "../../ui/time.ts"
import { type Part, nameOfStaff, waitingFor } from "../desk/step.ts"
import { clock } from "../../ui/time.ts"
import { w } from "../words.ts"

export type Row = {
  readonly id: string
  readonly lot: string
  readonly title: string
  readonly project: string
  readonly opens_at: string
  readonly phase: Phase
  readonly due_at: string | null
  readonly hosts: readonly Person[]
  readonly recorder: Person
  readonly supervisors: readonly Person[]
  readonly notary: Person | null
}

export type List = { readonly at: string; readonly openings: readonly Row[] }

export const listed = (): Promise<List> => api<List>("/api/console/openings")

const RUNNING: readonly Phase[] = ["sealed", "roster", "decryption", "settled", "read_out", "confirmation", "objections", "signing"]
const AHEAD: readonly Phase[] = ["scheduled", "lobby"]

export const isRunning = ({ phase }: { phase: Phase }): boolean => RUNNING.includes(phase)
export const isAhead = ({ phase }: { phase: Phase }): boolean => AHEAD.includes(phase)

/** In what part `who` is named in `row`, or null. */
export function partIn(row: Row, who: string): Exclude<Part, "onlooker"> | null {
  if (row.hosts[0]?.id === who) return "host"
  if (row.hosts.some(({ id }) => id === who)) return "reserve"
  if (row.supervisors.some(({ id }) => id === who)) return "supervisor"
  if (row.notary?.id === who) return "notary"
  return row.recorder.id === who ? "recorder" : null
}

export type Alarm = { readonly grade: 1 | 2 | 3; readonly text: string }

/** What is wrong or waits in a running opening: unanswered objections before everything. */
export function alarmsOf(opening: Opening): Alarm[] {
  const alarms: Alarm[] = []
  const open = unanswered(opening)
  if (open.length > 0) {
    const since = clock(opening.objections[open[0]! - 1]!.at)
    alarms.push({ grade: 1, text: w("alarm_objections", { n: open.length, since }) })
  }
  if (opening.hosts_admitted > 1 && isRunning(opening)) {
    const who = opening.facts.hosts[opening.hosts_admitted - 1]
    alarms.push({ grade: 1, text: w("alarm_passed", { who: nameOfStaff(opening.facts, who?.id) }) })
  }
  const broken = Object.values(opening.tenders).filter(({ sealed }) => !sealed.intact).length
  if (broken > 0 && isRunning(opening)) alarms.push({ grade: 2, text: w("alarm_broken", { n: broken }) })
  const wait = waitingFor(opening)
  const params = { who: wait.params["who"] ?? "", since: clock(wait.since) }
  if (wait.key === "w.host") alarms.push({ grade: 3, text: w("alarm_host", params) })
  if (wait.key === "w.sign") alarms.push({ grade: 3, text: w("alarm_sign", params) })
  if (wait.key === "w.close") alarms.push({ grade: 3, text: w("alarm_close") })
  return alarms
}

/** What can be said of a running opening before its line is up. */
export const alarmOfRow = ({ phase }: Row): Alarm[] =>
  phase === "objections" ? [{ grade: 1, text: w("alarm_objections_row") }] : []

export type Group = { readonly day: string; readonly name: string; readonly rows: readonly Row[] }

/** By day: today and what is to come first, in order; what is past at the end, the latest first. */
export function grouped(rows: readonly Row[], now: string): Group[] {
  const today = day(now)
  const tomorrow = day(Date.parse(now) + 86_400_000)
  const days = new Map<string, Row[]>()
  for (const row of [...rows].sort((a, b) => a.opens_at.localeCompare(b.opens_at) || a.id.localeCompare(b.id))) {
    const its = isRunning(row) ? today : day(row.opens_at)
    days.set(its, [...(days.get(its) ?? []), row])
  }
  const name = (its: string) => (its === today ? `${w("day_today")} ${its}` : its === tomorrow ? `${w("day_tomorrow")} ${its}` : its)
  const groups = [...days].map(([its, of]) => ({ day: its, name: name(its), rows: of }))
  const ahead = groups.filter((group) => group.day >= today).sort((a, b) => a.day.localeCompare(b.day))
  const past = groups.filter((group) => group.day < today).sort((a, b) => b.day.localeCompare(a.day))
  return [...ahead, ...past.map((group) => ({ ...group, rows: [...group.rows].reverse() }))]
}
