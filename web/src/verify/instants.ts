/** Instants as a record has them: RFC 3339 in UTC, to the microsecond. A Date has only milliseconds. */

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/

/** Microseconds since the epoch, below 2⁵³ until the year 2255. Throws a RangeError. */
export function micros(instant: string): number {
  const match = INSTANT.exec(instant)
  const whole = match ? Date.parse(`${match[1]}Z`) : Number.NaN
  if (!match || Number.isNaN(whole)) throw new RangeError("no instant")
  return whole * 1_000 + Number((match[2] ?? "").padEnd(6, "0"))
}
