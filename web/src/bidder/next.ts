/** The one thing that a bidder has to do next for a lot, if anything. */
import type { Opening, Phase } from "../room/fold.ts"
import type { Mine } from "./desk.ts"

export type Next =
  | "seal" | "resume" | "reseal" | "rehearse" | "sign_in" | "decrypt" | "confirm"
  | "ready" | "wait" | "look" | "over" | "absent"

/** What is waited for by somebody: shown first in the inbox. */
export const URGENT: ReadonlySet<Next> = new Set(["decrypt", "confirm", "sign_in", "resume", "reseal", "seal", "rehearse"])

/** By what the inbox knows; the room, which has heard the record, says it more exactly. */
export function nextOf(phase: Phase, mine: Mine, opening: Opening | null = null, who = ""): Next {
  if (phase === "not_opened" || phase === "terminated") return "over"
  if (phase === "scheduled" || phase === "lobby") return beforeDeadline(phase, mine)
  if (mine.state !== "received") return "absent"
  const tender = opening?.tenders[who]
  if (phase === "decryption") return tender && tender.seal !== "sealed" ? "wait" : "decrypt"
  if (phase === "confirmation") return tender?.confirmed ? "wait" : "confirm"
  if (["closed", "candidates", "awarded", "contracted"].includes(phase)) return "look"
  return "wait"
}

function beforeDeadline(phase: Phase, mine: Mine): Next {
  if (mine.state === "uploading") return "resume"
  if (mine.state !== "received") return "seal"
  if (mine.sealed_under_old_notice) return "reseal"
  if (!mine.rehearsal_ok) return "rehearse"
  return phase === "lobby" && !mine.signed_in_at ? "sign_in" : "ready"
}
