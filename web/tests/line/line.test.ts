import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { HUNG_UP, type Line, LineClosed, openLine, Refusal, type Ticket } from "../../src/line/line.ts"
import type { Command } from "../../src/protocol.gen.ts"
import { envelope, SmallHall } from "./hall.ts"

const ROSTER: Command = { type: "PublishRoster", version: 1 }

let hall: SmallHall
let lines: Line[]
let heard: number[]
let closed: number[]
let lost: number
let caughtUp: boolean

beforeEach(async () => {
  hall = await SmallHall.open()
  vi.spyOn(Math, "random").mockReturnValue(0.02) // a pause of some 10 ms before dialling again
  lines = []
  heard = []
  closed = []
  lost = 0
  caughtUp = false
})

afterEach(async () => {
  for (const line of lines) line.hangUp()
  await hall.shut()
  vi.restoreAllMocks()
})

function dialled(more: { ticket?: Ticket; after?: number } = {}): Line {
  const line = openLine({
    url: hall.url,
    listener: {
      heard: ({ seq }) => heard.push(seq),
      ticked: (all) => (caughtUp = all),
      lost: () => lost++,
      closed: (code) => closed.push(code),
    },
    ...more,
  })
  lines.push(line)
  return line
}

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), 5_000)

test("the first thing said is Hello, and nothing of it stands in the URL", async () => {
  hall.tickets.add("t-1")
  dialled({ ticket: async () => "t-1", after: 0 })
  await until(() => caughtUp)

  expect(hall.hellos).toEqual([{ type: "Hello", ticket: "t-1", after: 0 }])
  expect(hall.paths).toEqual(["/line/openings/lot-1"])
})

test("after a cut it asks for what it missed, and hears each envelope once, in order", async () => {
  hall.happen(3)
  dialled()
  await until(() => heard.length === 3)
  hall.cut()
  hall.happen(2)
  await until(() => heard.length === 5)

  expect(heard).toEqual([1, 2, 3, 4, 5])
  expect(hall.hellos.map(({ after }) => after)).toEqual([0, 3])
  expect(lost).toBe(1)
})

test("an envelope that comes twice is heard once, and after a gap it asks again", async () => {
  hall.happen(2)
  dialled()
  await until(() => heard.length === 2)
  hall.say(envelope(2))
  hall.say(envelope(9))
  await until(() => hall.hellos.length === 2)

  expect(heard).toEqual([1, 2])
  expect(hall.hellos[1]?.after).toBe(2)
})

test("an ask without an answer is asked again under its id, and is acted on once", async () => {
  const line = dialled()
  await until(() => caughtUp)
  hall.answers = () => false
  const answer = line.ask(ROSTER)
  await until(() => hall.asks.length === 1)
  hall.answers = () => true
  hall.cut()

  await expect(answer).resolves.toBe(1)
  expect(hall.asks.length).toBe(2)
  expect(new Set(hall.asks.map(({ id }) => id)).size).toBe(1)
  expect(hall.acted).toEqual([ROSTER])
})

test("what was answered is not asked again", async () => {
  const line = dialled()
  await line.ask(ROSTER)
  hall.cut()
  await until(() => hall.hellos.length === 2 && hall.seats === 1)
  hall.happen()
  await until(() => heard.length === 2)
  expect(hall.asks.length).toBe(1)
})

test("what is asked before the line opens goes out when it does", async () => {
  await expect(dialled().ask(ROSTER)).resolves.toBe(1)
  expect(hall.asks.length).toBe(1)
})

test("a refusal reaches whoever asked, with its reason and detail", async () => {
  const answer = dialled().ask({ type: "Terminate", version: 1, reason: "x" })
  await expect(answer).rejects.toMatchObject({ reason: "not_your_part", detail: "host" })
  await expect(answer).rejects.toBeInstanceOf(Refusal)
})

test("44xx is the hall's last word, and who still waits is told so", async () => {
  const line = dialled()
  await until(() => caughtUp)
  hall.answers = () => false
  const answer = line.ask(ROSTER)
  await until(() => hall.asks.length === 1)
  hall.close(4403)

  await expect(answer).rejects.toEqual(new LineClosed(4403))
  await expect(line.ask(ROSTER)).rejects.toBeInstanceOf(LineClosed)
  expect(closed).toEqual([4403])
})

test("after 4503 it comes back", async () => {
  dialled()
  await until(() => caughtUp)
  hall.close(4503)
  await until(() => hall.hellos.length === 2 && hall.seats === 1)
  expect(closed).toEqual([])
})

