/** Whole packages of crypto's, opened, and refused for the same reasons. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type FileIn, bodyPlain, indexOf, letterPlain } from "../../src/seal/body.ts"
import { type Bytes, base64, concat, fromBase64, fromHex, hex, sha256 } from "../../src/seal/bytes.ts"
import { readCertificate } from "../../src/seal/certificate.ts"
import { readHeader, readManifest, writeHeader, writeManifest } from "../../src/seal/header.ts"
import { leafHash, root } from "../../src/seal/merkle.ts"
import { readLetter } from "../../src/seal/open.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { checkKey, rehearse } from "../../src/seal/rehearse.ts"
import { commitment, encrypt, sectionContext } from "../../src/seal/sections.ts"
import { type SoftKey, softKey } from "../../src/seal/softkey.ts"

type Case = { readonly name: string; readonly refused?: string; readonly [key: string]: any }

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../crypto/vectors/${name}.json`, import.meta.url), "utf8"))
const packages = vectors("packages") as Record<"good" | "accept" | "open" | "files", Case[]> & { letter: any }
const people = vectors("keys")["holders"] as Record<string, Case>

async function keyOf(name: string): Promise<SoftKey> {
  const { pkcs8, certificate } = people[name]!
  return softKey(fromBase64(pkcs8), await readCertificate(fromBase64(certificate)))
}

async function refusal(work: () => unknown): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof SealRefused) return error.reason
    throw error
  }
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Bytes> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece)
  return concat(...parts)
}

function headOf(one: Case) {
  const sections = (one["sections"] as string[]).map(fromBase64)
  const heads = sections.map((section) => section.slice(0, 56))
  return { header: fromBase64(one["header"]), keyenv: fromBase64(one["keyenv"]), sections, heads }
}

describe.each(packages.good)("the package $name", (one) => {
  const { header, keyenv, sections, heads } = headOf(one)

  test("opens for each of its recipients", async () => {
    for (const recipient of one["recipients"] as string[]) {
      const keys = await rehearse(await keyOf(recipient), { header, keyenv, heads })
      expect(keys.map(hex)).toEqual(one["section_keys"])
    }
    expect(heads.map((head) => hex(commitment(head)))).toEqual(one["commitments"])
    expect(await readLetter(header, fromHex(one["section_keys"][0]), sections[0]!)).toEqual(packages.letter)
  })

  test("is what the twin makes of the same letter, files, keys and salts", async () => {
    const files = packages.files.map(({ name, data }): FileIn => new File([fromBase64(data)], name))
    const body = await whole(bodyPlain(await indexOf(files, () => {}), files, () => {}))
    for (const [number, plain] of [letterPlain(packages.letter), body].entries()) {
      const context = sectionContext(number, fromHex(one["header_hash"]))
      const salt = sections[number]!.slice(0, 24)
      const again = await whole(encrypt(fromHex(one["section_keys"][number]), context, salt, [plain]))
      expect(base64(again)).toBe(one["sections"][number])
    }
  })

  test("says of itself what it is", async () => {
    expect(base64(writeHeader(readHeader(header)))).toBe(one["header"])
    expect(hex(await sha256(header))).toBe(one["header_hash"])
    const manifest = readManifest(fromBase64(one["seal_json"]))
    const leaves = await Promise.all(sections.map(leafHash)) // none has more than one part
    expect(leaves.map((leaf) => [hex(leaf)])).toEqual(one["part_leaves"])
    const roots = await Promise.all(leaves.map(async (leaf) => hex(await root([leaf]))))
    const told = sections.map(({ length }, number) => ({ len: length, root: roots[number]! }))
    expect(manifest).toEqual({ header: one["header_hash"], sections: told })
    expect(base64(writeManifest(manifest))).toBe(one["seal_json"])
    expect(hex(await sha256(fromBase64(one["seal_json"])))).toBe(one["seal_hash"])
  })
})

describe("read strictly", () => {
  const mine = ["not_canonical", "malformed_header", "too_large", "wrong_suite"]
  const headers = packages.accept.filter(({ changes, refused }) => changes.header && mine.includes(refused!))
  test("there are such headers", () => expect(headers.length).toBeGreaterThan(10))
  test.each(headers)("$name", async ({ changes, refused }) => {
    expect(await refusal(() => readHeader(fromBase64(changes.header)))).toBe(refused)
  })
  test.each(["seal: an unknown field", "seal: a bit flipped"])("%s", async (name) => {
    const { changes, refused } = packages.accept.find((one) => one.name === name)!
    expect(await refusal(() => readManifest(fromBase64(changes.seal_json)))).toBe(refused)
  })
})

describe("the rehearsal", () => {
  test.each(packages.open)("$name", async ({ holder, changes, refused }) => {
    const key = await keyOf(holder)
    const { header, keyenv, heads } = headOf({ ...packages.good[0]!, ...changes })
    expect(await refusal(() => rehearse(key, { header, keyenv, heads }))).toBe(refused)
  })
})

describe("what can't be read", () => {
  const { header, sections } = vectors("unreadable") as { header: string; sections: Case[] }
  test.each(sections.filter(({ index }) => index === 0))("$name", async ({ key, section, refused }) => {
    expect(await refusal(() => readLetter(fromBase64(header), fromHex(key), fromBase64(section)))).toBe(refused)
  })
  test.each(sections.filter(({ index }) => index === 1))("$name", async ({ key, section, refused }) => {
    const judged = refusal(() => checkKey(fromBase64(header), 1, fromHex(key), fromBase64(section).slice(0, 56)))
    // The browser judges a body by its commitment; to read it is the hall's work.
    expect(await judged).toBe(refused === "wrong_key" ? refused : undefined)
  })
})
