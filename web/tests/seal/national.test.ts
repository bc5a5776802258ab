/** The national algorithms, held to what the standards and RFC 8998 print. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { fromHex, hex } from "../../src/seal/bytes.ts"
import { SM1, sm3, sm4Open, sm4Seal } from "../../src/seal/sm1.ts"
import { INT1, suiteOf } from "../../src/seal/suites.ts"

type Case = { readonly name: string; readonly [key: string]: string }

const cases = JSON.parse(
  readFileSync(new URL("../../../crypto/vectors/national.json", import.meta.url), "utf8"),
) as Record<"sm3" | "sm4_gcm", Case[]>

test.each(cases.sm3)("SM3 of $name", ({ data, out }) => {
  expect(hex(sm3(fromHex(data!)))).toBe(out)
  expect(hex(sm3(fromHex(data!).subarray(0, 2), fromHex(data!).subarray(2)))).toBe(out)
})

describe.each(cases.sm4_gcm)("SM4-GCM, $name", ({ key, nonce, associated, plain, out }) => {
  const [k, n, a, p, o] = [key!, nonce!, associated!, plain!, out!].map(fromHex) as [any, any, any, any, any]
  test("seals and opens", () => {
    expect(hex(sm4Seal(k, n, p, a))).toBe(out)
    expect(hex(sm4Open(k, n, o, a))).toBe(plain)
  })
  test("opens nothing that was altered, cut short, or bound to something else", () => {
    for (const at of [0, p.length - 1, p.length, o.length - 1]) {
      const altered = o.slice()
      altered[at] ^= 1
      expect(() => sm4Open(k, n, altered, a), `byte ${at}`).toThrow()
    }
    for (const cut of [o.subarray(1), o.subarray(0, -1), o.subarray(0, 15), o.subarray(0, 0)]) {
      expect(() => sm4Open(k, n, cut, a), `${cut.length} bytes`).toThrow()
    }
    expect(() => sm4Open(k, n, o)).toThrow()
  })
  test("takes keys and nonces of one length", () => {
    for (const key of [k.subarray(1), k.subarray(0, 0)]) expect(() => sm4Seal(key, n, p)).toThrow(RangeError)
    expect(() => sm4Open(k, n.subarray(1), o)).toThrow(RangeError)
  })
})

test("a suite is found by its name, and by no other", async () => {
  expect(await suiteOf("INT1")).toBe(INT1)
  expect(await suiteOf("SM1")).toBe(SM1)
  await expect(suiteOf("sm1")).rejects.toMatchObject({ reason: "wrong_suite" })
})
