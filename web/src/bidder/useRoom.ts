/** One lot as its bidder has it: the record over the line, and what the bidder has done for it. */
import { computed, onScopeDispose, type Ref, ref, shallowRef, watch } from "vue"
import { useLine } from "../line/useLine.ts"
import { ticketFor } from "../line/ticket.ts"
import type { Envelope } from "../protocol.gen.ts"
import { type Opening, type Tender, fold } from "../room/fold.ts"
import { isOver, me } from "../login/session.ts"
import * as desk from "./desk.ts"
import { nextOf } from "./next.ts"

export type UsedRoom = ReturnType<typeof useRoom>

export function useRoom(id: string) {
  const opening: Ref<Opening | null> = shallowRef(null)
  const record: Ref<readonly Envelope[]> = shallowRef([])
  const mine: Ref<desk.Mine | null> = shallowRef(null)
  const fault = shallowRef<unknown>(null)
  const heard = ref(0)
  const entries: Envelope[] = []

  const line = useLine(id, {
    ticket: ticketFor(id),
    heard(envelope) {
      entries.push(envelope)
      opening.value = fold(opening.value, envelope)
      heard.value = envelope.seq
    },
  })
  // A long record arrives in one go: it is shown once, and not once per entry.
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(heard, () => {
    timer ??= setTimeout(() => {
      timer = undefined
      record.value = [...entries]
    }, 30)
  })
  onScopeDispose(() => clearTimeout(timer))

  async function refresh(): Promise<void> {
    try {
      mine.value = (await desk.lot(id)).mine
      fault.value = null
    } catch (no) {
      if (!isOver(no)) fault.value = no
    }
  }
  void refresh()
  watch(() => opening.value?.phase, (_, before) => before && void refresh())

  const who = computed(() => me.value?.id ?? "")
  const tender = computed<Tender | null>(() => opening.value?.tenders[who.value] ?? null)
  const next = computed(() =>
    opening.value && mine.value ? nextOf(opening.value.phase, mine.value, opening.value, who.value) : null,
  )
  const at = () => new Date(line.now() ?? Date.now())
  return { id, line, opening, record, mine, fault, who, tender, next, refresh, at }
}
