/** SM2, held to the standard's printed examples, and against what a library lets through. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Bytes, concat, fromHex, hex } from "../../src/seal/bytes.ts"
import { TAG, integer, octets, read, sequence, write } from "../../src/seal/der.ts"
import { checkPoint, pointOf, sm2Decrypt, sm2Encrypt, sm2Sign, sm2Verify } from "../../src/seal/sm2.ts"

type Printed = {
  readonly private: string
  readonly x: string
  readonly y: string
  readonly signature: { readonly data: string; readonly r: string; readonly s: string; readonly der: string }
  readonly encryption: { readonly plain: string; readonly der: string }
}

const file = readFileSync(new URL("../../../crypto/vectors/national.json", import.meta.url), "utf8")
const printed = (JSON.parse(file) as { sm2: Printed }).sm2
const secret = fromHex(printed.private)
const point = fromHex(`04${printed.x}${printed.y}`)
const data = fromHex(printed.signature.data)
const [r, s] = [fromHex(printed.signature.r), fromHex(printed.signature.s)]
const order = fromHex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")
const one = concat(new Uint8Array(31), Uint8Array.of(1))

const refused = (reason: string) => ({ reason })

test("a secret number has the printed point", () => {
  expect(hex(pointOf(secret))).toBe(hex(point))
})

test("secret numbers that are none are refused", () => {
  const last = order.slice()
  last[31]! -= 1
  for (const bad of [new Uint8Array(32), order, last, secret.subarray(1)]) {
    expect(() => pointOf(bad)).toThrow("key_unsuited")
  }
})

test("points off the curve, and in other forms, are refused", async () => {
  await checkPoint(point)
  const off = point.slice()
  off[64]! ^= 1
  const compressed = concat(Uint8Array.of(2), point.subarray(1, 33))
  for (const bad of [off, compressed, point.subarray(1), Uint8Array.of(0), new Uint8Array(65), new Uint8Array()]) {
    await expect(checkPoint(bad)).rejects.toMatchObject(refused("key_unsuited"))
    await expect(sm2Verify(bad, data, fromHex(printed.signature.der))).rejects.toMatchObject(refused("key_unsuited"))
    await expect(sm2Encrypt(bad, secret)).rejects.toMatchObject(refused("key_unsuited"))
  }
})

describe("signatures", () => {
  test("the printed one holds, and ours do, in lengths of every kind", async () => {
    await sm2Verify(point, data, fromHex(printed.signature.der))
    for (let count = 0; count < 8; count++) {
      const text = new Uint8Array(count * 37).fill(count)
      await sm2Verify(point, text, sm2Sign(secret, text))
    }
  })
  const number = (bytes: Uint8Array): Bytes => write(TAG.INTEGER, bytes)
  test.each([
    ["over another text", sequence(integer(s), integer(r))],
    ["a zero in front", sequence(number(concat(Uint8Array.of(0, 0), r)), integer(s))],
    ["a negative number", sequence(number(r), integer(s))],
    ["something behind", concat(fromHex(printed.signature.der), Uint8Array.of(0))],
    ["a third number", sequence(integer(r), integer(s), integer(one))],
    ["a longer number", sequence(integer(concat(Uint8Array.of(1), r)), integer(s))],
    ["nought for r", sequence(integer(new Uint8Array(32)), integer(s))],
    ["nought for s", sequence(integer(r), integer(new Uint8Array(32)))],
    ["the order for s", sequence(integer(r), integer(order))],
    ["r and s that sum to the order", sequence(integer(one), integer(fromHex(hex(order).slice(0, -2) + "22")))],
    ["no DER", r],
    ["nothing", new Uint8Array()],
  ])("refused: %s", async (_, signature) => {
    await expect(sm2Verify(point, data, signature)).rejects.toMatchObject(refused("signature_bad"))
  })
  test("refused: another text", async () => {
    await expect(sm2Verify(point, data.subarray(1), fromHex(printed.signature.der))).rejects.toMatchObject(
      refused("signature_bad"),
    )
  })
})

describe("key transport", () => {
  const sealed = fromHex(printed.encryption.der)
  test("the printed ciphertext opens, and ours do", async () => {
    expect(hex(await sm2Decrypt(secret, sealed))).toBe(printed.encryption.plain)
    for (let size = 16; size < 24; size++) {
      const plain = new Uint8Array(size).fill(size)
      expect(await sm2Decrypt(secret, await sm2Encrypt(point, plain))).toEqual(plain)
    }
  })
  test("takes keys only", async () => {
    for (const size of [0, 15, 256]) await expect(sm2Encrypt(point, new Uint8Array(size))).rejects.toThrow(RangeError)
  })
  const [x, y, digest, masked] = read(sealed).inside.map((part) => part.der) as [Bytes, Bytes, Bytes, Bytes]
  test.each([
    ["a point off the curve", sequence(y, x, digest, masked)],
    ["another digest", sequence(x, y, octets(new Uint8Array(32)), masked)],
    ["a short digest", sequence(x, y, octets(new Uint8Array(31)), masked)],
    ["no ciphertext", sequence(x, y, digest, octets(new Uint8Array()))],
    ["cut short", sealed.subarray(0, -1)],
    ["something behind", concat(sealed, Uint8Array.of(0))],
    ["a fifth part", sequence(x, y, digest, masked, x)],
    ["a longer number", sequence(integer(concat(Uint8Array.of(1), new Uint8Array(32))), y, digest, masked)],
  ])("refused: %s", async (_, altered) => {
    await expect(sm2Decrypt(secret, altered)).rejects.toMatchObject(refused("keyenv_altered"))
  })
  test("refused: each byte of it altered", async () => {
    for (let at = 0; at < sealed.length; at++) {
      const altered = sealed.slice()
      altered[at]! ^= 1
      await expect(sm2Decrypt(secret, altered), `byte ${at}`).rejects.toMatchObject(refused("keyenv_altered"))
    }
  })
  test("refused: another's key", async () => {
    await expect(sm2Decrypt(one, sealed)).rejects.toMatchObject(refused("keyenv_altered"))
  })
})
