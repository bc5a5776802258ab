// @vitest-environment happy-dom
import { readFileSync } from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { dropUpload, keepOffer, keepUpload, offerKept, unfinished } from "../../src/bidder/kept.ts"
import { fromBase64 } from "../../src/seal/bytes.ts"
import { readCertificate } from "../../src/seal/certificate.ts"
import { type SoftKey, softKey } from "../../src/seal/softkey.ts"

const { holders } = JSON.parse(readFileSync("../crypto/vectors/keys.json", "utf8"))

let own: SoftKey
const VALUES = { price: 8_765_432_105, quality: "合格" }

beforeEach(async () => {
  localStorage.clear()
  const { pkcs8, certificate } = holders["a.enc"]
  own ??= await softKey(fromBase64(pkcs8), await readCertificate(fromBase64(certificate)))
})

test("an offer kept on the device is read with its key, and not without", async () => {
  await keepOffer("A", "LOT-1", "seal-1", VALUES, own.certificate)
  expect(JSON.stringify({ ...localStorage })).not.toContain("8765432105")
  expect(await offerKept("A", "LOT-1", "seal-1", own)).toEqual(VALUES)
  expect(await offerKept("A", "LOT-1", "seal-2", own)).toBeNull()
  expect(await offerKept("B", "LOT-1", "seal-1", own)).toBeNull()
})

test("an upload is found again until it is dropped", async () => {
  const manifest = { header: "", keyenv: "", seal: "", signature: "", sections: [] }
  const kept = { manifest, files: [], sealed_at: "2026-03-02T01:00:00Z" }
  keepUpload("A", "LOT-1", kept)
  expect(unfinished("A", "LOT-1")).toEqual(kept)
  await dropUpload("A", "LOT-1")
  expect(unfinished("A", "LOT-1")).toBeNull()
})
