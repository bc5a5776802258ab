/**
 * Whether an event could come next: who may bring it about, in which phase, at what time, and
 * saying what. What bidroom/opening/rules.py decides from a command is looked at here from the
 * event's side, so that a record which the rules would never have led to is found out.
 */
import type { Envelope, Event, OpeningScheduled } from "../protocol.gen.ts"
import { type Opening, type Phase, actingHosts, fold, unanswered, unconfirmed, undecided } from "../room/fold.ts"
import { DRAW_LAWS, afterRelease, isDrawn, isPlanned } from "./draw-laws.ts"
import { micros } from "./instants.ts"
import { type Law, type Laws, after, asStep, byBidder, byHall, byHost, graceEnds, inTime, isAt, isDue, passes, same } from "./who.ts"

const FROM_ROSTER: readonly Phase[] = ["roster", "draw", "decryption", "settled", "read_out", "confirmation"]
const OPENED: readonly Phase[] = [
  "draw", "decryption", "settled", "read_out", "confirmation", "objections", "signing", "closed", "candidates", "awarded", "contracted",
]
const BEFORE_READ_OUT: readonly Phase[] = ["scheduled", "lobby", "sealed", "roster", "draw", "decryption", "settled"]

const LAWS: Laws = {
  ...DRAW_LAWS,
  OpeningPostponed: {
    when: ["scheduled", "lobby"],
    lawful: ({ opens_at }, said) =>
      byHost(said) &&
      micros(said.envelope.at) < micros(said.opening.opens_at) &&
      micros(opens_at) > micros(said.opening.opens_at),
  },
  LobbyOpened: {
    when: ["scheduled"],
    lawful: (_, said) =>
      byHall(said) && after(said, said.opening.facts.policy.sign_in_s) >= micros(said.opening.opens_at),
  },
  TendersSealed: {
    when: ["lobby"],
    lawful: ({ seals, goes_on_at }, said) =>
      byHall(said) &&
      micros(said.envelope.at) >= micros(said.opening.opens_at) &&
      same(seals, [...seals].sort()) &&
      (seals.length < said.opening.facts.policy.tenders_min ? goes_on_at === null : isAt(goes_on_at, graceEnds(said))),
  },
  RosterKept: {
    when: ["sealed"],
    lawful: ({ tenders }, said) => byHall(said) && same(tenders.map(({ seal }) => seal).sort(), said.opening.seals),
  },
  OpeningNotOpened: {
    when: ["sealed"],
    lawful: ({ tenders_count }, said) =>
      byHall(said) && tenders_count === said.opening.seals.length && tenders_count < said.opening.facts.policy.tenders_min,
  },
  RosterPublished: {
    when: ["sealed"],
    lawful: ({ tenders, goes_on_at }, said) =>
      asStep(said) && isAt(goes_on_at, graceEnds(said)) && same(tenders.map(({ seal }) => seal).sort(), said.opening.seals),
  },
  DecryptionBegan: {
    when: ["roster", "draw"],
    lawful: ({ ends_at }, said) =>
      asStep(said) && isDrawn(said, "before_decryption") && isAt(ends_at, after(said, said.opening.facts.policy.window_s)),
  },
  WindowExtended: {
    when: ["decryption"],
    lawful: ({ ends_at, seconds }, said) => {
      const { policy } = said.opening.facts
      const total = said.opening.extensions.reduce((sum, one) => sum + one.seconds, seconds)
      const longer = said.opening.extensions.length < policy.extensions_max && total <= policy.extension_total_s_max
      return byHost(said) && inTime(said) && seconds > 0 && longer && isAt(ends_at, micros(said.opening.due_at!) + seconds * 1e6)
    },
  },
  KeyRefused: { when: ["decryption"], lawful: ({ bidder }, said) => byBidder(bidder, said) && inTime(said) },
  TenderDecrypted: {
    when: ["decryption"],
    lawful: ({ bidder }, said) => {
      const tender = said.opening.tenders[bidder ?? ""]
      return byBidder(bidder, said) && inTime(said) && tender?.seal === "sealed" && tender.sealed.intact
    },
  },
  TenderLeftSealed: {
    when: ["decryption"],
    lawful: ({ bidder }, said) => byHall(said) && isDue(said) && said.opening.tenders[bidder ?? ""]?.seal === "sealed",
  },
  DecryptionSettled: {
    when: ["decryption"],
    lawful: ({ decrypted_count, left_sealed_count, goes_on_at }, said) =>
      undecided(said.opening).length === 0 &&
      decrypted_count === said.opening.decrypted_count &&
      left_sealed_count === said.opening.left_sealed_count &&
      isAt(goes_on_at, graceEnds(said)),
  },
  BodyOpened: { when: OPENED, lawful: ({ bidder }, said) => byHall(said) && awaitsBody(said.opening, bidder) },
  BodyUnreadable: { when: OPENED, lawful: ({ bidder }, said) => byHall(said) && awaitsBody(said.opening, bidder) },
  OffersReadOut: {
    when: ["settled"],
    lawful: ({ outcomes, goes_on_at }, said) =>
      asStep(said) &&
      isAt(goes_on_at, graceEnds(said)) &&
      same(Object.keys(outcomes).sort(), Object.keys(said.opening.tenders).sort()) &&
      Object.entries(said.opening.tenders).every(
        ([who, { seal }]) => (seal === "decrypted") === (outcomes[who]!.type !== "LeftSealed"),
      ),
  },
  ConfirmationBegan: {
    when: ["read_out", "draw"],
    lawful: ({ ends_at }, said) =>
      asStep(said) && isDrawn(said, "after_read_out") && isAt(ends_at, after(said, said.opening.facts.policy.confirmation_s)),
  },
  ReadOutConfirmed: {
    when: ["confirmation"],
    lawful: ({ bidder }, said) => byBidder(bidder, said) && inTime(said) && said.opening.tenders[bidder]?.confirmed === false,
  },
  ConfirmationEnded: {
    when: ["confirmation"],
    lawful: ({ silent, counts_as, passes_at }, said) =>
      (unconfirmed(said.opening).length === 0 || (byHall(said) && isDue(said))) &&
      same(silent, unconfirmed(said.opening)) &&
      counts_as === said.opening.facts.policy.silence &&
      passes(passes_at, said),
  },
  ObjectionRaised: {
    when: FROM_ROSTER,
    lawful: ({ number, bidder, text }, said) => {
      const { opening } = said
      if (number !== opening.objections.length + 1) return false
      if (bidder === null || text === null) return true // withheld: it was never answered
      const own = opening.objections.filter((one) => one.bidder === bidder).length
      const open = opening.phase !== "confirmation" || inTime(said)
      return byBidder(bidder, said) && bidder in opening.tenders && open && own < opening.facts.policy.objections_each_max
    },
  },
  ObjectionAnswered: {
    when: [...FROM_ROSTER, "objections"],
    lawful: ({ number, bidder, objection }, said) => {
      const raised = said.opening.objections[number - 1]
      return byHost(said) && raised?.answer === null && raised.bidder === bidder && raised.text === objection
    },
  },
  HostPassed: {
    when: ["objections", "signing"],
    lawful: ({ to, passes_at }, said) => {
      const { hosts_admitted, facts } = said.opening
      return byHall(said) && isDue(said) && facts.hosts[hosts_admitted]?.id === to && passes(passes_at, said, hosts_admitted + 1)
    },
  },
  SigningBegan: {
    when: ["objections"],
    lawful: ({ passes_at }, said) => unanswered(said.opening).length === 0 && passes(passes_at, said),
  },
  RecordSigned: {
    when: ["signing"],
    lawful: ({ person, duty }, said) => {
      const { facts, signatures } = said.opening
      if (said.envelope.by.role !== "agent" || said.envelope.by.id !== person) return false
      if (signatures[duty] !== undefined || Object.values(signatures).includes(person)) return false
      if (person === facts.recorder.id) return duty === "recorder"
      return actingHosts(said.opening).includes(person) && duty === (signatures.host === undefined ? "host" : "recorder")
    },
  },
  OpeningClosed: {
    when: ["signing"],
    lawful: (_, said) => byHost(said) && said.opening.signatures.host !== undefined && said.opening.signatures.recorder !== undefined,
  },
  OpeningTerminated: {
    when: BEFORE_READ_OUT,
    lawful: (_, { opening, envelope }) =>
      byHost({ opening, envelope }) && (opening.phase !== "draw" || opening.facts.policy.draw_order === "before_decryption"),
  },
  CandidatesNamed: {
    when: ["closed"],
    lawful: ({ candidates }, said) =>
      byHost(said) &&
      new Set(candidates).size === candidates.length &&
      candidates.every((who) => said.opening.tenders[who]?.outcome?.type === "ReadOut"),
  },
  AwardMade: { when: ["candidates"], lawful: ({ bidder }, said) => byHost(said) && said.opening.candidates.includes(bidder) },
  ContractMade: { when: ["awarded"], lawful: ({ bidder }, said) => byHost(said) && said.opening.award === bidder },
}

