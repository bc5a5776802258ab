import { beforeEach, expect, test } from "vitest"
import { LineClosed, Refusal } from "../../src/line/line.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { ApiError } from "../../src/ui/api.ts"
import { explain } from "../../src/ui/explain.ts"
import "../../src/ui/reasons.ts"
import { choose } from "../../src/ui/words.ts"
import { WORDS } from "../../src/words.gen.ts"

beforeEach(() => choose("zh"))

test("every no of the hall is told with its effect and with what to do next, in both languages", () => {
  for (const lang of ["zh", "en"] as const) {
    choose(lang)
    for (const code of Object.keys(WORDS)) {
      const said = explain(new Refusal(code))
      expect([said.what !== code, said.rights !== "", said.next !== "", said.code]).toEqual([true, true, true, code])
    }
  }
})

test("a wrong PIN is told apart from a wrong file, wherever the no came from", () => {
  expect(explain(new SealRefused("wrong_pin")).next).toContain("口令")
  expect(explain(new SealRefused("not_a_p12")).next).toContain(".p12")
  const told = explain(new ApiError(409, "too_late", ["时间已过。", "Too late."]))
  expect([told.what, told.next]).toEqual(["时间已过。", "请查看您的最近一份回执。"])
})

test("kinds of a no share their advice", () => {
  expect(explain(new SealRefused("certificate_revoked")).next).toBe(explain(new SealRefused("certificate_expired")).next)
  expect(explain(new SealRefused("keyenv_altered")).rights).toBe(explain(new SealRefused("malformed_seal")).rights)
})

test("a line that closed leaves it open what came of an act; a machine's failure says what failed", () => {
  expect(explain(new LineClosed(4403)).code).toBe("line_closed")
  expect(explain(new DOMException("the disk is full", "QuotaExceededError")).what).toContain("the disk is full")
  expect(explain(new DOMException("given up", "AbortError")).code).toBe("broken_off")
})
