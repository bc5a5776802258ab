/**
 * What a record adds up to: `fold` takes one envelope into the picture of an opening. Twin of
 * bidroom/opening/state.py, whose names it keeps, so that one word greps from there to here.
 *
 * It never refuses an event, for whatever stands on the record has happened, and it folds what
 * was redacted for this reader as well as the full record.
 */
import type {
  BodyOpened, BodyUnreadable, Duty, Envelope, Event, LeftSealed, OpeningScheduled, ReadOut,
  SealedTender, Silence, Unreadable, WindowExtended,
} from "../protocol.gen.ts"
import { type Drawing, drawingAfter } from "./drawing.ts"

export const PHASES = [
  "scheduled", "lobby", "sealed", "roster", "decryption", "settled", "read_out", "confirmation",
  "objections", "signing", "closed", "candidates", "awarded", "contracted",
] as const
export type Phase = (typeof PHASES)[number] | "draw" | "not_opened" | "terminated"

/** The phases of this very opening, in order: a draw stands where its policy puts it. */
export function phasesOf(opening: Opening | null): readonly Phase[] {
  if (!opening?.facts.notice.draw) return PHASES
  const before = opening.facts.policy.draw_order === "after_read_out" ? "read_out" : "roster"
  return PHASES.flatMap((phase): Phase[] => (phase === before ? [phase, "draw"] : [phase]))
}

/** How far a tender has come in the window. */
export type Seal = "sealed" | "decrypted" | "left_sealed"
export type Outcome = ReadOut | Unreadable | LeftSealed

export type Tender = {
  readonly sealed: SealedTender
  readonly seal: Seal
  readonly keys_refused: number
  readonly last_refusal: string | null
  readonly outcome: Outcome | null
  readonly body: BodyOpened | BodyUnreadable | null
  readonly confirmed: boolean
}

/** `at` and `answered_at` are when they came to stand on the record. */
export type Objection = {
  readonly bidder: string | null
  readonly text: string | null
  readonly answer: string | null
  readonly at: string
  readonly answered_at: string | null
}

export type Opening = {
  readonly facts: OpeningScheduled
  readonly opens_at: string
  readonly phase: Phase
  /** When the present phase was entered: what people have been waiting for since. */
  readonly since: string
  readonly version: number
  readonly seals: readonly string[]
  readonly tenders: Readonly<Record<string, Tender>>
  readonly decrypted_count: number
  readonly left_sealed_count: number
  readonly due_at: string | null
  readonly extensions: readonly WindowExtended[]
  readonly objections: readonly Objection[]
  readonly confirmed_sha256: string | null
  readonly minutes_sha256: string | null
  readonly silent: readonly string[]
  readonly silence: Silence | null
  readonly hosts_admitted: number
  readonly draw: Drawing | null
  readonly signatures: Readonly<Partial<Record<Duty, string>>>
  readonly ended_why: string | null
  readonly candidates: readonly string[]
  readonly award: string | null
  readonly contract_on: string | null
}

/** `opening` with `envelope` taken in; null is an opening of which nothing was heard yet. */
export function fold(opening: Opening | null, { event, at }: Envelope): Opening | null {
  if (event.type === "OpeningScheduled") return begun(event, at)
  if (opening === null) return null
  const drawing = drawingAfter(opening.draw, event)
  if (drawing) return drawn({ ...opening, draw: drawing }, event, at)
  return before(opening, event, at) ?? window(opening, event, at) ?? after(opening, event, at) ?? opening
}

export const foldAll = (record: Iterable<Envelope>): Opening | null => {
  let opening: Opening | null = null
  for (const envelope of record) opening = fold(opening, envelope)
  return opening
}

export const unanswered = ({ objections }: Opening): number[] =>
  objections.flatMap(({ answer }, index) => (answer === null ? [index + 1] : []))

export const unconfirmed = ({ tenders }: Opening): string[] =>
  Object.keys(tenders).filter((who) => !tenders[who]!.confirmed)

export const undecided = ({ tenders }: Opening): string[] =>
  Object.keys(tenders).filter((who) => tenders[who]!.seal === "sealed")

/** Whose shares of the draw are not known. */
export const unrevealed = ({ facts, draw }: Opening): string[] =>
  facts.notice.draw?.contributors.map(({ person }) => person).filter((who) => draw?.shares[who] === undefined) ?? []

/** Whether the draw is what comes after `phase`, and wasn't made yet. */
export const drawsAfter = ({ facts, draw }: Opening, phase: "roster" | "read_out"): boolean =>
  facts.notice.draw !== null && draw === null &&
  (facts.policy.draw_order === "after_read_out" ? "read_out" : "roster") === phase

export const actingHosts = ({ facts, hosts_admitted }: Opening): string[] =>
  facts.hosts.slice(0, hosts_admitted).map(({ id }) => id)

function begun(facts: OpeningScheduled, at: string): Opening {
  return {
    facts, opens_at: facts.opens_at, phase: "scheduled", since: at, version: 1, seals: [],
    tenders: {}, decrypted_count: 0, left_sealed_count: 0, due_at: null, extensions: [],
    objections: [], confirmed_sha256: null, minutes_sha256: null, silent: [], silence: null,
    hosts_admitted: 1, draw: null, signatures: {}, ended_why: null, candidates: [], award: null,
    contract_on: null,
  }
}

