/** Instants in a `datetime-local` input, which are Beijing's wherever the browser stands. */
import { beijing, type Instant } from "../ui/time.ts"

/** "2026-03-02T09:30:00" */
export const toInput = (at: Instant): string => beijing(at).replace(" ", "T")

/** RFC 3339 in UTC, or null where nothing whole was typed. */
export function fromInput(typed: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(typed)) return null
  const at = new Date(`${typed}+08:00`)
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace(".000Z", "Z")
}
