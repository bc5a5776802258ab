/**
 * The hall's clock as this page knows it.
 *
 * Countdowns never run on the visitor's own clock, which may be minutes off and may be set
 * while the page is open: they run on the hall's time, carried on between ticks by the
 * browser's monotonic clock.
 */
import { onScopeDispose, type Ref, ref } from "vue"

/** Milliseconds since the epoch by the hall's clock, now; null while no tick has come. */
export type HallClock = () => number | null

/** A value that follows `read`, looked at `every_ms`; stops with the component that asked. */
export function following<Value>(read: () => Value, every_ms = 250): Readonly<Ref<Value>> {
  const seen = ref(read()) as Ref<Value>
  const timer = setInterval(() => {
    seen.value = read()
  }, every_ms)
  onScopeDispose(() => clearInterval(timer))
  return seen
}
