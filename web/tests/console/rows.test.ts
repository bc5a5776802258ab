import { expect, test } from "vitest"
import { alarmsOf, grouped, partIn, type Row } from "../../src/console/today/rows.ts"
import { choose } from "../../src/ui/words.ts"
import { FACTS, PASSED, until } from "./record.ts"

const row = (id: string, opens_at: string, phase: Row["phase"] = "scheduled"): Row => ({
  id, lot: id, title: FACTS.title, project: FACTS.project, opens_at, phase, due_at: null, hosts: FACTS.hosts, recorder: FACTS.recorder,
  supervisors: [{ id: "supervisor-1", name: "孙监督" }], notary: { id: "notary-1", name: "钱公证" },
})

test("days are Beijing's; what runs stands under today, what is past at the end", () => {
  choose("zh")
  const groups = grouped(
    [
      row("old", "2026-03-01T01:30:00Z", "closed"),
      row("night", "2026-03-01T15:59:00Z", "signing"), // before midnight in Beijing, and it still runs
      row("early", "2026-03-01T16:01:00Z"), // already today in Beijing
      row("next", "2026-03-03T01:30:00Z"),
    ],
    "2026-03-01T17:00:00Z",
  )
  expect(groups.map(({ name, rows }) => [name, rows.map(({ id }) => id)])).toEqual([
    ["今天 2026-03-02", ["night", "early"]],
    ["明天 2026-03-03", ["next"]],
    ["2026-03-01", ["old"]],
  ])
})

test("unanswered objections and a silent host come before everything", () => {
  choose("en")
  expect(alarmsOf(until("objections", PASSED)).map(({ grade }) => grade)).toEqual([1, 1])
  expect(alarmsOf(until("objections"))[0]!.text).toBe("Objections unanswered: 1, since 09:41:00")
  expect(alarmsOf(until("roster"))).toMatchObject([{ grade: 3, text: "Waiting for 张主持 since 09:34:00" }])
  expect(alarmsOf(until("lobby"))).toEqual([])
  expect(alarmsOf(until("closed"))).toEqual([])
})

test("everybody finds their own part", () => {
  const people = ["agent-host", "agent-reserve", "agent-recorder", "supervisor-1", "notary-1", "somebody"]
  const parts = people.map((who) => partIn(row("x", FACTS.opens_at), who))
  expect(parts).toEqual(["host", "reserve", "recorder", "supervisor", "notary", null])
})
