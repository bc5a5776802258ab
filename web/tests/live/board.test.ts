// @vitest-environment happy-dom
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { type App, createApp, nextTick } from "vue"
import Board from "../../src/live/Board.vue"
import { choose } from "../../src/ui/words.ts"

const row = (lot: string, title: string, phase: string) => ({
  id: lot, lot, title, project: "长河大桥", opens_at: "2026-03-02T01:30:00Z", phase, due_at: "2026-03-02T02:00:00Z",
})
const ROWS = [
  row("LOT-1", "施工一标段", "decryption"),
  row("LOT-2", "监理", "lobby"),
  row("LOT-3", "设备采购", "not_opened"),
]

let server: Server
let openings: object[]
let works: boolean
let asked: string[]
let app: App
let place: HTMLElement

beforeEach(async () => {
  choose("zh")
  openings = ROWS
  works = true
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url ?? "")
    const said = { at: "2026-03-02T01:40:00Z", day: "2026-03-02", openings }
    response.writeHead(works ? 200 : 503, { "content-type": "application/json", connection: "close" })
    response.end(JSON.stringify(works ? said : { error: "restarting", zh: "系统正在重启", en: "restarting" }))
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  location.href = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  app = createApp(Board)
  place = document.body.appendChild(document.createElement("div"))
  app.mount(place)
})

afterEach(async () => {
  app.unmount()
  place.remove()
  await new Promise((done) => server.close(done))
})

const sees = (text: string) => vi.waitFor(() => expect(place.textContent).toContain(text), 4_000)
const groups = () => [...place.querySelectorAll("section")].map((one) => [
  one.querySelector("h2")!.textContent,
  ...[...one.querySelectorAll("li strong")].map((title) => title.textContent),
])

test("the day's openings stand by what goes on, is to come and is over", async () => {
  await sees("共 3 场：进行 1，待开 1，结束 1")
  expect(groups()).toEqual([["正在进行", "施工一标段"], ["即将开标", "监理"], ["已结束", "设备采购"]])
  expect(place.querySelector("section li")!.textContent).toMatch(/09:30.*LOT-1.*解密.*本阶段剩余 (20:00|19:5\d)/)
  expect(place.querySelector("section li a")!.getAttribute("href")).toBe("?opening=LOT-1")
})

test("a search looks in code, title and project, for all its words", async () => {
  await sees("共 3 场")
  const search = place.querySelector<HTMLInputElement>("input[type=search]")!
  const look = async (text: string) => {
    search.value = text
    search.dispatchEvent(new Event("input"))
    await nextTick()
  }
  await look("lot-2 长河")
  expect(groups()).toEqual([["即将开标", "监理"]])
  await look("没有")
  expect(place.textContent).toContain("没有符合“没有”的开标")
})

test("a day without openings says so", async () => {
  openings = []
  document.dispatchEvent(new Event("visibilitychange"))
  await sees("这一天没有开标。")
})

test("when the hall can't be asked the last rows stay, with their time", async () => {
  await sees("共 3 场")
  works = false
  document.dispatchEvent(new Event("visibilitychange"))
  await sees("系统正在重启")
  expect(place.textContent).toContain("以下是 09:40:00 的情况")
  expect(groups()).toHaveLength(3)
})

test("another day is asked for by its date", async () => {
  await sees("共 3 场")
  const next = [...place.querySelectorAll<HTMLElement>("nav a")].at(-1)!
  expect(next.getAttribute("href")).toBe("?day=2026-03-03")
  next.click()
  await vi.waitFor(() => expect(asked.at(-1)).toBe("/api/board?day=2026-03-03"), 4_000)
})
