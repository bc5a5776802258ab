// @vitest-environment happy-dom
/** What takes longer than a test should wait runs on a clock of the test's own. */
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { effectScope } from "vue"
import { HallTime } from "../../src/line/clock.ts"
import { type Line, openLine, SILENCE_MS_MAX, type Ticket } from "../../src/line/line.ts"
import { useLine } from "../../src/line/useLine.ts"

/** A socket that does what the test says, and otherwise nothing. */
class HeldSocket {
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  closed = false
  send(): void {}
  close(): void {
    this.closed = true
  }
  tick(): void {
    this.onmessage?.({ data: '{"type":"Tick","at":"2026-03-02T01:30:00Z","seq":0}' })
  }
}

let sockets: HeldSocket[]
let line: Line | undefined

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, "random").mockReturnValue(1)
  sockets = []
})

afterEach(() => {
  line?.hangUp()
  line = undefined
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const dial = () => {
  sockets.push(new HeldSocket())
  return sockets.at(-1) as unknown as WebSocket
}

async function dialled(ticket?: Ticket): Promise<void> {
  const url = "ws://hall/line/openings/1"
  line = openLine({ url, listener: { heard: () => {} }, dial, ...(ticket && { ticket }) })
  await vi.advanceTimersByTimeAsync(0)
}

/** Milliseconds until the line dials once more, after its socket closed with `code`. */
async function pauseAfter(code: number): Promise<number> {
  const before = Date.now()
  const count = sockets.length
  sockets.at(-1)?.onclose?.({ code })
  while (sockets.length === count) await vi.advanceTimersToNextTimerAsync()
  return Date.now() - before
}

test("silence is a dead line, and the old socket is given up", async () => {
  await dialled()
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX - 1)
  expect(sockets.length).toBe(1)
  await vi.advanceTimersByTimeAsync(501)
  expect(sockets.length).toBe(2)
  expect(sockets[0]?.closed).toBe(true)
})

test("whatever is heard puts the silence off", async () => {
  await dialled()
  await vi.advanceTimersByTimeAsync(20_000)
  sockets[0]?.tick()
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX - 1)
  expect(sockets.length).toBe(1)
  await vi.advanceTimersByTimeAsync(501)
  expect(sockets.length).toBe(2)
})

test("pauses grow to a limit, so that a hall in trouble isn't hammered", async () => {
  await dialled()
  const pauses: number[] = []
  for (let n = 0; n < 8; n++) pauses.push(await pauseAfter(1006))
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
})

test("a line that was well again begins with a short pause", async () => {
  await dialled()
  for (let n = 0; n < 5; n++) await pauseAfter(1006)
  sockets.at(-1)?.tick()
  expect(await pauseAfter(1006)).toBe(500)
})

test("a hall that restarts is met by everybody within three seconds, not within half a one", async () => {
  await dialled()
  expect(await pauseAfter(4503)).toBe(3_000)
})

test("a ticket that comes after the silence dials nothing", async () => {
  let arrive = (_ticket: string): void => {}
  const slow = new Promise<string>((resolve) => (arrive = resolve))
  const tickets = [slow, Promise.resolve("t-2")]
  await dialled(() => tickets.shift() ?? Promise.reject(new Error("a third ticket")))
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX + 501)
  expect(sockets.length).toBe(1)
  arrive("t-1")
  await vi.advanceTimersByTimeAsync(0)
  expect(sockets.length).toBe(1)
})

test("when the network is back it dials at once, unless it never lost the line", async () => {
  await dialled()
  for (let n = 0; n < 6; n++) await pauseAfter(1006)
  dispatchEvent(new Event("online"))
  await vi.advanceTimersByTimeAsync(0)
  expect(sockets.length).toBe(7)

  sockets.at(-1)?.onclose?.({ code: 1006 })
  dispatchEvent(new Event("online"))
  await vi.advanceTimersByTimeAsync(0)
  expect(sockets.length).toBe(8)
  expect(await pauseAfter(1006)).toBe(500)
  await vi.advanceTimersByTimeAsync(0)
  expect(sockets.length).toBe(9)
})

test("after hanging up, a network that comes back changes nothing", async () => {
  await dialled()
  line?.hangUp()
  dispatchEvent(new Event("online"))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sockets.length).toBe(1)
})

test("a line that is open but says nothing is stale before it is given up", async () => {
  const scope = effectScope()
  const used = scope.run(() => useLine("1", { url: "ws://hall/1", heard: () => {}, dial }))!
  await vi.advanceTimersByTimeAsync(0)
  sockets[0]?.tick()
  await vi.advanceTimersByTimeAsync(11_000)
  expect([used.state.value, used.stale.value]).toEqual(["live", 0])
  await vi.advanceTimersByTimeAsync(4_000)
  expect([used.state.value, used.stale.value]).toEqual(["live", 15])
  scope.stop()
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
