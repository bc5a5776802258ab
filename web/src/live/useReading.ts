/**
 * Which row of the read-out is read just now, and its words.
 *
 * All offers are public at once; they are read one by one for those who listen. The rows follow
 * the hall's clock from the read-out's instant, so that every screen shows the same row, and who
 * comes late comes into the middle of it. With the voice on, the rows wait for the voice.
 */
import { computed, type ComputedRef, onScopeDispose, ref, watch } from "vue"
import type { Opening } from "../room/fold.ts"
import { following, type HallClock } from "../ui/clock.ts"
import { spokenRow, type Voice } from "./aloud.ts"
import { isOver } from "./waiting.ts"

export const ROW_MS = 4_000

export type Reading = {
  /** The row's bidder, the row's number from 1, and its words; null when nothing is read. */
  readonly row: ComputedRef<{ who: string; number: number; words: string } | null>
  /** Read all of it aloud, from the first row. */
  again(): Promise<void>
}

export function useReading(
  opening: () => Opening | null,
  readOutAt: () => string | null,
  now: HallClock,
  voice: Voice,
): Reading {
  const spoken = ref<number | null>(null)
  const byClock = following(() => {
    const [at, clock] = [readOutAt(), now()]
    return at === null || clock === null ? -1 : Math.floor((clock - Date.parse(at)) / ROW_MS)
  })
  const row = computed(() => {
    const all = Object.entries(opening()?.tenders ?? {})
    const index = spoken.value ?? (isOver(opening()?.phase ?? "") ? -1 : byClock.value)
    const one = index >= 0 ? all[index] : undefined
    if (!one || !one[1].outcome) return null
    return { who: one[0], number: index + 1, words: spokenRow(opening()!, one[1]) }
  })

  let turn = 0
  async function again(): Promise<void> {
    const mine = ++turn
    const rows = Object.values(opening()?.tenders ?? {})
    for (let index = 0; index < rows.length && mine === turn && voice.on.value; index++) {
      spoken.value = index
      await voice.say(spokenRow(opening()!, rows[index]!))
    }
    if (mine === turn) spoken.value = null
  }

  // Only a read-out that happens while one listens is read by itself.
  watch(readOutAt, (at) => {
    const clock = now()
    if (at && clock !== null && clock - Date.parse(at) < ROW_MS) void again()
  })
  onScopeDispose(() => {
    turn++
    voice.turn(false)
  })
  return { row, again }
}
