/** An entry of the record as a sentence, and a value of an offer as people read it. */
import { shallowRef } from "vue"
import type { Actor, Envelope, Event, Field, Person } from "../protocol.gen.ts"
import { money, percent } from "../ui/money.ts"
import { beijing } from "../ui/time.ts"
import { label, type Params, reason, words } from "../ui/words.ts"
import type { Opening } from "./fold.ts"
import { r } from "./words.ts"

/** A bidder's firm, or a person of the agent's, by name where the record gave it. */
export function nameOf(opening: Opening | null, id: string | null): string {
  if (id === null) return r("a_bidder")
  const tender = opening?.tenders[id]
  if (tender) return tender.sealed.name
  if (id === "hall") return r("the_platform")
  const staff = opening ? staffOf(opening) : []
  return staff.find((person) => person.id === id)?.name ?? id
}

function staffOf({ facts }: Opening): Person[] {
  return [...facts.hosts, facts.recorder, ...facts.supervisors, ...(facts.notary ? [facts.notary] : [])]
}

export function actorName(opening: Opening | null, by: Actor): string {
  if (by.role === "hall") return r("the_hall")
  return `${label("role", by.role)} ${nameOf(opening, by.id)}`
}

export function say(opening: Opening | null, { event }: Envelope): string {
  const key = `e.${event.type}`
  return r.has(key) ? r(key, params(opening, event)) : (ofDraw()?.sayDraw(opening, event) ?? event.type)
}

type DrawSays = ReturnType<typeof import("./draw-say.ts").drawWords>
const draws = shallowRef<DrawSays>()

/** What is said of draws, where it was taken in. */
export const ofDraw = (): DrawSays | undefined => draws.value

/** Take in what is said of draws: the public page does where there is one (room/drawn.ts). */
export function knowDraws({ drawWords }: typeof import("./draw-say.ts")): void {
  draws.value = drawWords({ words, nameOf })
}

function params(opening: Opening | null, event: Event): Params {
  const who = (id: string | null) => nameOf(opening, id)
  switch (event.type) {
    case "OpeningScheduled":
      return { at: beijing(event.opens_at) }
    case "OpeningPostponed":
      return { at: beijing(event.opens_at), why: event.reason }
    case "TendersSealed":
      return { n: event.seals.length }
    case "RosterPublished":
      return { n: event.tenders.length }
    case "DecryptionBegan":
    case "ConfirmationBegan":
      return { at: beijing(event.ends_at) }
    case "WindowExtended":
      return { at: beijing(event.ends_at), s: event.seconds, why: event.reason }
    case "KeyRefused":
    case "BodyUnreadable":
      return { who: who(event.bidder), why: reason(event.why) }
    case "DecryptionSettled":
      return { n: event.decrypted_count, left: event.left_sealed_count }
    case "BodyOpened":
      return { who: who(event.bidder), n: event.files_count }
    case "ConfirmationEnded":
      return { n: event.silent.length }
    case "ObjectionRaised":
    case "ObjectionAnswered":
      return { n: event.number }
    case "HostPassed":
      return { who: who(event.to) }
    case "RecordSigned":
      return { who: who(event.person), duty: r(`duty.${event.duty}`) }
    case "OpeningTerminated":
      return { why: event.reason }
    case "CandidatesNamed":
      return { who: event.candidates.map(who).join("、") }
    case "ContractMade":
      return { who: who(event.bidder), at: event.signed_on }
    case "TenderDecrypted":
    case "TenderLeftSealed":
    case "ReadOutConfirmed":
    case "AwardMade":
      return { who: who(event.bidder) }
    default:
      return {}
  }
}

/** A value of an offer, by what its field counts in. */
export function valueOf(field: Field, value: number | string | undefined): string {
  if (value === undefined) return "—"
  if (field.kind === "price_fen") return money(Number(value))
  if (field.kind === "discount_bp") return percent(Number(value))
  return field.kind === "days" ? r("days", { n: value }) : String(value)
}
