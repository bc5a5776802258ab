import { beforeEach, expect, test } from "vitest"
import { dueAt, isOver, waitingFor } from "../../src/live/waiting.ts"
import { stepsTo } from "../../src/live/useRoom.ts"
import type { Event } from "../../src/protocol.gen.ts"
import { foldAll } from "../../src/room/fold.ts"
import { choose } from "../../src/ui/words.ts"
import { A, ACT, B, OPENED, record, T } from "../room/opened.ts"

beforeEach(() => choose("zh"))
const after = (...events: Event[]) => foldAll(record(...OPENED, ...events))!
const OBJECTED: Event = { type: "ObjectionRaised", number: 1, bidder: null, text: null, act: null }
const ENDED: Event = { type: "ConfirmationEnded", silent: [B], counts_as: "accepts", passes_at: T }

test("before the deadline the countdown runs to it, and nobody is waited for by name", () => {
  const scheduled = foldAll(record(...OPENED.slice(0, 1)))!
  expect(waitingFor(scheduled)!.whom).toBe("2026-03-02 08:30:00 候场开放")
  const lobby = foldAll(record(...OPENED.slice(0, 2)))!
  expect(dueAt(lobby)).toBe(T)
  expect(waitingFor(lobby)).toEqual({ whom: "投标截止时间", since: null })
})

test("in the window the bidders are waited for by number, since the window opened", () => {
  const half = after({ type: "TenderDecrypted", bidder: null, act: null })
  expect(waitingFor(half)).toEqual({ whom: "1 家投标人解密", since: "2026-03-02T01:35:00.000Z" })
  expect(dueAt(half)).toBe("2026-03-02T02:00:00Z")
})

test("an unanswered objection is waited for since it was raised, from all hosts let in", () => {
  const asked = after(OBJECTED, ENDED)
  expect(waitingFor(asked)).toEqual({ whom: "主持人张主持答复 1 项异议", since: "2026-03-02T01:36:00.000Z" })
  const passed = after(OBJECTED, ENDED, { type: "HostPassed", to: "agent-reserve", passes_at: null })
  expect(waitingFor(passed)!.whom).toBe("主持人张主持、李备用答复 1 项异议")
})

test("signing waits for the duties that haven't signed, then for the close", () => {
  const signing: Event = { type: "SigningBegan", minutes_sha256: "55".repeat(32), passes_at: null }
  const host: Event = { type: "RecordSigned", person: "agent-host", duty: "host", act: ACT }
  const recorder: Event = { type: "RecordSigned", person: "agent-recorder", duty: "recorder", act: ACT }
  expect(waitingFor(after(signing))!.whom).toBe("主持人张主持、记录人赵记录签署开标记录")
  expect(waitingFor(after(signing, host))!.whom).toBe("记录人赵记录签署开标记录")
  expect(waitingFor(after(signing, host, recorder))!.whom).toBe("主持人张主持宣布结束")
})

test("what is over waits for nobody", () => {
  const closed = after({ type: "OpeningClosed" }, { type: "CandidatesNamed", candidates: [A] })
  expect([waitingFor(closed), dueAt(closed), isOver(closed.phase)]).toEqual([null, null, true])
  expect(isOver("signing")).toBe(false)
})

test("the steps of an opening that ends early are those it came through", () => {
  expect(stepsTo("not_opened", "sealed")).toEqual(["scheduled", "lobby", "sealed", "not_opened"])
  expect(stepsTo("terminated", "scheduled")).toEqual(["scheduled", "terminated"])
  expect(stepsTo("roster", "sealed").at(-1)).toBe("closed")
  expect(stepsTo("awarded", "candidates").at(-1)).toBe("awarded")
})
