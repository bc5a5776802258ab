// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from "vitest"
import { type App, type Component, createApp, h, nextTick, reactive } from "vue"
import ExtendWindow from "../../src/console/desk/ExtendWindow.vue"
import NextStep from "../../src/console/desk/NextStep.vue"
import ObjectionsQueue from "../../src/console/desk/ObjectionsQueue.vue"
import Terminate from "../../src/console/desk/Terminate.vue"
import { Refusal } from "../../src/line/line.ts"
import { me } from "../../src/login/session.ts"
import type { Command } from "../../src/protocol.gen.ts"
import type { Opening } from "../../src/room/fold.ts"
import "../../src/ui/reasons.ts"
import { choose } from "../../src/ui/words.ts"
import { HOST, PASSED, RECORDER, signs, T, until } from "./record.ts"

let shown: App[] = []
let asked: Command[] = []
let no: Refusal | null = null

beforeEach(() => {
  choose("zh")
  sit(HOST)
  asked = []
  no = null
})
afterEach(() => {
  for (const app of shown) app.unmount()
  shown = []
  document.body.innerHTML = ""
})

function sit(id: string): void {
  me.value = { role: "agent", id, name: id, certificate: "", not_after: T }
}
async function ask(command: Command): Promise<number> {
  asked.push(command)
  if (no) throw no
  return asked.length
}

/** `component` on the page, with an opening that can go on. */
function show(component: Component, opening: Opening) {
  const props = reactive({ opening, ask, now: () => Date.parse(opening.since) + 133_000 })
  const app = createApp({ render: () => h(component, { ...props }) })
  const place = document.body.appendChild(document.createElement("div"))
  app.mount(place)
  shown.push(app)
  const find = <Found extends HTMLElement>(selector: string) => place.querySelector<Found>(selector)
  return {
    props,
    find,
    read: () => place.textContent.replace(/\s+/g, " "),
    async press(selector: string) {
      find(selector)!.click()
      await settled()
    },
    async type(selector: string, text: string) {
      const input = find<HTMLInputElement>(selector)!
      input.value = text
      input.dispatchEvent(new Event("input"))
      await settled()
    },
  }
}
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await nextTick()
}

test("the host sees whom we wait for and takes the step with the version seen", async () => {
  const opening = until("sealed")
  const desk = show(NextStep, opening)
  expect(desk.read()).toContain("主持人 张主持")
  expect(desk.read()).toContain("（已 02:13）")
  await desk.press(".button.large")
  expect(asked).toEqual([{ type: "PublishRoster", version: opening.version }])
})

test("a no is told, and goes away when the opening moves on", async () => {
  no = new Refusal("stale_version")
  const desk = show(NextStep, until("sealed"))
  await desk.press(".button.large")
  expect(desk.find("[role=alert]")?.textContent).toContain("场次状态已变化")
  desk.props.opening = until("roster")
  await settled()
  expect(desk.find("[role=alert]")).toBeNull()
  expect(desk.find(".button.large")?.textContent).toContain("开始解密")
})

test("before the deadline the desk knows of no tender, and has nothing to press", () => {
  const desk = show(NextStep, until("lobby"))
  expect(desk.find("button")).toBeNull()
  expect(desk.read()).not.toMatch(/家|份/)
})

test("closing asks once more, and waits for both signatures", async () => {
  const once = show(NextStep, until("signing", signs(HOST, "host")))
  expect(once.find<HTMLButtonElement>(".button.large")?.disabled).toBe(true)
  expect(once.read()).toContain("记录人签署：赵记录 （未满足）")
  const opening = until("signing", signs(HOST, "host"), signs(RECORDER, "recorder"))
  const desk = show(NextStep, opening)
  await desk.press(".button.large")
  expect(asked).toEqual([])
  expect(desk.find("dialog")?.textContent).toContain("不可撤回")
  desk.find<HTMLFormElement>("dialog form")!.requestSubmit()
  await settled()
  expect(asked).toEqual([{ type: "Close", version: opening.version }])
})

test("a host who could sign in the recorder's place is told so before the click", () => {
  const passed = until("signing", PASSED, signs("agent-reserve", "host"))
  const desk = show(NextStep, passed)
  expect(desk.find(".binding")?.textContent).toContain("签署开标记录")
  expect(desk.read()).toContain("记录人 赵记录 仍可自行签署")
})

test("an objection stands above everything until the host has answered it", async () => {
  const desk = show(ObjectionsQueue, until("objections"))
  expect(desk.find("[role=alert]")?.textContent).toContain("1 项异议")
  expect(desk.find<HTMLButtonElement>("button")?.disabled).toBe(true)
  await desk.type("textarea", " 已核对，无误。 ")
  desk.find<HTMLFormElement>("form")!.requestSubmit()
  await settled()
  expect(asked).toEqual([{ type: "AnswerObjection", number: 1, text: "已核对，无误。" }])
  desk.props.opening = until("signing")
  await settled()
  expect(desk.find("section")).toBeNull()
})

test("the recorder sees the objection, and who may answer it", () => {
  sit(RECORDER)
  const desk = show(ObjectionsQueue, until("objections"))
  expect(desk.find("textarea")).toBeNull()
  expect(desk.read()).toContain("当前主持人：张主持")
})

test("it is terminated only with a reason and the lot's code typed", async () => {
  const opening = until("decryption")
  const desk = show(Terminate, opening)
  const button = () => desk.find<HTMLButtonElement>("button[type=submit]")!
  await desk.type("textarea", "招标文件有重大错误")
  expect(button().disabled).toBe(true)
  await desk.type("#typed-lot", "DEMO-001")
  expect(button().disabled).toBe(false)
  desk.find<HTMLFormElement>("form")!.requestSubmit()
  await settled()
  expect(asked).toEqual([{ type: "Terminate", version: opening.version, reason: "招标文件有重大错误" }])
})

test("a longer window shows its new end, and its caps hold", async () => {
  const opening = until("decryption")
  const desk = show(ExtendWindow, opening)
  await desk.type("textarea", "线路中断")
  await desk.type("#extend-by", "61")
  expect(desk.find<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true)
  await desk.type("#extend-by", "15")
  expect(desk.read()).toContain("由 10:00:00 改为 10:15:00")
  desk.find<HTMLFormElement>("form")!.requestSubmit()
  await settled()
  expect(asked).toEqual([{ type: "ExtendWindow", version: opening.version, seconds: 900, reason: "线路中断" }])
})
