/**
 * What the hall's clock says, worked out from its ticks.
 *
 * Each tick gives one estimate of how far the hall's clock is from the browser's monotonic one;
 * the median of the last five is kept, so that one tick held up on the way moves nothing. The
 * visitor's own clock is never looked at: it may be wrong, and may be set while we run.
 */
const SAMPLES_MAX = 5

export type Monotonic = () => number // milliseconds from any start

export class HallTime {
  readonly #monotonic: Monotonic
  #samples: number[] = []
  #stale = false

  constructor(monotonic: Monotonic = () => performance.now()) {
    this.#monotonic = monotonic
  }

  /** A tick came that says `at`, in milliseconds since the epoch. */
  hear(at: number): void {
    // A monotonic clock may stand still while the machine sleeps, so what was measured on an
    // earlier connection is dropped as soon as there is something newer.
    if (this.#stale) this.#samples = []
    this.#stale = false
    this.#samples = [...this.#samples, at - this.#monotonic()].slice(-SAMPLES_MAX)
  }

  /** The line was lost: go on with what is known, until the next tick. */
  doubt(): void {
    this.#stale = true
  }

  /** Milliseconds since the epoch by the hall's clock; null before the first tick. */
  now(): number | null {
    if (this.#samples.length === 0) return null
    const sorted = [...this.#samples].sort((a, b) => a - b)
    const upper = sorted[sorted.length >> 1]!
    const lower = sorted[(sorted.length - 1) >> 1]!
    return this.#monotonic() + (lower + upper) / 2
  }
}
