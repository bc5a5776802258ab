/** What takes longer than a test should wait runs on a clock of the test's own. */
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { HallTime } from "../../src/line/clock.ts"
import { openLine, SILENCE_MS_MAX } from "../../src/line/line.ts"

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A socket whose network swallows everything, without a word. */
class DeafSocket {
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  closed = false
  send(): void {}
  close(): void {
    this.closed = true
  }
}

function deafLine(): DeafSocket[] {
  const sockets: DeafSocket[] = []
  const dial = () => {
    sockets.push(new DeafSocket())
    return sockets.at(-1) as unknown as WebSocket
  }
  openLine({ url: "ws://hall/line/openings/1", listener: { heard: () => {} }, dial })
  return sockets
}

test("silence is a dead line, and the old socket is given up", async () => {
  vi.spyOn(Math, "random").mockReturnValue(1)
  const sockets = deafLine()
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX - 1)
  expect(sockets.length).toBe(1)
  await vi.advanceTimersByTimeAsync(501)
  expect(sockets.length).toBe(2)
  expect(sockets[0]?.closed).toBe(true)
})

test("pauses grow to a limit, so that a hall in trouble isn't hammered", async () => {
  vi.spyOn(Math, "random").mockReturnValue(1)
  const sockets = deafLine()
  const pauses: number[] = []
  for (let n = 0; n < 8; n++) {
    await vi.advanceTimersByTimeAsync(0)
    const before = Date.now()
    const count = sockets.length
    sockets.at(-1)?.onclose?.({ code: 1006 })
    while (sockets.length === count) await vi.advanceTimersToNextTimerAsync()
    pauses.push(Date.now() - before)
  }
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
})

test("the hall's time is the median of five ticks, so one that was held up moves nothing", () => {
  let mono = 1_000
  const time = new HallTime(() => mono)
  expect(time.now()).toBeNull()
  const held_ms = [20, 30, 4_000, 25, 22]
  for (const held of held_ms) {
    mono += 10_000
    time.hear(1_000_000 + mono - held)
  }
  expect(time.now()).toBe(1_000_000 + mono - 25)
})

test("what was measured before the line was lost is dropped at the next tick", () => {
  let mono = 0
  const time = new HallTime(() => mono)
  for (let n = 0; n < 5; n++) time.hear(50_000)
  time.doubt()
  expect(time.now()).toBe(50_000)
  mono = 10 // the machine slept for an hour, and this clock with it
  time.hear(3_650_000)
  expect(time.now()).toBe(3_650_000)
})
