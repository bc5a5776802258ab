import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { within } from "../../src/bidder/expiry.ts"
import { type NeedsKey, endangered } from "../../src/bidder/renewal.ts"
import type { Key } from "../../src/seal/keys.ts"

type Case = { left_s: number; within_h: number | null }
const cases = JSON.parse(readFileSync(new URL("../../../tests/tenders/expiry.json", import.meta.url), "utf8")) as Case[]

test.each(cases)("$left_s s before its end a certificate is within $within_h h, as the hall says", ({ left_s, within_h }) => {
  expect(within(left_s * 1000)).toBe(within_h)
})

const lasting = (fingerprint: string, usage: "sign" | "encrypt") => ({ fingerprint, usage, name: "甲", not_after: "2027-01-01T00:00:00Z" })
const tender: NeedsKey = {
  id: "LOT-001", lot: "LOT-001", title: "一标段", opens_at: "2026-12-01T01:30:00Z", changeable: true,
  signer: lasting("sign-1", "sign"), recipients: [lasting("enc-1", "encrypt")], old_key_kept: ["enc-2"],
}
const key = (fingerprint: string, usage: "sign" | "encrypt") => ({ tag: "soft", certificate: { fingerprint, usages: [usage] } }) as unknown as Key
const told = (keys: Key[], signer: string) => endangered([tender], keys, signer).map(({ renewed, kept }) => [renewed, kept])

test("the key that a tender was sealed to leaves nothing to say, though the signing one is renewed", () => {
  expect(told([key("sign-2", "sign"), key("enc-1", "encrypt"), key("enc-2", "encrypt")], "sign-2")).toEqual([])
  expect(told([key("sign-1", "sign")], "sign-1")).toEqual([])
})

test("another encryption key, or a renewed signing one without any, is noticed", () => {
  expect(told([key("sign-1", "sign"), key("enc-3", "encrypt")], "sign-1")).toEqual([["enc-3", false]])
  expect(told([key("enc-2", "encrypt")], "sign-1")).toEqual([["enc-2", true]])
  expect(told([], "sign-2")).toEqual([["sign-2", false]])
})
