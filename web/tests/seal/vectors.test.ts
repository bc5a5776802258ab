/** The same vectors that hold crypto/ to its bytes and to its refusals hold the twin to them. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type FileIn, bodyPlain, indexOf, indexPlain, isGoodName, letterPlain, readLetterPlain } from "../../src/seal/body.ts"
import { type Bytes, base64, concat, fromBase64, fromHex, hex, sha256 } from "../../src/seal/bytes.ts"
import { type Json, decode, encode } from "../../src/seal/canonical.ts"
import { isConsistent, isIncluded, leafHash, root } from "../../src/seal/merkle.ts"
import { REASONS, SealRefused } from "../../src/seal/refused.ts"
import { decrypt, encrypt, sectionContext, sectionKey, sectionLength } from "../../src/seal/sections.ts"
import { SM1 } from "../../src/seal/sm1.ts"
import { act, openStatement, readStatement } from "../../src/seal/statements.ts"
import { INT1 } from "../../src/seal/suites.ts"

const CRYPTO = new URL("../../../crypto/", import.meta.url)

type Case = { readonly name: string; readonly refused?: string; readonly [key: string]: any }
type File = Record<string, Case[]>

function vectors<Shape = File>(name: string): Shape {
  return JSON.parse(readFileSync(new URL(`vectors/${name}.json`, CRYPTO), "utf8")) as Shape
}

/** What `work` is refused for; its outcome counts as no refusal. */
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

const hexes = (list: readonly string[]) => list.map(fromHex)

test("the reasons are crypto's", () => {
  const source = readFileSync(new URL("errors.py", CRYPTO), "utf8")
  const theirs = [...source.matchAll(/^ {4}[A-Z0-9_]+ = "([a-z0-9_]+)"/gm)].map(([, reason]) => reason!)
  expect([...REASONS].sort()).toEqual(theirs.sort())
})

describe("canonical JSON", () => {
  const cases = vectors("canonical")
  test.each(cases["encode"]!)("writes $name", ({ value, out }) => {
    expect(hex(encode(value as Json))).toBe(out)
  })
  test.each(cases["decode"]!)("reads $name", async ({ in: data, limit, value, refused }) => {
    expect(await refusal(() => decode(fromHex(data), limit))).toBe(refused)
    if (!refused) expect(decode(fromHex(data), limit)).toEqual(value)
  })
  test("refuses to write what is not whole, or not text", async () => {
    for (const value of [1.5, 2 ** 53, Number.NaN, "\ud842", { "\udfb7": 1 }, undefined]) {
      expect(await refusal(() => encode(value as Json))).toBe("not_canonical")
    }
  })
})

describe("the Merkle tree", () => {
  const cases = vectors("merkle")
  test.each(cases["roots"]!)("has the root of $name", async ({ leaves, root: expected }) => {
    expect(hex(await root(await Promise.all(hexes(leaves).map(leafHash))))).toBe(expected)
  })
  test.each(cases["inclusion"]!)("tells whether $name is in it", async (one) => {
    const found = await isIncluded(one["index"], one["size"], fromHex(one["leaf"]), hexes(one["proof"]), fromHex(one["root"]))
    expect(found).toBe(one["good"])
  })
  test.each(cases["consistency"]!)("tells whether it grew, $name", async (one) => {
    const [oldRoot, newRoot] = [fromHex(one["old_root"]), fromHex(one["new_root"])]
    expect(await isConsistent(one["old"], one["new"], oldRoot, newRoot, hexes(one["proof"]))).toBe(one["good"])
  })
})

describe.each([
  { name: "sections", suite: INT1 },
  { name: "sections_sm1", suite: SM1 },
])("$name", ({ name, suite }) => {
  const cases = vectors<File & { decrypt_base: string }>(name)
  test.each(cases["keys"]!)("derive $name", async ({ cek, index, header_hash, key, context }) => {
    expect(hex(await sectionKey(fromHex(cek), index, fromHex(header_hash), suite))).toBe(key)
    expect(hex(sectionContext(index, fromHex(header_hash)))).toBe(context)
  })
  test.each(cases["encrypt"]!)("seal $name", async ({ key, context, salt, size, length, sha256: digest, head }) => {
    const plain = Uint8Array.from({ length: size }, (_, at) => at % 251)
    const sealed = await whole(encrypt(fromHex(key), fromHex(context), fromHex(salt), [plain], suite))
    expect([sealed.length, hex(sealed.subarray(0, 56)), hex(await sha256(sealed))]).toEqual([length, head, digest])
    expect(sectionLength(size)).toBe(length)
    expect(await whole(decrypt(fromHex(key), fromHex(context), [sealed], suite))).toEqual(plain)
  })
  const base = fromBase64(cases.decrypt_base)
  test.each(cases["decrypt"]!)("refuse $name", async ({ key, context, slices, flip, append, refused }) => {
    const data = concat(...(slices as [number, number][]).map(([from, to]) => base.subarray(from, to)), fromHex(append))
    if (flip !== null) data[flip]! ^= 1
    expect(await refusal(() => whole(decrypt(fromHex(key), fromHex(context), [data], suite)))).toBe(refused)
  })
})

describe("letters and bodies", () => {
  const cases = vectors("letter")
  test.each(cases["letters"]!)("the letter: $name", async ({ letter, plain, refused }) => {
    expect(await refusal(() => readLetterPlain(fromBase64(plain)))).toBe(refused)
    if (refused) return
    expect(readLetterPlain(fromBase64(plain))).toEqual(letter)
    expect(base64(letterPlain(letter))).toBe(plain)
  })
  test.each(cases["bodies"]!.filter(({ refused }) => !refused))("the body: $name", async ({ files, plain }) => {
    const found: FileIn[] = (files as { name: string; data: string }[]).map(({ name, data }) => new File([fromBase64(data)], name))
    const index = await indexOf(found, () => {})
    expect(base64(await whole(bodyPlain(index, found, () => {})))).toBe(plain)
    expect(index.map(({ name }) => name)).toEqual(found.map(({ name }) => name))
    expect(indexPlain(index).length).toBeGreaterThan(4)
  })
  test.each(cases["names"]!)("a file called $name", ({ name, good }) => {
    expect(isGoodName(name)).toBe(good)
  })
})

describe("statements", () => {
  const cases = vectors("statements")["statements"]!
  test.each(cases.filter(({ refused }) => !refused))("reads and writes $name", ({ value, out }) => {
    expect(readStatement(fromHex(out))).toEqual(value)
    expect(hex(encode(value))).toBe(out)
    const { typ, ...facts } = value
    if (typ === "bidroom/act/2") expect(hex(act(facts))).toBe(out)
  })
  test("the opening of both sections is said as crypto says it", () => {
    const { value, out } = cases.find(({ name }) => name === "open")!
    const { opening, challenge, seal, commitments, log_size: logSize, log_root: logRoot } = value
    expect(hex(openStatement({ opening, challenge, seal, commitments: hexes(commitments), logSize, logRoot }))).toBe(out)
  })
  test.each(cases.filter(({ refused }) => refused))("refuses $name", async ({ in: data, refused }) => {
    expect(await refusal(() => readStatement(fromHex(data)))).toBe(refused)
  })
})
