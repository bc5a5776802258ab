/**
 * What a person at the desk can do next, whom everybody waits for, and what the hall will do by
 * itself: worked out from the picture of an opening, so that no button has to guess. The rules
 * themselves are the hall's (bidroom/opening/rules.py); here is what they will say, beforehand.
 */
import type { Command, Duty, OpeningScheduled } from "../../protocol.gen.ts"
import { isDrawn } from "../../room/drawing.ts"
import {
  actingHosts, drawsAfter, type Opening, type Phase, unanswered, unconfirmed, undecided,
} from "../../room/fold.ts"
import { ofDraw } from "../../room/say.ts"
import type { Params } from "../../ui/words.ts"

/** In what capacity somebody sits at the desk. */
export type Part = "host" | "reserve" | "recorder" | "supervisor" | "notary" | "onlooker"

export function partOf(opening: Opening, who: string): Part {
  if (actingHosts(opening).includes(who)) return "host"
  if (opening.facts.hosts.some(({ id }) => id === who)) return "reserve"
  const { recorder, supervisors, notary } = opening.facts
  if (supervisors.some(({ id }) => id === who)) return "supervisor"
  if (notary?.id === who) return "notary"
  return recorder.id === who ? "recorder" : "onlooker"
}

export type ConditionKey =
  | "c.frozen" | "c.contributors" | "c.enough" | "c.intact" | "c.decided" | "c.answered" | "c.read"
  | "c.may_sign" | "c.signed_host" | "c.signed_recorder"

/** `needed` ones hold the button back; the others are told so that nobody is surprised. */
export type Condition = { readonly key: ConditionKey; readonly params: Params; readonly met: boolean; readonly needed: boolean }

export type StepName =
  | "PublishRoster" | "CallDraw" | "BeginDecryption" | "BeginReadOut" | "BeginConfirmation" | "SignRecord" | "Close"

export type Step = {
  readonly name: StepName
  /** It binds: the button is vermilion. */
  readonly binding: boolean
  readonly conditions: readonly Condition[]
  readonly ready: boolean
}

const STEPS: Readonly<Partial<Record<Phase, StepName>>> = {
  sealed: "PublishRoster",
  roster: "BeginDecryption",
  settled: "BeginReadOut",
  read_out: "BeginConfirmation",
}

/** The one step that is `who`'s to take now, or null where there is none to take. */
export function stepOf(opening: Opening, who: string): Step | null {
  const acting = partOf(opening, who) === "host"
  const name = signsAs(opening, who) ? "SignRecord" : acting ? hostStep(opening) : undefined
  if (!name) return null
  const conditions = conditionsOf(opening, name)
  const ready = conditions.every(({ met, needed }) => met || !needed)
  return { name, binding: name === "SignRecord" || name === "Close", conditions, ready }
}

export function commandOf(name: Exclude<StepName, "SignRecord">, version: number): Command {
  return { type: name, version }
}

/** In what capacity `who` may sign now; null if not, or not again. */
export function signsAs(opening: Opening, who: string): Duty | null {
  const { signatures } = opening
  if (opening.phase !== "signing" || Object.values(signatures).includes(who)) return null
  if (who === opening.facts.recorder.id) return signatures.recorder ? null : "recorder"
  if (partOf(opening, who) !== "host") return null
  if (!signatures.host) return "host"
  return opening.hosts_admitted > 1 && !signatures.recorder ? "recorder" : null
}

function hostStep(opening: Opening): StepName | undefined {
  const { phase } = opening
  if (phase === "signing") return "Close"
  if (phase === "draw") return isDrawn(opening.draw) ? afterDraw(opening) : undefined
  const draws = (phase === "roster" || phase === "read_out") && drawsAfter(opening, phase)
  return draws ? "CallDraw" : STEPS[phase]
}

const afterDraw = ({ facts }: Opening): StepName =>
  facts.policy.draw_order === "after_read_out" ? "BeginConfirmation" : "BeginDecryption"