/** Whether `envelope` could come next on the record that adds up to `opening`. */
export function isLawful(opening: Opening | null, envelope: Envelope): boolean {
  const { event } = envelope
  if (opening === null) return event.type === "OpeningScheduled" && isScheduled(event, envelope)
  if (event.type === "Withheld") return true // of which nothing can be said
  const law = LAWS[event.type] as Law<Event["type"]> | undefined
  return law !== undefined && law.when.includes(opening.phase) && law.lawful(event as never, { opening, envelope })
}

/**
 * What must follow at once, in the same turn as `envelope`, by the rules: decryption ends with the
 * last tender, confirmation with the last bidder, and signing begins once everything is answered.
 */
export function mustFollow(before: Opening | null, envelope: Envelope): Event["type"] | null {
  const opening = fold(before, envelope)
  if (opening === null) return null
  const { type } = envelope.event
  const tooFew = opening.seals.length < opening.facts.policy.tenders_min
  if (type === "TendersSealed") return tooFew ? "OpeningNotOpened" : "RosterKept"
  if (type === "ShareRevealed" || type === "PartReleased" || type === "ShareRestored") return afterRelease(opening)
  if (type === "TenderDecrypted") return undecided(opening).length === 0 ? "DecryptionSettled" : null
  if (type === "TenderLeftSealed") return undecided(opening).length === 0 ? "DecryptionSettled" : "TenderLeftSealed"
  if (type === "ReadOutConfirmed") return unconfirmed(opening).length === 0 ? "ConfirmationEnded" : null
  if (type === "ConfirmationEnded" || type === "ObjectionAnswered") {
    return opening.phase === "objections" && unanswered(opening).length === 0 ? "SigningBegan" : null
  }
  return null
}

