// @vitest-environment happy-dom
import { nextTick } from "vue"
import { beforeEach, expect, test } from "vitest"
import "../../src/ui/reasons.ts"
import { choose, label, language, reason, t, words } from "../../src/ui/words.ts"

beforeEach(() => choose("zh"))

test("a sentence follows the language, and the page's lang with it", async () => {
  expect(t("phase.decryption")).toBe("解密")
  choose("en")
  await nextTick()
  expect(t("phase.decryption")).toBe("Decryption")
  expect(document.documentElement.lang).toBe("en")
  expect(localStorage.getItem("bidroom.lang")).toBe("en")
})

test("params fill a sentence; a hole without one stays to be seen", () => {
  const say = words({ waits: ["等待 {n} 家：{who}", "Waiting for {n}: {who}"] })
  expect(say("waits", { n: 2, who: "$& 公司" })).toBe("等待 2 家：$& 公司")
  expect(say("waits", { n: 2 })).toBe("等待 2 家：{who}")
  expect(say.both("waits", { n: 1, who: "𠮷" })).toEqual(["等待 1 家：𠮷", "Waiting for 1: 𠮷"])
})

test("a code or phase that the page doesn't know is shown as it is", () => {
  expect(label("phase", "signing")).toBe("记录签署")
  expect(label("phase", "half_time")).toBe("half_time")
  expect(label("phase", "toString")).toBe("toString")
  expect(reason("toString")).toBe("toString")
})

test("a refusal is read in the hall's own sentence", () => {
  expect(reason("deadline_past")).toBe("投标截止时间已过。")
  choose("en")
  expect(reason("too_large")).toMatch(/^[A-Z].*\.$/)
})

test("every sentence says something in both languages", () => {
  for (const key of ["hall", "stale", "error.offline"] as const) {
    const [zh, en] = t.both(key)
    expect(zh).toMatch(/\p{Script=Han}/u)
    expect(en).toMatch(/[a-z]/)
  }
  expect(language.value).toBe("zh")
})
