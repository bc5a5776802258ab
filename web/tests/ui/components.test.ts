// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { type App, type Component, createApp, nextTick } from "vue"
import Countdown from "../../src/ui/Countdown.vue"
import HallTime from "../../src/ui/HallTime.vue"
import LangSwitch from "../../src/ui/LangSwitch.vue"
import PhaseStepper from "../../src/ui/PhaseStepper.vue"
import StatePill from "../../src/ui/StatePill.vue"
import { choose, language } from "../../src/ui/words.ts"

const UNTIL = "2026-03-02T02:00:00Z"
let shown: App[] = []

beforeEach(() => {
  vi.useFakeTimers()
  choose("zh")
})

afterEach(() => {
  for (const app of shown) app.unmount()
  shown = []
  vi.useRealTimers()
})

function show(component: Component, props: Record<string, unknown>): HTMLElement {
  const app = createApp(component, props)
  const place = document.createElement("div")
  app.mount(place)
  shown.push(app)
  return place
}

const read = (place: HTMLElement, selector: string) =>
  place.querySelector(selector)?.textContent?.trim()

test("a countdown runs on the hall's clock, not on the visitor's", async () => {
  vi.setSystemTime(new Date("1999-12-31T00:00:00Z"))
  const hall = { at: Date.parse("2026-03-02T01:30:00Z") }
  const place = show(Countdown, { until: UNTIL, now: () => hall.at })
  expect(read(place, ".figure")).toBe("30:00")
  expect(read(place, ".until")).toBe("2026-03-02 10:00:00（北京时间）")

  hall.at += 60_400
  await vi.advanceTimersByTimeAsync(250)
  expect(read(place, ".figure")).toBe("29:00")
  expect(read(place, "[aria-live]")).toBe("剩余 29 分钟")
})

test("a countdown at its end says so, and never shows less than nothing", () => {
  const place = show(Countdown, { until: UNTIL, now: () => Date.parse(UNTIL) + 5_000 })
  expect(read(place, ".figure")).toBe("00:00")
  expect(read(place, "[aria-live]")).toBe("已到时")
  expect(place.querySelector(".over")).not.toBeNull()
})

test("with the line lost it says for how long, and announces no minutes", () => {
  const place = show(Countdown, { until: UNTIL, now: () => Date.parse(UNTIL) - 90_000, stale: 4 })
  expect(read(place, ".lost")).toContain("4 秒")
  expect(read(place, "[aria-live]")).toBe("")
})

test("before the hall was heard there is no figure to be believed", () => {
  const nothing = { now: () => null }
  expect(read(show(Countdown, { until: UNTIL, ...nothing }), ".figure")).toBe("--:--")
  expect(show(HallTime, nothing).textContent).toContain("正在连接大厅")
  expect(show(HallTime, { now: () => Date.parse(UNTIL) }).textContent).toContain(
    "2026-03-02 10:00:00",
  )
})

test("a countdown that goes takes its timer with it", () => {
  const before = vi.getTimerCount()
  show(Countdown, { until: UNTIL, now: () => null })
  expect(vi.getTimerCount()).toBe(before + 1)
  shown.pop()?.unmount()
  expect(vi.getTimerCount()).toBe(before)
})

test("the stepper tells what is done, now and ahead, in words too", () => {
  const phases = ["lobby", "decryption", "read_out"]
  const steps = show(PhaseStepper, { phases, now: "decryption" })
  expect([...steps.querySelectorAll("li")].map((li) => li.className)).toEqual([
    "done", "now", "ahead",
  ])
  expect(read(steps, "[aria-current=step] .name")).toBe("解密")
  expect(steps.querySelector("li")?.textContent).toContain("已完成")
})

test("the switch turns every word on the page", async () => {
  const steps = show(PhaseStepper, { phases: ["lobby"], now: "lobby" })
  const place = show(LangSwitch, {})
  expect(read(place, "button")).toBe("English")
  place.querySelector("button")!.click()
  await nextTick()
  expect(language.value).toBe("en")
  expect(read(place, "button")).toBe("中文")
  expect(read(steps, ".name")).toBe("Lobby")
})

test("a state is an icon and a word", () => {
  const place = show(StatePill, { tone: "good", word: "已解密" })
  expect(read(place, ".icon")).toBe("✓")
  expect(place.textContent).toContain("已解密")
})
