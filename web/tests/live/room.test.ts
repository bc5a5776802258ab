// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { type App, createApp } from "vue"
import Room from "../../src/live/Room.vue"
import type { Envelope, Event } from "../../src/protocol.gen.ts"
import { choose } from "../../src/ui/words.ts"
import { SmallHall } from "../line/hall.ts"
import { A, ACT, B, OPENED, PRICE, record, T } from "../room/opened.ts"

let hall: SmallHall
let app: App
let place: HTMLElement

beforeEach(async () => {
  choose("zh")
  hall = await SmallHall.open()
  location.href = `http://127.0.0.1:${hall.port}/live`
  app = createApp(Room, { id: "DEMO-001" })
  place = document.body.appendChild(document.createElement("div"))
  app.mount(place)
  await vi.waitFor(() => expect(hall.seats).toBe(1), 4_000)
})

afterEach(async () => {
  app.unmount()
  place.remove()
  await hall.shut()
})

function happen(...events: Event[]): void {
  const entries: Envelope[] = record(...OPENED, ...events)
  for (const entry of entries) hall.say(entry)
  hall.say({ type: "Tick", at: entries.at(-1)!.at, seq: entries.length })
}

const sees = (text: string) => vi.waitFor(() => expect(place.textContent).toContain(text), 4_000)
const now = () => place.querySelector("#now-title")?.textContent

test("the public sees how many decrypted, and of nobody whether", async () => {
  happen({ type: "TenderDecrypted", bidder: null, act: null })
  await sees("1 家投标人解密")
  expect(now()).toBe("投标人正在解密")
  const wall = place.querySelector(".wall")!
  expect(wall.textContent).toMatch(/甲公司.*密封完好.*乙公司.*密封完好/)
  expect(wall.textContent).not.toContain("待解密")
  expect(place.querySelector("progress")).toMatchObject({ value: 1, max: 2 })
})

test("who comes after the read-out sees every line and why one has none", async () => {
  happen(
    { type: "DecryptionSettled", decrypted_count: 1, left_sealed_count: 1, goes_on_at: T },
    { type: "OffersReadOut", outcomes: { [A]: PRICE, [B]: { type: "LeftSealed", cause: "pending" } }, goes_on_at: T },
    { type: "ObjectionRaised", number: 1, bidder: null, text: null, act: null },
    { type: "ObjectionAnswered", number: 1, bidder: A, objection: "请核对工期", text: "已核对" },
    { type: "ConfirmationBegan", minutes_sha256: "44".repeat(32), ends_at: T },
    { type: "ReadOutConfirmed", bidder: A, act: ACT },
  )
  await sees("请核对工期")
  expect(place.querySelector(".offers tbody")!.textContent).toMatch(/甲公司.*1\.00 元.*壹元整.*乙公司.*未解密/)
  expect(place.querySelector(".captions")!.textContent).toContain("签名确认开标结果")
  expect(document.title).toBe("结果确认 · 施工一标段")
})

test("a tender that was ended says why, and what becomes of the sealed papers", async () => {
  happen({ type: "OpeningTerminated", reason: "项目取消" })
  await sees("理由：项目取消")
  await sees("不会再接收其密钥")
  const steps = [...place.querySelectorAll(".steps li .name")].map((step) => step.textContent)
  expect(steps).toEqual(["已排期", "候场签到", "截标", "公布名单", "解密", "终止"])
})

test("when the line is lost the page says for how long, and doesn't take away what it showed", async () => {
  happen()
  await sees("投标人正在解密")
  await hall.shut()
  await sees("正在重连")
  expect(place.querySelector(".countdown")!.className).toContain("stale")
  expect(place.textContent).toContain("甲公司")
})

test("an opening that isn't there is said to be none", async () => {
  hall.close(4404)
  await sees("没有编号为 DEMO-001 的开标")
})
