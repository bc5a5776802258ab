/**
 * Whether a record shows all that it has to. Twin of bidroom/publish/shown.py: a leaf without its
 * salt proves nothing of what stands above it, so only what nobody may read is taken without one.
 */
import type { Envelope, Event } from "../protocol.gen.ts"
import type { Opening } from "../room/fold.ts"

type Entry = { readonly salt: string | null; readonly envelope: Envelope }

/** Whether the entry at `index` may stand as it does; `before`: what leads to it. */
export function isRightlyShown(before: Opening | null, entries: readonly Entry[], index: number): boolean {
  const { salt, envelope } = entries[index]!
  const { event, by, cause } = envelope
  if (salt !== null) return isWhole(event)
  if (by.role !== "hall" || by.id !== "hall" || cause !== "withheld" || before === null) return false
  if (event.type === "Withheld") {
    if (before.phase === "decryption") return true // a refused key
    // whose tenders were frozen, where no roster followed
    const afterFreeze = entries[index - 1]?.envelope.event.type === "TendersSealed"
    return afterFreeze && !entries.some((it) => it.envelope.event.type === "RosterPublished")
  }
  if (event.type !== "ObjectionRaised" || event.bidder !== null || event.text !== null || event.act !== null) return false
  return !entries.some(({ envelope: { event: it } }) => it.type === "ObjectionAnswered" && it.number === event.number)
}

function isWhole(event: Event): boolean {
  if (event.type === "Withheld") return false
  if (event.type === "TenderLeftSealed") return event.bidder !== null
  if (event.type === "TenderDecrypted") return event.bidder !== null && event.act !== null
  if (event.type === "ObjectionRaised") return event.bidder !== null && event.text !== null && event.act !== null
  return true
}
