import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { effectScope, type EffectScope } from "vue"
import { lineUrl } from "../../src/line/ticket.ts"
import { type UsedLine, useLine } from "../../src/line/useLine.ts"
import { SmallHall } from "./hall.ts"

let hall: SmallHall
let scope: EffectScope
let heard: number[]

beforeEach(async () => {
  hall = await SmallHall.open()
  scope = effectScope()
  heard = []
  vi.spyOn(Math, "random").mockReturnValue(0.02)
})

afterEach(async () => {
  scope.stop()
  await hall.shut()
  vi.restoreAllMocks()
})

function used(): UsedLine {
  return scope.run(() =>
    useLine("lot-1", { url: hall.url, heard: ({ seq }) => heard.push(seq) }),
  )!
}

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), 4_000)

test("a component sees the line come alive, catch up and answer", async () => {
  hall.happen(2)
  const line = used()
  expect([line.state.value, line.now()]).toEqual(["dialling", null])
  await until(() => line.caughtUp.value)

  expect(line.state.value).toBe("live")
  expect(heard).toEqual([1, 2])
  expect(line.stale.value).toBe(0)
  expect(Math.abs((line.now() ?? 0) - hall.at)).toBeLessThan(2_000)
  await expect(line.ask({ type: "PublishRoster", version: 1 })).resolves.toBe(3)
})

test("a lost line counts the seconds", async () => {
  const line = used()
  await until(() => line.caughtUp.value)
  hall.admits = () => false
  hall.cut()
  await until(() => line.state.value === "lost")
  expect(line.caughtUp.value).toBe(false)
  await until(() => line.stale.value >= 1)
})

test("a line that is closed for good says why, and is no longer stale", async () => {
  const line = used()
  await until(() => line.caughtUp.value)
  hall.close(4404)
  await until(() => line.state.value === "closed")
  expect([line.closed.value, line.stale.value]).toEqual([4404, 0])
})

test("the line goes with the component that opened it", async () => {
  const line = used()
  await until(() => line.caughtUp.value)
  scope.stop()
  await until(() => hall.seats === 0)
  expect(line.state.value).toBe("closed")
})

test("the address is the page's own host, and an opening's id is escaped", () => {
  const at = (href: string) => new URL(href) as unknown as Location
  expect(lineUrl("2026-01", at("https://hall.example/live"))).toBe(
    "wss://hall.example/line/openings/2026-01",
  )
  expect(lineUrl("a/b?c", at("http://127.0.0.1:8000/"))).toBe(
    "ws://127.0.0.1:8000/line/openings/a%2Fb%3Fc",
  )
})
