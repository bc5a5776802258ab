/** Who may bring an event about, and when: what the laws of a record are made of. */
import type { Envelope, Event } from "../protocol.gen.ts"
import { type Opening, type Phase, actingHosts } from "../room/fold.ts"
import { micros } from "./instants.ts"

export type Kind<K extends Event["type"]> = Extract<Event, { type: K }>
export type Said = { readonly opening: Opening; readonly envelope: Envelope }

/** `when`: the phases it may happen in. `lawful`: whether the rest of it is as the rules have it. */
export type Law<K extends Event["type"]> = {
  readonly when: readonly Phase[]
  readonly lawful: (event: Kind<K>, said: Said) => boolean
}

export const byHall = ({ envelope }: Said) => envelope.by.role === "hall"
export const byHost = ({ opening, envelope }: Said) => envelope.by.role === "agent" && actingHosts(opening).includes(envelope.by.id)
export const byBidder = (who: string | null, { envelope }: Said) => envelope.by.role === "bidder" && envelope.by.id === who
export const isDue = ({ opening, envelope }: Said) => opening.due_at !== null && micros(envelope.at) >= micros(opening.due_at)
export const inTime = ({ opening, envelope }: Said) => opening.due_at !== null && micros(envelope.at) < micros(opening.due_at)
/** A step is the host's to take, and the hall's once it is due. */
export const asStep = (said: Said) => byHost(said) || (byHall(said) && isDue(said))
export const after = ({ envelope }: Said, seconds: number) => micros(envelope.at) + seconds * 1e6
export const graceEnds = (said: Said) => after(said, said.opening.facts.policy.host_grace_s)
export const isAt = (instant: string | null, expected: number) => instant !== null && micros(instant) === expected

/** When the next reserve host is let in, if there is one left. */
export function passes(instant: string | null, said: Said, admitted = said.opening.hosts_admitted): boolean {
  return admitted < said.opening.facts.hosts.length ? isAt(instant, graceEnds(said)) : instant === null
}

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

export type Laws = { readonly [K in Event["type"]]?: Law<K> }
