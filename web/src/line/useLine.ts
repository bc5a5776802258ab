/**
 * A line as a component has it: reactive, and hung up when the component goes.
 *
 *     const line = useLine("2026-0412-01", { heard: (envelope) => view.hear(envelope) })
 *     line.now   for <Countdown :now="line.now" :stale="line.stale.value">
 */
import { computed, onScopeDispose, type Ref, ref } from "vue"
import { following, type HallClock } from "../ui/clock.ts"
import type { Command, Envelope } from "../protocol.gen.ts"
import { type Dial, type Line, openLine, type Ticket } from "./line.ts"
import { lineUrl } from "./ticket.ts"

export type LineState = "dialling" | "live" | "lost" | "closed"

export type UsedLine = {
  state: Readonly<Ref<LineState>>
  /** Everything that stands on the record was heard. False again while catching up. */
  caughtUp: Readonly<Ref<boolean>>
  /** Whole seconds since the hall was heard, when the line is lost or silent; otherwise 0. */
  stale: Readonly<Ref<number>>
  /** Why the hall won't have us back (`Hangup`), or null. */
  closed: Readonly<Ref<number | null>>
  now: HallClock
  ask(command: Command): Promise<number>
  hangUp(): void
}

export type LineUse = {
  heard(envelope: Envelope): void
  /** Left out by viewers of the public. */
  ticket?: Ticket
  after?: number
  url?: string
  dial?: Dial
}

const QUIET_MS_MAX = 12_000 // the hall ticks more often than this

export function useLine(opening: string, use: LineUse): UsedLine {
  const state = ref<LineState>("dialling")
  const caughtUp = ref(false)
  const closed = ref<number | null>(null)
  const line: Line = openLine({
    url: use.url ?? lineUrl(opening),
    ...(use.ticket && { ticket: use.ticket }),
    ...(use.after !== undefined && { after: use.after }),
    ...(use.dial && { dial: use.dial }),
    listener: {
      heard: use.heard,
      ticked(all) {
        state.value = "live"
        caughtUp.value = all
      },
      lost() {
        state.value = "lost"
        caughtUp.value = false
      },
      closed(code) {
        state.value = "closed"
        closed.value = code
      },
    },
  })
  const silent_ms = following(() => line.silent_ms() ?? 0)
  const stale = computed(() => {
    const quiet = state.value === "lost" || silent_ms.value > QUIET_MS_MAX
    return quiet && state.value !== "closed" ? Math.floor(silent_ms.value / 1000) : 0
  })
  onScopeDispose(() => line.hangUp())
  return {
    state, caughtUp, stale, closed,
    now: () => line.now(),
    ask: (command) => line.ask(command),
    hangUp: () => line.hangUp(),
  }
}
