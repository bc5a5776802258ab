/**
 * Instants as people in the hall read them: Beijing time, "2026-03-02 09:30:00", never 24:00.
 *
 * China has one zone and no summer time, so Beijing is UTC+8 and needs no table of zones.
 */
const BEIJING_MS = 8 * 3_600_000

export type Instant = Date | string | number

/** "2026-03-02 09:30:00" */
export function beijing(at: Instant): string {
  return shifted(at).toISOString().slice(0, 19).replace("T", " ")
}

/** "2026-03-02" */
export function day(at: Instant): string {
  return beijing(at).slice(0, 10)
}

/** "09:30:00" */
export function clock(at: Instant): string {
  return beijing(at).slice(11)
}

/** "09:30" */
export function minute(at: Instant): string {
  return clock(at).slice(0, 5)
}

/** Milliseconds → "29:59", "1:02:03" or, from a day on, "2天 01:02:03"; never below zero. */
export function span(ms: number, dayWord = "天"): string {
  const total = Math.max(0, Math.ceil(ms / 1000))
  const [days, hours] = [Math.trunc(total / 86_400), Math.trunc(total / 3600) % 24]
  const [minutes, seconds] = [Math.trunc(total / 60) % 60, total % 60]
  const short = `${two(minutes)}:${two(seconds)}`
  if (days > 0) return `${days}${dayWord} ${two(hours)}:${short}`
  return hours > 0 ? `${hours}:${short}` : short
}

function shifted(at: Instant): Date {
  const instant = at instanceof Date ? at : new Date(at)
  if (Number.isNaN(instant.getTime())) throw new RangeError("not an instant")
  return new Date(instant.getTime() + BEIJING_MS)
}

function two(figure: number): string {
  return String(figure).padStart(2, "0")
}
