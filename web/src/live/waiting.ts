/**
 * Whom an opening waits for, as the public may know it, and until when.
 *
 * Every step of the host's that nobody takes is taken by the hall when it is due, or passes to
 * the reserve host: so `due_at` is always the end of the wait, never only of patience.
 */
import { actingHosts, drawsAfter, type Opening, type Phase, unanswered, unconfirmed } from "../room/fold.ts"
import { nameOf, ofDraw } from "../room/say.ts"
import { beijing } from "../ui/time.ts"
import { w } from "./words.ts"

export type Waiting = {
  /** Whom or what for, as a phrase. */
  readonly whom: string
  readonly since: string | null
}

export const OVER: readonly Phase[] = [
  "closed", "candidates", "awarded", "contracted", "not_opened", "terminated",
]
export const isOver = (phase: string): boolean => OVER.some((one) => one === phase)
export const isToCome = (phase: string): boolean => phase === "scheduled" || phase === "lobby"

/** Null where nobody is waited for: the opening is over. */
export function waitingFor(opening: Opening): Waiting | null {
  const whom = phrase(opening)
  if (whom === null) return null
  return { whom, since: isToCome(opening.phase) ? null : since(opening) }
}

/** What the countdown runs to, or null. */
export function dueAt({ phase, opens_at, due_at }: Opening): string | null {
  return isToCome(phase) ? opens_at : due_at
}

function phrase(opening: Opening): string | null {
  const who = actingHosts(opening).map((id) => nameOf(opening, id)).join("、")
  switch (opening.phase) {
    case "scheduled":
      return w("wait.lobby_time", { at: beijing(lobbyAt(opening)) })
    case "lobby":
      return w("wait.deadline")
    case "sealed":
      return w("wait.host_roster", { who })
    case "roster":
      return w(drawsAfter(opening, "roster") ? "wait.host_draw" : "wait.host_decryption", { who })
    case "draw":
      return ofDraw()?.drawWaitsFor(opening, who) ?? null
    case "decryption":
      return w("wait.bidders_decrypt", { n: undecryptedCount(opening) })
    case "settled":
      return w("wait.host_read", { who })
    case "read_out":
      return w(drawsAfter(opening, "read_out") ? "wait.host_draw" : "wait.host_confirm", { who })
    case "confirmation":
      return w("wait.bidders_confirm", { n: unconfirmed(opening).length })
    case "objections":
      return w("wait.host_answer", { who, n: unanswered(opening).length })
    case "signing":
      return signatures(opening, who)
    default:
      return null
  }
}

const lobbyAt = ({ opens_at, facts }: Opening) => Date.parse(opens_at) - facts.policy.sign_in_s * 1000

/** An unanswered objection has waited since it was raised, everything else since its phase began. */
function since(opening: Opening): string {
  if (opening.phase !== "objections") return opening.since
  return opening.objections.find(({ answer }) => answer === null)?.at ?? opening.since
}

export function undecryptedCount(opening: Opening): number {
  const { tenders, decrypted_count, left_sealed_count } = opening
  return Math.max(0, Object.keys(tenders).length - decrypted_count - left_sealed_count)
}

function signatures({ signatures: signed, facts }: Opening, host: string): string {
  const missing: string[] = []
  if (!signed.host) missing.push(w("host_of_duty", { who: host }))
  if (!signed.recorder) missing.push(w("recorder_of_duty", { who: facts.recorder.name }))
  return missing.length > 0 ? w("wait.sign", { who: missing.join("、") }) : w("wait.host_close", { who: host })
}
