/** One opening as the public follows it: its line, its record so far, and what that adds up to. */
import { type ShallowRef, shallowReactive, shallowRef } from "vue"
import { useLine, type UsedLine } from "../line/useLine.ts"
import type { Envelope } from "../protocol.gen.ts"
import { fold, type Opening, type Phase, phasesOf } from "../room/fold.ts"

export type Room = {
  readonly line: UsedLine
  readonly opening: Readonly<ShallowRef<Opening | null>>
  readonly record: readonly Envelope[]
  /** The newest entry that was heard as it happened; null while only history was heard. */
  readonly news: Readonly<ShallowRef<Envelope | null>>
  /** The phases to show as steps: the usual ones, or those that this opening came through. */
  readonly steps: Readonly<ShallowRef<readonly Phase[]>>
}

export function useRoom(id: string): Room {
  const opening = shallowRef<Opening | null>(null)
  const record = shallowReactive<Envelope[]>([])
  const news = shallowRef<Envelope | null>(null)
  const steps = shallowRef<readonly Phase[]>(stepsTo("scheduled", "scheduled"))
  const line = useLine(id, {
    heard(envelope) {
      const before = opening.value?.phase ?? "scheduled"
      opening.value = fold(opening.value, envelope)
      record.push(envelope)
      if (opening.value && (opening.value.phase !== before || envelope.event.type === "OpeningScheduled")) {
        steps.value = stepsTo(opening.value.phase, before, phasesOf(opening.value))
      }
      if (line.caughtUp.value && envelope.event.type !== "Withheld") news.value = envelope
    },
  })
  return { line, opening, record, news, steps }
}

/** An opening that ends early ends after the phase that it had come to. */
export function stepsTo(phase: Phase, before: Phase, phases: readonly Phase[] = phasesOf(null)): readonly Phase[] {
  if (phase === "not_opened" || phase === "terminated") {
    return [...phases.slice(0, phases.indexOf(before) + 1), phase]
  }
  const closed = phases.indexOf("closed")
  return phases.slice(0, Math.max(closed, phases.indexOf(phase)) + 1)
}
