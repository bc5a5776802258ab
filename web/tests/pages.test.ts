/**
 * What is built, as the hall will serve it: under a strict Content-Security-Policy, and with a
 * public page that a phone in a tram can load.
 */
import { gzipSync } from "node:zlib"
import { build } from "vite"
import { afterAll, beforeAll, expect, test, vi } from "vitest"

type Built = Awaited<ReturnType<typeof build>>
type Output = Extract<Built, { output: unknown }>["output"][number]

const LIVE_BYTES_MAX = 50 * 1024 // gzipped; a lot's rules, its end and the reasons are fetched when looked at
const output: Output[] = []

beforeAll(async () => {
  vi.stubEnv("NODE_ENV", "production") // as `vite build` has it, and not as vitest does
  const root = new URL("..", import.meta.url).pathname
  for (const mode of ["production", "live"]) {
    const built = await build({ root, mode, logLevel: "error", build: { write: false } })
    for (const one of [built].flat()) if ("output" in one) output.push(...one.output)
  }
}, 120_000)

afterAll(() => vi.unstubAllEnvs())

function page(name: string): string {
  const found = output.find(({ fileName }) => fileName === `${name}.html`)
  return found?.type === "asset" ? String(found.source) : ""
}

/** Everything that the page `name` loads before it is asked for more. */
function loads(name: string): Output[] {
  const wanted = [...page(name).matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, at]) => at!)
  const files = new Set<string>()
  for (let file = wanted.pop(); file !== undefined; file = wanted.pop()) {
    if (files.has(file)) continue
    files.add(file)
    const found = output.find(({ fileName }) => fileName === file)
    if (found?.type === "chunk") wanted.push(...found.imports)
  }
  return output.filter(({ fileName }) => files.has(fileName))
}

const textOf = (file: Output) => (file.type === "chunk" ? file.code : Buffer.from(file.source))

test.each(["live", "bidder", "console"])("%s has no script or style of its own in the page", (name) => {
  expect(page(name)).toMatch(/<html lang="zh-CN">/)
  expect(page(name)).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:|data:/)
  expect(loads(name).length).toBeGreaterThan(1)
})

test("the public page fits its limit, gzipped, with all that shows an opening", () => {
  const bytes = loads("live").reduce((sum, file) => sum + gzipSync(textOf(file)).length, 0)
  expect(bytes + gzipSync(page("live")).length).toBeLessThan(LIVE_BYTES_MAX)
})

test("the public page has no part of the forms' library or of the seal", () => {
  const modules = loads("live").flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
  expect(modules.filter((id) => /element-plus|node-forge|src\/seal/.test(id))).toEqual([])
})

test("nothing that is built needs eval", () => {
  for (const file of output) {
    if (file.type !== "chunk") continue
    // A library's last resort for the global object, which no browser of today comes to.
    const code = file.code.replaceAll(/\|\|Function\([`"']return this[`"']\)\(\)/g, "")
    expect(code, file.fileName).not.toMatch(/\beval\(|\bFunction\(["'`]/)
  }
})

test("what can be kept for ever has its hash in its name", () => {
  const kept = output.filter(({ fileName }) => !fileName.endsWith(".html"))
  for (const { fileName } of kept) expect(fileName).toMatch(/^assets\/.+-[\w-]{8,}\.\w+$/)
})
