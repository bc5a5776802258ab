import { beforeEach, expect, test } from "vitest"
import { checkCertificates } from "../../src/bidder/checks.ts"
import { choose, language } from "../../src/ui/language.ts"

beforeEach(() => choose("zh"))

test("what a check found is told in the language that is read now", () => {
  const [signing] = checkCertificates([])
  const said = signing!.name() + signing!.found()
  choose("en")

  expect(language.value).toBe("en")
  expect(signing!.name() + signing!.found()).not.toBe(said)
  expect(signing!.name()).toMatch(/^[\x20-\x7e]+$/)
})
