import { expect, test } from "vitest"
import { scriptOf } from "../../src/console/desk/script.ts"
import {
  byItself, commandOf, extensionLeft, mayPostpone, mayTerminate, partOf, signsAs, stepOf, waitingFor,
} from "../../src/console/desk/step.ts"
import { choose } from "../../src/ui/words.ts"
import { A, EVENTS, HOST, PASSED, RECORDER, RESERVE, sealed, signs, until } from "./record.ts"

test("the acting host has one step in each stage, and nobody else has any", () => {
  const steps = Object.keys(EVENTS).map((phase) => stepOf(until(phase as keyof typeof EVENTS), HOST)?.name ?? null)
  expect(steps).toEqual([
    null, null, "PublishRoster", "BeginDecryption", null, "BeginReadOut", "BeginConfirmation", null, null, "SignRecord", null,
  ])
  for (const who of [RESERVE, RECORDER, "agent-onlooker"]) expect(stepOf(until("sealed"), who)).toBeNull()
  expect(commandOf("PublishRoster", until("sealed").version)).toEqual({ type: "PublishRoster", version: until("sealed").version })
})

test("a reserve host acts once the hall let them in, and the first one still may", () => {
  const before = until("objections")
  expect(partOf(before, RESERVE)).toBe("reserve")
  const passed = until("objections", PASSED)
  expect([partOf(passed, RESERVE), partOf(passed, HOST), partOf(passed, RECORDER)]).toEqual(["host", "host", "recorder"])
})

test("the record is signed by host and recorder, and closed when both have", () => {
  const signing = until("signing")
  expect([signsAs(signing, HOST), signsAs(signing, RECORDER), signsAs(signing, RESERVE)]).toEqual(["host", "recorder", null])
  const once = until("signing", signs(HOST, "host"))
  expect(stepOf(once, HOST)).toMatchObject({ name: "Close", ready: false, binding: true })
  expect(stepOf(once, RECORDER)).toMatchObject({ name: "SignRecord", ready: true, binding: true })
  const both = until("signing", signs(HOST, "host"), signs(RECORDER, "recorder"))
  expect(stepOf(both, HOST)).toMatchObject({ name: "Close", ready: true })
  expect(stepOf(both, RECORDER)).toBeNull()
})

test("a reserve host stands in for a silent recorder, but never for both", () => {
  const passed = until("signing", PASSED, signs(HOST, "host"))
  expect(signsAs(passed, RESERVE)).toBe("recorder")
  expect(signsAs(passed, HOST)).toBeNull()
  const alone = until("signing", PASSED)
  expect(signsAs(alone, RESERVE)).toBe("host")
})

test("a broken seal doesn't hold the host back, and is told", () => {
  const roster = { ...EVENTS.roster[0]!, tenders: [sealed(A, "甲公司", false)] }
  const step = stepOf(until("sealed", roster), HOST)
  expect(step?.ready).toBe(true)
  expect(step?.conditions).toContainEqual({ key: "c.intact", params: { n: 0, all: 1 }, met: false, needed: false })
})

test("everybody is told whom we wait for, and since when", () => {
  expect(waitingFor(until("lobby"))).toMatchObject({ key: "w.deadline" })
  expect(waitingFor(until("roster"))).toEqual({ key: "w.host", params: { who: "张主持" }, since: until("roster").since })
  expect(waitingFor(until("decryption"))).toMatchObject({ key: "w.bidders_decrypt", params: { n: 2 } })
  const objections = until("objections")
  expect(waitingFor(objections)).toEqual({ key: "w.answer", params: { who: "张主持", n: 1 }, since: objections.objections[0]!.at })
  expect(waitingFor(until("signing", signs(HOST, "host")))).toMatchObject({ key: "w.sign", params: { who: "赵记录" } })
  expect(waitingFor(until("objections", PASSED)).params).toMatchObject({ who: "张主持、李备用" })
})

test("what the hall does by itself has its instant, and where it does nothing it says so", () => {
  expect(byItself(until("scheduled"))).toEqual({ key: "h.OpenLobby", at: Date.parse("2026-03-02T00:30:00Z") })
  expect(byItself(until("lobby"))).toEqual({ key: "h.SealTenders", at: Date.parse("2026-03-02T01:30:00Z") })
  expect(byItself(until("decryption"))).toEqual({ key: "h.CloseWindow", at: Date.parse("2026-03-02T02:00:00Z") })
  expect(byItself(until("objections", PASSED))).toBeNull()
  expect(byItself(until("closed"))).toBeNull()
})

test("extensions count against both caps", () => {
  const longer = until("decryption", { type: "WindowExtended", ends_at: "2026-03-02T02:15:00Z", seconds: 900, reason: "断网" })
  expect(extensionLeft(longer)).toEqual({ times: 1, seconds: 2700 })
})

test("it can be postponed before the deadline, and terminated until the read-out", () => {
  expect([mayPostpone(until("lobby")), mayPostpone(until("sealed"))]).toEqual([true, false])
  expect([mayTerminate(until("settled")), mayTerminate(until("read_out"))]).toEqual([true, false])
})

test("the host's words name nobody before the roster, and every offer at the read-out", () => {
  choose("zh")
  for (const phase of ["scheduled", "lobby"] as const) expect(scriptOf(until(phase)).join("")).not.toMatch(/公司|共收到/)
  expect(scriptOf(until("roster")).join("")).toContain("甲公司、乙公司")
  const read = scriptOf(until("read_out")).join("\n")
  expect(read).toContain("1. 甲公司：投标报价 123.45 元（壹佰贰拾叁元肆角伍分），工期 180 日历天。")
  expect(read).toContain("2. 乙公司：未解密，原因待认定。")
  expect(read).toContain("最高投标限价 200.00 元（贰佰元整）")
})
