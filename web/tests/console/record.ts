/** A record to tell stories with: two bidders, a host, a reserve and a recorder. */
import type { Envelope, Event, OpeningScheduled, SealedTender } from "../../src/protocol.gen.ts"
import { foldAll, type Opening } from "../../src/room/fold.ts"

export const A = "91110000802100433B"
export const B = "91110000100000001X"
export const T = "2026-03-02T01:30:00Z"
export const HOST = "agent-host"
export const RESERVE = "agent-reserve"
export const RECORDER = "agent-recorder"
const ACT = { statement: "{}", signature: "", certificate: "" }
const SHA = "44".repeat(32)

export const FACTS: OpeningScheduled = {
  type: "OpeningScheduled",
  title: "施工一标段",
  project: "长河大桥",
  notice: {
    lot: "DEMO-001",
    fields: [
      { name: "price", kind: "price_fen", label_zh: "投标报价", label_en: "Price", required: true },
      { name: "duration", kind: "days", label_zh: "工期", label_en: "Duration", required: true },
    ],
    suite: "INT1", sections: ["letter", "body"], body_bytes_max: 1 << 30, ceiling_fen: 20_000, version: 1,
    draw: null, escrow: null, control: null,
  },
  notice_sha256: "11".repeat(32),
  opens_at: T,
  policy: {
    regime: "bidding_law", silence: "accepts", tenders_min: 2, sign_in_s: 3600, host_grace_s: 180,
    window_s: 1800, extensions_max: 2, extension_total_s_max: 3600, key_attempts_max: 20,
    confirmation_s: 600, objections_each_max: 5, draw_order: "before_decryption", draw_s: 600,
  },
  hosts: [{ id: HOST, name: "张主持" }, { id: RESERVE, name: "李备用" }],
  recorder: { id: RECORDER, name: "赵记录" },
  supervisors: [],
  notary: null,
}

export const sealed = (bidder: string, name: string, intact = true): SealedTender => ({
  bidder, name, seal: "22".repeat(32), version: 1, received_at: T, size_bytes: 5000, signed_in_at: null, intact,
})

const offer = (price: number) =>
  ({ type: "ReadOut", offer: { type: "Offer", values: { price, duration: 180 } }, letter_key: "33".repeat(32) }) as const

/** The events of an opening in which everything goes well, by the phase that they lead to. */
export const EVENTS = {
  scheduled: [FACTS],
  lobby: [{ type: "LobbyOpened" }],
  sealed: [{ type: "TendersSealed", seals: [SHA, SHA], goes_on_at: "2026-03-02T01:33:00Z" }, { type: "Withheld" }],
  roster: [{ type: "RosterPublished", tenders: [sealed(A, "甲公司"), sealed(B, "乙公司")], goes_on_at: "2026-03-02T01:36:00Z" }],
  decryption: [{ type: "DecryptionBegan", ends_at: "2026-03-02T02:00:00Z" }],
  settled: [
    { type: "TenderDecrypted", bidder: A, act: ACT },
    { type: "TenderLeftSealed", bidder: B, cause: "pending", keys_refused: 0, last_refusal: null },
    { type: "DecryptionSettled", decrypted_count: 1, left_sealed_count: 1, goes_on_at: "2026-03-02T02:03:00Z" },
  ],
  read_out: [{ type: "OffersReadOut", outcomes: { [A]: offer(12_345), [B]: { type: "LeftSealed", cause: "pending" } }, goes_on_at: T }],
  confirmation: [{ type: "ConfirmationBegan", minutes_sha256: SHA, ends_at: "2026-03-02T02:20:00Z" }],
  objections: [
    { type: "ObjectionRaised", number: 1, bidder: A, text: "工期有误", act: ACT },
    { type: "ConfirmationEnded", silent: [B], counts_as: "accepts", passes_at: "2026-03-02T02:23:00Z" },
  ],
  signing: [
    { type: "ObjectionAnswered", number: 1, bidder: A, objection: "工期有误", text: "已核对" },
    { type: "SigningBegan", minutes_sha256: SHA, passes_at: "2026-03-02T02:26:00Z" },
  ],
  closed: [
    { type: "RecordSigned", person: HOST, duty: "host", act: ACT },
    { type: "RecordSigned", person: RECORDER, duty: "recorder", act: ACT },
    { type: "OpeningClosed" },
  ],
} satisfies Record<string, Event[]>

export const signs = (person: string, duty: "host" | "recorder"): Event => ({ type: "RecordSigned", person, duty, act: ACT })
export const PASSED: Event = { type: "HostPassed", to: RESERVE, passes_at: null }

/** The opening once everything up to `phase`, and then `more`, has happened, one event a minute from T. */
export function until(phase: keyof typeof EVENTS, ...more: Event[]): Opening {
  const phases = Object.keys(EVENTS) as (keyof typeof EVENTS)[]
  const told: Event[] = phases.slice(0, phases.indexOf(phase) + 1).flatMap((one): Event[] => EVENTS[one])
  const opening = foldAll([...told, ...more].map((event, at): Envelope => ({
    type: "Envelope", stream: "opening/DEMO-001", seq: at + 1,
    at: new Date(Date.parse(T) + at * 60_000).toISOString(),
    by: { role: "hall", id: "hall" }, cause: "x", event,
  })))
  if (!opening) throw new Error("a record begins with OpeningScheduled")
  return opening
}
