/** Sizes of files as people say them: 1,572,864 bytes are "1.5 MiB". */
const UNITS = ["B", "KiB", "MiB", "GiB"] as const
const STEP = 1024

export function size(bytes: number): string {
  let [amount, at] = [bytes, 0]
  for (; amount >= STEP && at < UNITS.length - 1; at++) amount /= STEP
  return `${at === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[at]}`
}