function conditionsOf(opening: Opening, name: StepName): Condition[] {
  const { tenders, facts, signatures } = opening
  const all = Object.values(tenders)
  const is = (key: ConditionKey, met: boolean, params: Params = {}, needed = true): Condition => ({ key, params, met, needed })
  switch (name) {
    case "PublishRoster":
      return [
        is("c.frozen", true, { n: opening.seals.length }),
        is("c.enough", opening.seals.length >= facts.policy.tenders_min, { min: facts.policy.tenders_min }),
      ]
    case "BeginDecryption": {
      const broken = all.filter(({ sealed }) => !sealed.intact).length
      return [is("c.intact", broken === 0, { n: all.length - broken, all: all.length }, false)]
    }
    case "CallDraw":
      return [is("c.contributors", true, { n: facts.notice.draw?.contributors.length ?? 0 })]
    case "BeginReadOut":
      return [
        is("c.decided", undecided(opening).length === 0, { n: opening.decrypted_count, left: opening.left_sealed_count }),
        answeredSoFar(opening),
      ]
    case "BeginConfirmation":
      return [is("c.read", true, { n: all.filter(({ outcome }) => outcome?.type === "ReadOut").length }), answeredSoFar(opening)]
    case "SignRecord":
      return [
        is("c.answered", unanswered(opening).length === 0, { n: opening.objections.length }),
        is("c.may_sign", true),
      ]
    case "Close":
      return [
        is("c.signed_host", signatures.host !== undefined, { who: nameOfStaff(facts, signatures.host ?? facts.hosts[0]?.id) }),
        is("c.signed_recorder", signatures.recorder !== undefined, { who: nameOfStaff(facts, signatures.recorder ?? facts.recorder.id) }),
      ]
  }
}

function answeredSoFar(opening: Opening): Condition {
  const open = unanswered(opening).length
  return { key: "c.answered", params: { n: opening.objections.length }, met: open === 0, needed: false }
}

export function nameOfStaff(facts: OpeningScheduled, id: string | undefined): string {
  const staff = [...facts.hosts, facts.recorder, ...facts.supervisors, ...(facts.notary ? [facts.notary] : [])]
  return staff.find((person) => person.id === id)?.name ?? id ?? "—"
}

/** The hosts who may act now, by name. */
export const actingNames = (opening: Opening): string =>
  actingHosts(opening).map((id) => nameOfStaff(opening.facts, id)).join("、")

export type WaitKey =
  | "w.draw" | "w.lobby_time" | "w.deadline" | "w.host" | "w.bidders_decrypt" | "w.bidders_confirm" | "w.answer"
  | "w.sign" | "w.close" | "w.candidates" | "w.award" | "w.contract" | "w.nobody"

export type Wait = { readonly key: WaitKey; readonly params: Params; readonly since: string }

/** Whom everybody waits for, and since when. Nothing here depends on tenders before the deadline. */
export function waitingFor(opening: Opening): Wait {
  const { since, phase } = opening
  const hosts = actingNames(opening)
  const wait = (key: WaitKey, params: Params = {}, from = since): Wait => ({ key, params, since: from })
  switch (phase) {
    case "scheduled":
      return wait("w.lobby_time")
    case "lobby":
      return wait("w.deadline")
    case "draw":
      return drawWait(opening, hosts)
    case "decryption":
      return wait("w.bidders_decrypt", { n: undecided(opening).length })
    case "confirmation":
      return wait("w.bidders_confirm", { n: unconfirmed(opening).length })
    case "objections": {
      const first = opening.objections[(unanswered(opening)[0] ?? 1) - 1]
      return wait("w.answer", { who: hosts, n: unanswered(opening).length }, first?.at ?? since)
    }
    case "signing":
      return signingWait(opening, hosts)
    case "closed":
      return wait("w.candidates", { who: hosts })
    case "candidates":
      return wait("w.award", { who: hosts })
    case "awarded":
      return wait("w.contract", { who: hosts })
    case "contracted":
    case "not_opened":
    case "terminated":
      return wait("w.nobody")
    default:
      return wait("w.host", { who: hosts })
  }
}

function drawWait(opening: Opening, hosts: string): Wait {
  const who = ofDraw()?.drawWaitsFor(opening, hosts) ?? ""
  return { key: "w.draw", params: { who }, since: opening.since }
}

