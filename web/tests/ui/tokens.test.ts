/** The looks promise a contrast of 4.5:1 (GB/T 37668, WCAG AA). This reckons it, by day and night. */
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"

const css = readFileSync(new URL("../../src/ui/tokens.css", import.meta.url), "utf-8")
const day = colours(css.slice(0, css.indexOf("@media")))
const night = { ...day, ...colours(css.slice(css.indexOf("@media"), css.indexOf("/* Elder"))) }

const READ_ON: Readonly<Record<string, readonly string[]>> = {
  ink: ["paper", "sheet", "sunk", "accent-wash", "seal-wash", "good-wash", "warn-wash", "bad-wash"],
  "ink-soft": ["paper", "sheet", "sunk"],
  "ink-faint": ["paper", "sheet", "sunk"],
  accent: ["paper", "sheet", "accent-wash"],
  "accent-ink": ["accent"],
  seal: ["paper", "sheet", "seal-wash"],
  "seal-ink": ["seal"],
  good: ["paper", "sheet", "good-wash"],
  warn: ["paper", "sheet", "warn-wash"],
  bad: ["paper", "sheet", "bad-wash"],
}
const PAIRS = Object.entries(READ_ON).flatMap(([text, grounds]) =>
  grounds.map((ground) => [text, ground] as const),
)

test.each(PAIRS)("%s can be read on %s", (text, ground) => {
  for (const palette of [day, night]) {
    expect(contrast(palette[text]!, palette[ground]!)).toBeGreaterThanOrEqual(4.5)
  }
})

test.each(["focus", "rule-strong"])("%s stands out from the page", (line) => {
  for (const palette of [day, night]) {
    expect(contrast(palette[line]!, palette["paper"]!)).toBeGreaterThanOrEqual(3)
  }
})

test("the reckoning itself is right", () => {
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21)
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 1)
})

function colours(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  )
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
