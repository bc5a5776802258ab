import { expect, test } from "vitest"
import type { Envelope, Event, OpeningScheduled, SealedTender } from "../../src/protocol.gen.ts"
import { actingHosts, foldAll, unanswered, unconfirmed, undecided } from "../../src/room/fold.ts"
import { say } from "../../src/room/say.ts"
import { choose } from "../../src/ui/words.ts"

const A = "91110000802100433B"
const B = "91110000100000001X"
const T = "2026-03-02T01:30:00Z"

const FACTS: OpeningScheduled = {
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
    confirmation_s: 600, objections_each_max: 5,
  },
  hosts: [{ id: "agent-host", name: "张主持" }, { id: "agent-reserve", name: "李备用" }],
  recorder: { id: "agent-recorder", name: "赵记录" },
}

const sealed = (bidder: string, name: string): SealedTender => ({
  bidder, name, seal: "22".repeat(32), version: 1, received_at: T, size_bytes: 5000, signed_in_at: null, intact: true,
})

const ACT = { statement: "{}", signature: "", certificate: "" }
const PRICE = { type: "ReadOut", offer: { type: "Offer", values: { price: 100 } }, letter_key: "33".repeat(32) } as const

/** The record of `events`, one a minute from the deadline on. */
function record(...events: Event[]): Envelope[] {
  return events.map((event, index) => ({
    type: "Envelope", stream: "opening/DEMO-001", seq: index + 1,
    at: new Date(Date.parse(T) + index * 60_000).toISOString(),
    by: { role: "hall", id: "hall" }, cause: "x", event,
  }))
}

const ROSTER: Event = { type: "RosterPublished", tenders: [sealed(A, "甲公司"), sealed(B, "乙公司")], goes_on_at: T }
const OPENED: Event[] = [
  FACTS,
  { type: "LobbyOpened" },
  { type: "TendersSealed", seals: ["22".repeat(32)], tenders: null, goes_on_at: T },
  ROSTER,
  { type: "DecryptionBegan", ends_at: "2026-03-02T02:00:00Z" },
]

test("a bidder's picture goes from the roster to the read-out", () => {
  const opening = foldAll(record(
    ...OPENED,
    { type: "KeyRefused", bidder: A, why: "wrong_key" },
    { type: "TenderDecrypted", bidder: A, act: ACT },
  ))!
  expect(opening.phase).toBe("decryption")
  expect(opening.due_at).toBe("2026-03-02T02:00:00Z")
  expect(opening.tenders[A]).toMatchObject({ seal: "decrypted", keys_refused: 1, last_refusal: "wrong_key" })
  expect(undecided(opening)).toEqual([B])
})

test("what the public isn't told by name still counts", () => {
  const opening = foldAll(record(
    ...OPENED,
    { type: "TenderDecrypted", bidder: null, act: null },
    { type: "TenderLeftSealed", bidder: null, cause: "pending", keys_refused: 0, last_refusal: null },
    { type: "Withheld" },
    { type: "DecryptionSettled", decrypted_count: 1, left_sealed_count: 1, goes_on_at: T },
    { type: "OffersReadOut", outcomes: { [A]: PRICE, [B]: { type: "LeftSealed", cause: "pending" } }, goes_on_at: T },
  ))!
  expect([opening.decrypted_count, opening.left_sealed_count]).toEqual([1, 1])
  expect([opening.tenders[A]!.seal, opening.tenders[B]!.seal]).toEqual(["decrypted", "left_sealed"])
  expect(opening.tenders[A]!.outcome).toEqual(PRICE)
})

test("an objection waits for its answer, and keeps the time when it was raised", () => {
  const raised: Event = { type: "ObjectionRaised", number: 1, bidder: null, text: null, act: null }
  expect(unanswered(foldAll(record(...OPENED, raised))!)).toEqual([1])
  const opening = foldAll(record(...OPENED, raised, {
    type: "ObjectionAnswered", number: 1, bidder: A, objection: "报价有误", text: "已核实",
  }))!
  expect(unanswered(opening)).toEqual([])
  expect(opening.objections[0]).toEqual({
    bidder: A, text: "报价有误", answer: "已核实",
    at: "2026-03-02T01:35:00.000Z", answered_at: "2026-03-02T01:36:00.000Z",
  })
})

test("confirming, passing to the reserve host and signing lead to the end", () => {
  const opening = foldAll(record(
    ...OPENED,
    { type: "ConfirmationBegan", minutes_sha256: "44".repeat(32), ends_at: T },
    { type: "ReadOutConfirmed", bidder: A, act: ACT },
    { type: "ConfirmationEnded", silent: [B], counts_as: "accepts", passes_at: T },
    { type: "HostPassed", to: "agent-reserve", passes_at: null },
    { type: "SigningBegan", minutes_sha256: "55".repeat(32), passes_at: null },
    { type: "RecordSigned", person: "agent-reserve", duty: "host", act: ACT },
    { type: "OpeningClosed" },
    { type: "CandidatesNamed", candidates: [A] },
    { type: "AwardMade", bidder: A },
    { type: "ContractMade", bidder: A, signed_on: "2026-05-20" },
  ))!
  expect(unconfirmed(opening)).toEqual([B])
  expect(actingHosts(opening)).toEqual(["agent-host", "agent-reserve"])
  expect(opening).toMatchObject({
    phase: "contracted", silent: [B], silence: "accepts", signatures: { host: "agent-reserve" },
    candidates: [A], award: A, contract_on: "2026-05-20",
  })
})

test("a longer window keeps the time since which it has been open", () => {
  const opening = foldAll(record(...OPENED, { type: "WindowExtended", ends_at: "2026-03-02T02:10:00Z", seconds: 600, reason: "网络" }))!
  expect([opening.since, opening.due_at]).toEqual(["2026-03-02T01:34:00.000Z", "2026-03-02T02:10:00Z"])
})

test("every kind of entry has its sentence, with the firm's name in it", () => {
  choose("zh")
  const entries = record(...OPENED, { type: "TenderDecrypted", bidder: A, act: ACT })
  expect(say(foldAll(entries), entries.at(-1)!)).toBe("甲公司 解密成功")
  choose("en")
  expect(say(foldAll(entries), entries[2]!)).toBe("Deadline: 1 tenders are sealed")
  choose("zh")
})
