/** A small opening of two bidders, for tests to go on from. */
import type { Envelope, Event, OpeningScheduled, SealedTender } from "../../src/protocol.gen.ts"

export const A = "91110000802100433B"
export const B = "91110000100000001X"
export const T = "2026-03-02T01:30:00Z"

export const FACTS: OpeningScheduled = {
  type: "OpeningScheduled",
  title: "施工一标段",
  project: "长河大桥",
  notice: {
    lot: "DEMO-001",
    fields: [{ name: "price", kind: "price_fen", label_zh: "投标报价", label_en: "Price", required: true }],
    suite: "INT1", sections: ["letter", "body"], body_bytes_max: 1 << 30, ceiling_fen: null, version: 1,
    draw: null, escrow: null, control: null,
  },
  notice_sha256: "11".repeat(32),
  opens_at: T,
  policy: {
    regime: "bidding_law", silence: "accepts", tenders_min: 2, sign_in_s: 3600, host_grace_s: 180,
    window_s: 1800, extensions_max: 3, extension_total_s_max: 3600, key_attempts_max: 20,
    confirmation_s: 600, objections_each_max: 5, draw_order: "before_decryption", draw_s: 600,
  },
  hosts: [{ id: "agent-host", name: "张主持" }, { id: "agent-reserve", name: "李备用" }],
  recorder: { id: "agent-recorder", name: "赵记录" },
  supervisors: [],
  notary: null,
}

export const sealed = (bidder: string, name: string): SealedTender => ({
  bidder, name, seal: "22".repeat(32), version: 1, received_at: T, size_bytes: 5000, signed_in_at: null, intact: true,
})

export const ACT = { statement: "{}", signature: "", certificate: "" }
export const PRICE = { type: "ReadOut", offer: { type: "Offer", values: { price: 100 } }, letter_key: "33".repeat(32) } as const

/** The record of `events`, one a minute from the deadline on. */
export function record(...events: Event[]): Envelope[] {
  return events.map((event, index) => ({
    type: "Envelope", stream: "opening/DEMO-001", seq: index + 1,
    at: new Date(Date.parse(T) + index * 60_000).toISOString(),
    by: { role: "hall", id: "hall" }, cause: "x", event,
  }))
}

export const ROSTER: Event = { type: "RosterPublished", tenders: [sealed(A, "甲公司"), sealed(B, "乙公司")], goes_on_at: T }
export const OPENED: Event[] = [
  FACTS,
  { type: "LobbyOpened" },
  { type: "TendersSealed", seals: ["22".repeat(32)], goes_on_at: T },
  { type: "Withheld" },
  ROSTER,
  { type: "DecryptionBegan", ends_at: "2026-03-02T02:00:00Z" },
]
