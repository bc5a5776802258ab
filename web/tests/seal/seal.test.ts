/** Sealing as a piece of work: its pieces, its progress, and how it is broken off. */
import { readFileSync } from "node:fs"
import { beforeAll, expect, test } from "vitest"
import { digestOf } from "../../src/seal/body.ts"
import { fromBase64, hex } from "../../src/seal/bytes.ts"
import { readCertificate } from "../../src/seal/certificate.ts"
import { readManifest } from "../../src/seal/header.ts"
import { PART, leafHash, root } from "../../src/seal/merkle.ts"
import { rehearse } from "../../src/seal/rehearse.ts"
import { type Progress, type Sealing, seal } from "../../src/seal/seal.ts"
import { sectionLength } from "../../src/seal/sections.ts"
import { type SoftKey, softKey } from "../../src/seal/softkey.ts"
import { type Spill, blobSpill } from "../../src/seal/spill.ts"

const { holders } = JSON.parse(readFileSync(new URL("../../../crypto/vectors/keys.json", import.meta.url), "utf8"))
const MB = 1 << 20

async function keyOf(name: string): Promise<SoftKey> {
  const { pkcs8, certificate } = holders[name]
  return softKey(fromBase64(pkcs8), await readCertificate(fromBase64(certificate)))
}

let signer: SoftKey
let opener: SoftKey
let sealing: Sealing

beforeAll(async () => {
  ;[signer, opener] = await Promise.all([keyOf("a.sign"), keyOf("a.enc")])
  const big = new File([new Uint8Array(3 * MB + 5)], "技术标.pdf")
  sealing = {
    letter: { typ: "bidroom/letter/1", fields: {} },
    files: [big, new File(["价"], "价格.txt")],
    facts: { suite: "INT1", tender: "t", lot: "l", bidder: holders["a.sign"].credit_code, notice: "ab".repeat(32) },
    signer,
    recipients: [opener.certificate],
    at: new Date("2026-03-02T01:30:00Z"),
  }
})

test("the ciphertext comes in parts of 1 MiB, whose hashes are the leaves of the signed root", async () => {
  const sizes: number[] = []
  const spill = (): Spill => {
    const under = blobSpill()
    return { ...under, write: (bytes) => (sizes.push(bytes.length), under.write(bytes)) }
  }
  const made = await seal(sealing, { spill })
  const body = made.sections[1]
  const plain = 4 + new TextEncoder().encode(JSON.stringify(made.index)).length + 3 * MB + 5 + 3
  expect(body.length).toBe(sectionLength(plain))
  expect(sizes).toEqual([made.sections[0].length, MB, MB, MB, body.length - 3 * MB])
  const parts = Array.from({ length: body.leaves.length }, (_, at) => body.ciphertext.slice(at * PART, (at + 1) * PART))
  const leaves = await Promise.all(parts.map(async (part) => leafHash(await part.bytes())))
  expect(leaves.map(hex)).toEqual(body.leaves)
  expect(readManifest(made.sealJson).sections[1]).toEqual({ len: body.ciphertext.size, root: hex(await root(leaves)) })
  const heads = made.sections.map(({ head }) => head)
  await rehearse(opener, { header: made.header, keyenv: made.keyenv, heads })
})

test("progress is told for each reading, up to the last byte", async () => {
  const heard: Progress[] = []
  await seal(sealing, { progress: (progress) => heard.push(progress) })
  const total = 3 * MB + 5 + 3
  for (const step of ["digesting", "encrypting"] as const) {
    const done = heard.filter((one) => one.step === step).map((one) => one.done)
    expect(done).toEqual([MB, 2 * MB, 3 * MB, 3 * MB + 5, total])
  }
  expect(heard.at(-1)!.step).toBe("signing")
  expect(new Set(heard.slice(0, -1).map((one) => one.total))).toEqual(new Set([total]))
})

test("a file is digested alike, whether it fits into memory or not", async () => {
  const file = new Blob([new Uint8Array(2 * MB + 3).fill(7)])
  const heard: number[] = []
  const [whole, stepwise] = [await digestOf(file, (bytes) => heard.push(bytes)), await digestOf(file, () => {}, MB)]
  expect(hex(stepwise)).toBe(hex(whole))
  expect(heard).toEqual([MB, MB, 3])
})

test("broken off, it ends with the signal's reason, and nothing stays behind", async () => {
  const breaking = new AbortController()
  const kept = new Set<number>()
  let most = 0
  const spill = (section: number): Spill => {
    most = kept.add(section).size
    return { ...blobSpill(), discard: async () => void kept.delete(section) }
  }
  const progress = ({ step, done }: Progress) => {
    if (step === "encrypting" && done > MB) breaking.abort(new Error("enough"))
  }
  await expect(seal(sealing, { spill, progress, signal: breaking.signal })).rejects.toThrow("enough")
  expect([most, kept.size]).toEqual([2, 0])
})

test("a full disk is not hidden", async () => {
  const spill = (): Spill => ({ ...blobSpill(), write: () => Promise.reject(new Error("disk full")) })
  await expect(seal(sealing, { spill })).rejects.toThrow("disk full")
})

test("two sealings of the same tender have nothing in common that could be compared", async () => {
  const [one, other] = await Promise.all([seal(sealing), seal(sealing)])
  expect(one.sealHash).not.toBe(other.sealHash)
  expect(one.sections[0].head).not.toEqual(other.sections[0].head)
  expect(one.sections[1].leaves[0]).not.toBe(other.sections[1].leaves[0])
})

test.each([
  ["certificate_wrong_usage", () => ({ recipients: [signer.certificate] })],
  ["certificate_expired", () => ({ at: new Date("2028-01-01T00:00:00Z") })],
  ["certificate_not_yet_valid", () => ({ at: new Date("2025-01-01T00:00:00Z") })],
  ["malformed_keyenv", () => ({ recipients: [] })],
  ["wrong_suite", () => ({ facts: { ...sealing.facts, suite: "SM1" } })],
  ["malformed_header", () => ({ facts: { ...sealing.facts, bidder: "9144" } })],
  ["malformed_header", () => ({ facts: { ...sealing.facts, lot: "l\u202e" } })],
  ["malformed_body", () => ({ files: [new File([], "../x")] })],
  ["malformed_body", () => ({ files: [new File([], "a.txt"), new File([], "A.TXT")] })],
  ["too_large", () => ({ letter: { note: "长".repeat(100_000) } })],
  ["not_canonical", () => ({ letter: { price: 1.5 } })],
] as const)("refuses %s before a byte is written (%#)", async (reason, change) => {
  const spill = (): Spill => {
    throw new Error("nothing is to be written")
  }
  await expect(seal({ ...sealing, ...change() }, { spill })).rejects.toMatchObject({ reason })
})
