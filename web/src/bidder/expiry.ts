/** How near a certificate's end or an opening is, in marks. Twin of within() in bidroom/tenders/expiry.py. */
const HOUR_MS = 3_600_000
export const OVER = 0
export const MARKS_H = [24, 72, 15 * 24, 30 * 24, 90 * 24] as const

/** The nearest mark, in hours, that `leftMs` doesn't exceed; OVER below zero, null before the first. */
export function within(leftMs: number): number | null {
  if (leftMs < 0) return OVER
  return MARKS_H.find((hours) => leftMs <= hours * HOUR_MS) ?? null
}

/** Hours that are days are told as days, but for the last three. */
export const inDays = (hours: number): boolean => hours > 72