test("a hall that was restarted on its port is found again", async () => {
  hall.happen(1)
  dialled()
  await until(() => heard.length === 1)
  const { port } = hall
  await hall.shut()
  hall = await SmallHall.open(port)
  hall.happen(3)
  await until(() => heard.length === 3)
  expect(heard).toEqual([1, 2, 3])
})

test("a spent ticket is replaced once", async () => {
  const tickets = ["spent", "good"]
  hall.tickets.add("good")
  dialled({ ticket: async () => tickets.shift() ?? null })
  await until(() => caughtUp)

  expect(hall.hellos.map(({ ticket }) => ticket)).toEqual(["spent", "good"])
  expect([lost, closed]).toEqual([0, []])
})

test("a second spent ticket in a row is a no", async () => {
  dialled({ ticket: async () => "spent" })
  await until(() => closed.length === 1)
  expect(closed).toEqual([4401])
  expect(hall.hellos.length).toBe(2)
})

test("a ticket may be spent again later, after one that did", async () => {
  const tickets = ["spent", "one", "spent", "two"]
  hall.tickets.add("one").add("two")
  dialled({ ticket: async () => tickets.shift() ?? null })
  await until(() => caughtUp)
  hall.cut()
  await until(() => hall.hellos.length === 4 && hall.seats === 1)
  expect(closed).toEqual([])
})

test("every dialling brings a ticket of its own", async () => {
  let made = 0
  dialled({
    ticket: async () => {
      hall.tickets.add(`t-${++made}`)
      return `t-${made}`
    },
  })
  await until(() => caughtUp)
  hall.cut()
  await until(() => hall.hellos.length === 2 && hall.seats === 1)
  expect(hall.hellos.map(({ ticket }) => ticket)).toEqual(["t-1", "t-2"])
})

test("a ticket office that is down is asked again; one that says 403 is believed", async () => {
  const faults = [new TypeError("network"), { status: 502 }, { status: 403 }]
  dialled({ ticket: () => Promise.reject(faults.shift()) })
  await until(() => closed.length === 1)
  expect(closed).toEqual([4403])
  expect([lost, faults.length, hall.hellos.length]).toEqual([2, 0, 0])
})

test.each([
  [401, 4401],
  [404, 4404],
])("a ticket office that says %i ends the line with %i", async (status, code) => {
  dialled({ ticket: () => Promise.reject({ status }) })
  await until(() => closed.length === 1)
  expect(closed).toEqual([code])
})

test("a frame that was spoiled on the way is a lost line", async () => {
  hall.happen(2)
  dialled()
  await until(() => heard.length === 2)
  hall.garble()
  await until(() => hall.hellos.length === 2)
  expect([lost, hall.hellos[1]?.after]).toEqual([1, 2])
})

test("while the record has more than was heard, nothing is caught up", async () => {
  dialled()
  await until(() => caughtUp)
  hall.say({ type: "Tick", at: new Date(hall.at).toISOString(), seq: 9 })
  await until(() => !caughtUp)
})

test("whoever hangs up hears nothing more", async () => {
  const line = dialled()
  await until(() => caughtUp)
  line.hangUp()
  line.hangUp()
  await until(() => hall.seats === 0)
  expect(closed).toEqual([HUNG_UP])
  expect(hall.hellos.length).toBe(1)
})

test("what is too large for a frame isn't sent, since the hall would hang up on it", async () => {
  const line = dialled()
  await until(() => caughtUp)
  const answer = line.ask({ type: "Terminate", version: 1, reason: "字".repeat(30_000) })
  await expect(answer).rejects.toMatchObject({ reason: "too_large" })
  expect(hall.seats).toBe(1)
})

test("the hall's clock is the hall's, whatever ours says", async () => {
  hall.at = Date.parse("2031-05-06T00:00:00Z")
  const line = dialled()
  await until(() => caughtUp)
  expect(Math.abs((line.now() ?? 0) - hall.at)).toBeLessThan(2_000)
  expect(line.silent_ms()).toBeLessThan(2_000)
})

test("after a lost line the hall's newest word on the time counts, not the median of old ones", async () => {
  const line = dialled()
  await until(() => caughtUp)
  for (let n = 0; n < 5; n++) hall.tick()
  caughtUp = false
  hall.at += 3_600_000 // as if this machine, and its clocks, had slept for an hour
  hall.cut()
  await until(() => caughtUp)
  expect(Math.abs((line.now() ?? 0) - hall.at)).toBeLessThan(2_000)
})

test("the line says its subprotocol", async () => {
  dialled()
  await until(() => caughtUp)
  expect(hall.subprotocols).toEqual(["bidroom.v1"])
})