/** The number of the first entry that the rules would not have led to, or 0. */
export function firstUnlawful(record: readonly Envelope[]): number {
  let opening: Opening | null = null
  let last: Envelope | null = null
  let wanted: Event["type"] | null = null
  for (const envelope of record) {
    const sameTurn = last !== null && envelope.at === last.at && envelope.cause === last.cause && same(envelope.by, last.by)
    // whose tenders were frozen is withheld for good where no roster follows (shown.ts)
    const isKept = wanted === "RosterKept" && envelope.event.type === "Withheld" && envelope.at === last?.at
    if (wanted !== null && !isKept && (envelope.event.type !== wanted || !sameTurn)) return envelope.seq
    if (!isLawful(opening, envelope)) return envelope.seq
    wanted = mustFollow(opening, envelope)
    opening = fold(opening, envelope)
    last = envelope
  }
  return wanted === null ? 0 : record.length
}

function isScheduled(facts: OpeningScheduled, { by, at }: Envelope): boolean {
  const people = [...facts.hosts, facts.recorder, ...facts.supervisors, ...(facts.notary ? [facts.notary] : [])]
  return by.role === "agent" && micros(facts.opens_at) > micros(at) && new Set(people.map(({ id }) => id)).size === people.length && isPlanned(facts)
}

function awaitsBody({ tenders }: Opening, bidder: string): boolean {
  const tender = tenders[bidder]
  return tender?.seal === "decrypted" && tender.body === null
}
