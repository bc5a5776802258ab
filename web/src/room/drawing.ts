/** A draw as it happens. Twin of bidroom/opening/drawing.py, whose names it keeps. */
import type { Event } from "../protocol.gen.ts"
import type { Drawn } from "./draw.ts"

export type Stage = "revealing" | "restoring" | "failed" | "made" | "manual"

export type Drawing = {
  readonly log_size: number
  readonly log_root: string
  readonly stage: Stage
  readonly shares: Readonly<Record<string, string>>
  /** Who withheld, whatever came later. */
  readonly missing: readonly string[]
  readonly restored: readonly string[]
  /** Of whose share, by who released them. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly seed: string | null
  readonly rounds: readonly Drawn[]
  readonly entered_by: string | null
  readonly reason: string | null
}

/** The draw with `event` taken in; undefined where it isn't a draw's. */
export function drawingAfter(drawing: Drawing | null, event: Event): Drawing | undefined {
  if (event.type === "DrawBegan") {
    const { log_size, log_root } = event
    return {
      log_size, log_root, stage: "revealing", shares: {}, missing: [], restored: [], parts: {},
      seed: null, rounds: [], entered_by: null, reason: null,
    }
  }
  if (drawing === null) return undefined
  switch (event.type) {
    case "ShareRevealed":
      return { ...drawing, shares: { ...drawing.shares, [event.person]: event.share } }
    case "SharesMissing":
      return { ...drawing, stage: "restoring", missing: event.persons }
    case "PartReleased": {
      const released = { ...drawing.parts[event.of], [event.person]: event.part }
      return { ...drawing, parts: { ...drawing.parts, [event.of]: released } }
    }
    case "ShareRestored": {
      const shares = { ...drawing.shares, [event.of]: event.share }
      return { ...drawing, shares, restored: [...drawing.restored, event.of] }
    }
    case "DrawMade":
      return { ...drawing, stage: "made", seed: event.seed, rounds: event.rounds }
    case "DrawFailed":
      return { ...drawing, stage: "failed" }
    case "ManualDrawEntered":
      return { ...drawing, rounds: event.rounds, entered_by: event.person, reason: event.reason }
    case "ManualDrawCosigned":
      return { ...drawing, stage: "manual" }
    default:
      return undefined
  }
}

export const isDrawn = (drawing: Drawing | null): boolean => drawing?.stage === "made" || drawing?.stage === "manual"