function before(opening: Opening, event: Event, at: string): Opening | undefined {
  switch (event.type) {
    case "OpeningPostponed":
      return enter({ ...opening, opens_at: event.opens_at }, "scheduled", at)
    case "LobbyOpened":
      return enter(opening, "lobby", at)
    case "TendersSealed":
      return enter({ ...opening, seals: event.seals }, "sealed", at, event.goes_on_at)
    case "OpeningNotOpened":
      return enter(opening, "not_opened", at)
    case "RosterPublished": {
      const tenders = Object.fromEntries(event.tenders.map((one) => [one.bidder, undecidedTender(one)]))
      return enter({ ...opening, tenders }, "roster", at, event.goes_on_at)
    }
    case "OpeningTerminated":
      return enter({ ...opening, ended_why: event.reason }, "terminated", at)
    default:
      return undefined
  }
}

function drawn(opening: Opening, event: Event, at: string): Opening {
  switch (event.type) {
    case "DrawBegan":
    case "SharesMissing":
      return enter(opening, "draw", at, event.ends_at)
    case "DrawMade":
    case "DrawFailed":
    case "ManualDrawCosigned":
      return enter(opening, "draw", at, event.goes_on_at)
    default:
      return opening
  }
}

function window(opening: Opening, event: Event, at: string): Opening | undefined {
  switch (event.type) {
    case "DecryptionBegan":
      return enter(opening, "decryption", at, event.ends_at)
    case "WindowExtended": {
      const extensions = [...opening.extensions, event]
      const longer = enter({ ...opening, extensions }, "decryption", at, event.ends_at)
      return { ...longer, since: opening.since }
    }
    case "KeyRefused":
      return changed(opening, event.bidder, ({ keys_refused }) => ({
        keys_refused: keys_refused + 1,
        last_refusal: event.why,
      }))
    case "TenderDecrypted": {
      const counted = { ...opening, decrypted_count: opening.decrypted_count + 1 }
      return changed(counted, event.bidder, () => ({ seal: "decrypted" }))
    }
    case "TenderLeftSealed": {
      const counted = { ...opening, left_sealed_count: opening.left_sealed_count + 1 }
      return changed(counted, event.bidder, () => ({ seal: "left_sealed" }))
    }
    case "DecryptionSettled":
      return enter(opening, "settled", at, event.goes_on_at)
    case "BodyOpened":
    case "BodyUnreadable":
      return changed(opening, event.bidder, () => ({ body: event }))
    default:
      return undefined
  }
}

function after(opening: Opening, event: Event, at: string): Opening | undefined {
  switch (event.type) {
    case "OffersReadOut": {
      const tenders = Object.fromEntries(
        Object.entries(opening.tenders).map(([who, tender]) => [who, readOut(tender, event.outcomes[who])]),
      )
      return enter({ ...opening, tenders }, "read_out", at, event.goes_on_at)
    }
    case "ConfirmationBegan":
      return enter({ ...opening, confirmed_sha256: event.minutes_sha256 }, "confirmation", at, event.ends_at)
    case "ReadOutConfirmed":
      return changed(opening, event.bidder, () => ({ confirmed: true }))
    case "ConfirmationEnded": {
      const ended = { ...opening, silent: event.silent, silence: event.counts_as }
      return enter(ended, "objections", at, event.passes_at)
    }
    case "ObjectionRaised": {
      const { bidder, text } = event
      const raised = { bidder, text, answer: null, at, answered_at: null }
      return { ...opening, objections: [...opening.objections, raised] }
    }
    case "ObjectionAnswered": {
      const objections = [...opening.objections]
      const raised_at = objections[event.number - 1]?.at ?? at
      const { bidder, objection: text, text: answer } = event
      objections[event.number - 1] = { bidder, text, answer, at: raised_at, answered_at: at }
      return { ...opening, objections }
    }
    case "HostPassed": {
      const hosts_admitted = opening.hosts_admitted + 1
      return enter({ ...opening, hosts_admitted }, opening.phase, at, event.passes_at)
    }
    case "SigningBegan":
      return enter({ ...opening, minutes_sha256: event.minutes_sha256 }, "signing", at, event.passes_at)
    default:
      return ended(opening, event, at)
  }
}

function ended(opening: Opening, event: Event, at: string): Opening | undefined {
  switch (event.type) {
    case "RecordSigned":
      return { ...opening, signatures: { ...opening.signatures, [event.duty]: event.person } }
    case "OpeningClosed":
      return enter(opening, "closed", at)
    case "CandidatesNamed":
      return enter({ ...opening, candidates: event.candidates }, "candidates", at)
    case "AwardMade":
      return enter({ ...opening, award: event.bidder }, "awarded", at)
    case "ContractMade":
      return enter({ ...opening, contract_on: event.signed_on }, "contracted", at)
    default:
      return undefined // Withheld, and what a newer hall may say
  }
}

function enter(opening: Opening, phase: Phase, since: string, due_at: string | null = null): Opening {
  return { ...opening, phase, since, due_at, version: opening.version + 1 }
}

const undecidedTender = (sealed: SealedTender): Tender => ({
  sealed, seal: "sealed", keys_refused: 0, last_refusal: null, outcome: null, body: null, confirmed: false,
})

/** `opening` with one tender changed; a tender that this reader can't name stays as it is. */
function changed(
  opening: Opening,
  bidder: string | null,
  how: (tender: Tender) => Partial<Tender>,
): Opening {
  const tender = bidder === null ? undefined : opening.tenders[bidder]
  if (bidder === null || !tender) return opening
  return { ...opening, tenders: { ...opening.tenders, [bidder]: { ...tender, ...how(tender) } } }
}

function readOut(tender: Tender, outcome: Outcome | undefined): Tender {
  if (!outcome) return tender
  return { ...tender, outcome, seal: outcome.type === "LeftSealed" ? "left_sealed" : "decrypted" }
}
