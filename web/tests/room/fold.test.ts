import { expect, test } from "vitest"
import type { Event } from "../../src/protocol.gen.ts"
import { actingHosts, foldAll, unanswered, unconfirmed, undecided } from "../../src/room/fold.ts"
import { say } from "../../src/room/say.ts"
import { choose } from "../../src/ui/words.ts"
import { A, ACT, B, OPENED, PRICE, record, T } from "./opened.ts"

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
    at: "2026-03-02T01:36:00.000Z", answered_at: "2026-03-02T01:37:00.000Z",
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
  expect([opening.since, opening.due_at]).toEqual(["2026-03-02T01:35:00.000Z", "2026-03-02T02:10:00Z"])
})

test("every kind of entry has its sentence, with the firm's name in it", () => {
  choose("zh")
  const entries = record(...OPENED, { type: "TenderDecrypted", bidder: A, act: ACT })
  expect(say(foldAll(entries), entries.at(-1)!)).toBe("甲公司 解密成功")
  choose("en")
  expect(say(foldAll(entries), entries[2]!)).toBe("Deadline: 1 tenders are sealed")
  choose("zh")
})