function signingWait(opening: Opening, hosts: string): Wait {
  const { facts, signatures, since } = opening
  const missing = [
    ...(signatures.host ? [] : [hosts]),
    ...(signatures.recorder ? [] : [nameOfStaff(facts, facts.recorder.id)]),
  ]
  if (missing.length === 0) return { key: "w.close", params: { who: hosts }, since }
  return { key: "w.sign", params: { who: missing.join("、") }, since }
}

export type HallKey =
  | "h.OpenLobby" | "h.BeginDraw" | "h.CloseDraw" | "h.SealTenders" | "h.PublishRoster" | "h.BeginDecryption" | "h.CloseWindow" | "h.BeginReadOut"
  | "h.BeginConfirmation" | "h.EndConfirmation" | "h.PassHost"

const HALL: Readonly<Partial<Record<Phase, HallKey>>> = {
  scheduled: "h.OpenLobby",
  lobby: "h.SealTenders",
  sealed: "h.PublishRoster",
  roster: "h.BeginDecryption",
  draw: "h.CloseDraw",
  decryption: "h.CloseWindow",
  settled: "h.BeginReadOut",
  read_out: "h.BeginConfirmation",
  confirmation: "h.EndConfirmation",
  objections: "h.PassHost",
  signing: "h.PassHost",
}

/** What the great countdown counts down to, by what the hall does at its end. */
export const COUNTED = {
  "h.OpenLobby": "k.lobby", "h.SealTenders": "k.deadline", "h.PublishRoster": "k.hall", "h.BeginDecryption": "k.hall", "h.BeginDraw": "k.hall", "h.CloseDraw": "k.draw",
  "h.CloseWindow": "k.window", "h.BeginReadOut": "k.hall", "h.BeginConfirmation": "k.hall",
  "h.EndConfirmation": "k.confirmation", "h.PassHost": "k.reserve",
} as const

/** Whether the hall's step is one that people could take before it. */
export const isForPeople = (key: HallKey): boolean => COUNTED[key] === "k.hall" || COUNTED[key] === "k.reserve"

/** What the hall does by itself, and when; null if it leaves this to people. */
export function byItself(opening: Opening): { readonly key: HallKey; readonly at: number } | null {
  const key = drawHallKey(opening) ?? HALL[opening.phase]
  const at = dueAt(opening)
  return key && at !== null ? { key, at } : null
}

function drawHallKey(opening: Opening): HallKey | undefined {
  if (drawsAfter(opening, "roster") ? opening.phase === "roster" : drawsAfter(opening, "read_out") && opening.phase === "read_out") return "h.BeginDraw"
  if (opening.phase !== "draw" || opening.draw?.stage === "revealing" || opening.draw?.stage === "restoring") return undefined
  return opening.facts.policy.draw_order === "after_read_out" ? "h.BeginConfirmation" : "h.BeginDecryption"
}

/** When the hall acts next, in ms since the epoch. */
export function dueAt(opening: Opening): number | null {
  const opens_at = Date.parse(opening.opens_at)
  if (opening.phase === "scheduled") return opens_at - opening.facts.policy.sign_in_s * 1000
  if (opening.phase === "lobby") return opens_at
  return opening.due_at === null ? null : Date.parse(opening.due_at)
}

/** How often, and by how many seconds, the window can still be made longer. */
export function extensionLeft({ facts, extensions }: Opening): { times: number; seconds: number } {
  const spent = extensions.reduce((sum, { seconds }) => sum + seconds, 0)
  return {
    times: Math.max(0, facts.policy.extensions_max - extensions.length),
    seconds: Math.max(0, facts.policy.extension_total_s_max - spent),
  }
}

const BEFORE_READ_OUT: readonly Phase[] = ["scheduled", "lobby", "sealed", "roster", "decryption", "settled"]

export const mayTerminate = ({ phase, facts }: Opening): boolean =>
  BEFORE_READ_OUT.includes(phase) || (phase === "draw" && facts.policy.draw_order === "before_decryption")
export const mayPostpone = ({ phase }: Opening): boolean => phase === "scheduled" || phase === "lobby"
export const isBeforeDeadline = mayPostpone
