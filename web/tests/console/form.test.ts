import { expect, test } from "vitest"
import { fromInput, toInput } from "../../src/console/beijingInput.ts"
import { type Draft, type Staff, flawsOf, newDraft, newField, orderOf, stopping } from "../../src/console/prepare/form.ts"
import { routeOf, toDesk } from "../../src/console/route.ts"

const NOW = Date.parse("2026-03-01T00:00:00Z")
const AGENTS = [{ id: "agent-host", name: "张主持" }, { id: "agent-reserve", name: "李备用" }, { id: "agent-recorder", name: "赵记录" }]
const SUPERVISOR = { id: "supervisor-1", name: "孙监督" }
const NOTARY = { id: "notary-1", name: "钱公证" }
const STAFF: readonly Staff[] = [
  ...AGENTS.map((one) => ({ ...one, role: "agent" as const })),
  { ...SUPERVISOR, role: "supervisor" },
  { ...NOTARY, role: "notary" },
]

function good(): Draft {
  return {
    ...newDraft(),
    lot: "2026-0412-01", title: " 施工一标段 ", project: "长河大桥", opens_at: "2026-03-26T09:30", ceiling: "1,234,567.80",
    hosts: ["agent-host", "agent-reserve"], recorder: "agent-recorder", supervisors: ["supervisor-1"], notary: "notary-1",
  }
}
const flaws = (changes: Partial<Draft>) => flawsOf({ ...good(), ...changes }, NOW).map(({ key }) => key)

test("a whole draft becomes the hall's order, in its units", () => {
  expect(flawsOf(good(), NOW)).toEqual([])
  const order = orderOf(good(), STAFF)
  expect(order).toMatchObject({
    title: "施工一标段", opens_at: "2026-03-26T01:30:00Z",
    notice: { lot: "2026-0412-01", ceiling_fen: 123_456_780 },
    policy: { window_s: 1800, confirmation_s: 600, host_grace_s: 180, sign_in_s: 3600, extension_total_s_max: 3600, tenders_min: 3 },
    hosts: AGENTS.slice(0, 2), recorder: AGENTS[2], supervisors: [SUPERVISOR], notary: NOTARY,
  })
  expect(order.notice.fields.map(({ name, kind }) => [name, kind])).toEqual([
    ["price", "price_fen"], ["duration", "days"], ["quality", "text"], ["manager", "person"],
  ])
})

test("an empty draft says everything that is missing", () => {
  const missing = stopping(flawsOf(newDraft(), NOW)).map(({ key }) => key)
  expect(missing).toEqual(["f.lot", "f.title", "f.project", "f.opens_at", "f.no_host", "f.no_recorder"])
})

test("what the hall would refuse is said before", () => {
  expect(flaws({ lot: "标段一" })).toContain("f.lot")
  expect(flaws({ title: "施工\u200b标段" })).toContain("f.title")
  expect(flaws({ opens_at: "2026-02-26T09:30" })).toContain("f.past")
  expect(flaws({ ceiling: "约一百万" })).toContain("f.ceiling")
  expect(flaws({ recorder: "agent-host" })).toContain("f.overlap")
  expect(flaws({ notary: "agent-host" })).toContain("f.overlap")
  expect(flaws({ fields: [] })).toContain("f.no_fields")
  const [field] = good().fields
  expect(flaws({ fields: [field!, field!] })).toContain("f.field_twice")
  expect(flaws({ windows: { ...good().windows, window: Number.NaN } })).toContain("f.number")
})

test("what is only unwise is a reminder", () => {
  expect(flawsOf({ ...good(), hosts: ["agent-host"] }, NOW)).toEqual([{ place: "hosts", key: "n.no_reserve", params: {}, stops: false }])
  expect(flaws({ opens_at: "2026-03-08T20:00" })).toEqual(["n.period", "n.holiday", "n.hours"])
  expect(flaws({ opens_at: "2026-03-08T20:00", regime: "enterprise" })).toEqual(["n.holiday", "n.hours"])
  expect(flaws({ windows: { ...good().windows, tenders_min: 2 } })).toEqual(["n.tenders_min"])
})

test("a second price is a field of its own", () => {
  const { fields } = good()
  expect(newField("price_fen", fields)).toEqual({ kind: "price_fen", name: "price_2", label_zh: "", label_en: "", required: true })
  expect(newField("discount_bp", fields)).toMatchObject({ name: "discount", label_zh: "下浮率" })
})

test("times are Beijing's, wherever the browser stands", () => {
  expect(fromInput("2026-03-26T09:30")).toBe("2026-03-26T01:30:00Z")
  expect(toInput("2026-03-26T01:30:05Z")).toBe("2026-03-26T09:30:05")
  expect([fromInput(""), fromInput("2026-13-26T09:30"), fromInput("morgen")]).toEqual([null, null, null])
})

test("an address leads to its page", () => {
  expect(routeOf(toDesk("DEMO-001"))).toEqual({ page: "desk", opening: "DEMO-001" })
  expect([routeOf("#/new"), routeOf(""), routeOf("#/openings/%")]).toEqual([{ page: "prepare" }, { page: "today" }, { page: "today" }])
})
