/** Held to what others published: chunked-encryption (C2SP), and digests as the platform makes them. */
import { createHash } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { inflateSync } from "node:zlib"
import { expect, test } from "vitest"
import { type Bytes, concat, fromBase64, fromHex, hex, utf8 } from "../../src/seal/bytes.ts"
import { Digest } from "../../src/seal/digest.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { HEAD, decrypt, encrypt, sectionLength } from "../../src/seal/sections.ts"
import { INT1, expandBy } from "../../src/seal/suites.ts"

type Vector = {
  name: string
  aead: string
  expect: "success" | "failure"
  key: string
  context: string
  ciphertext: string
  compressed?: boolean
  payload_sha256: string
  payload_length: number
}

const [file] = globSync(
  `${import.meta.dirname}/../../../.venv/lib/python*/site-packages/cryptography_vectors/chunked-encryption/vectors.json`,
)
const { vectors } = JSON.parse(readFileSync(file!, "utf8")) as { vectors: Vector[] }
const ours = vectors.filter(({ aead }) => aead === "AEAD_AES_256_GCM")

const MADE_WITH = { ...INT1, expand: expandBy("SHA-256") } // they fix the construction's layout; Cobblestone's own hash is tried with crypto/vectors

function ciphertextOf({ ciphertext, compressed }: Vector): Bytes {
  const bytes = fromBase64(ciphertext)
  return compressed ? concat(inflateSync(bytes)) : bytes
}

async function whole(pieces: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = []
  for await (const piece of pieces) parts.push(piece)
  return concat(...parts)
}

/** Cut where no chunk ends, so that the joints are tried. */
function* cut(bytes: Bytes, size: number): Generator<Bytes> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

const context = (vector: Vector): Bytes => utf8(vector.context)

test("there are vectors of both kinds", () => {
  expect(ours.filter((vector) => vector.expect === "success").length).toBeGreaterThan(5)
  expect(ours.filter((vector) => vector.expect === "failure").length).toBeGreaterThan(20)
})

test.each(ours.filter((vector) => vector.expect === "success"))("opens $name, and seals it to the same bytes", async (vector) => {
  const ciphertext = ciphertextOf(vector)
  const key = fromHex(vector.key)
  for (const size of [1000, 70_000, ciphertext.length]) {
    const plain = await whole(decrypt(key, context(vector), cut(ciphertext, size), MADE_WITH))
    expect(plain.length).toBe(vector.payload_length)
    expect(hex(new Digest().update(plain).finish())).toBe(vector.payload_sha256)
    const again = await whole(encrypt(key, context(vector), ciphertext.slice(0, 24), cut(plain, size), MADE_WITH))
    expect(Buffer.compare(again, ciphertext)).toBe(0)
    expect(again.length).toBe(sectionLength(plain.length))
  }
})

test.each(ours.filter((vector) => vector.expect === "failure"))("refuses $name", async (vector) => {
  const ciphertext = ciphertextOf(vector)
  const opening = whole(decrypt(fromHex(vector.key), context(vector), cut(ciphertext, 5000), MADE_WITH))
  const missesCommitment = /commitment|_key|wrong_/.test(vector.name) && !/short_header/.test(vector.name)
  await expect(opening).rejects.toMatchObject({
    name: SealRefused.name,
    reason: missesCommitment ? "wrong_key" : "section_altered",
  })
})

test("a key that misses the commitment is told apart from a chunk that was changed", async () => {
  const vector = ours.find(({ payload_length, expect: outcome }) => outcome === "success" && payload_length > 20_000)!
  const ciphertext = ciphertextOf(vector)
  const wrong = fromHex(vector.key)
  wrong[31]! ^= 1
  await expect(whole(decrypt(wrong, context(vector), [ciphertext], MADE_WITH))).rejects.toMatchObject({ reason: "wrong_key" })
  ciphertext[HEAD + 5]! ^= 1
  await expect(whole(decrypt(fromHex(vector.key), context(vector), [ciphertext], MADE_WITH))).rejects.toMatchObject({ reason: "section_altered" })
})

test("SHA-256 in steps is SHA-256, whatever the steps", () => {
  const data = new Uint8Array(300).map((_, at) => (at * 7) % 256)
  for (let size = 0; size <= data.length; size++) {
    const digest = new Digest()
    for (let at = 0; at < size; at += 1 + (size % 70)) digest.update(data.subarray(at, Math.min(size, at + 1 + (size % 70))))
    expect(hex(digest.finish())).toBe(createHash("sha256").update(data.subarray(0, size)).digest("hex"))
  }
})
