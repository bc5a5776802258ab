/**
 * What a page sees of a public log, at a command line, for tests/web/test_history.py.
 *
 *   node history-twin.ts URL LOT SPOIL ENVELOPE   looks at the log of a real hall, asks whether the
 *                                                 entry stands in it and vouches for its record
 *
 * SPOIL changes one answer on its way: "inclusion", "salt", "root" or "nothing".
 */
import { Rewritten, historyOf } from "../../src/login/history.ts"
import type { Envelope } from "../../src/protocol.gen.ts"
import { hex } from "../../src/seal/bytes.ts"

const [url, lot, spoil, envelope] = process.argv.slice(2) as [string, string, string, string]
const real = globalThis.fetch

const turned = (hash: string) => (hash.startsWith("0") ? "1" : "0") + hash.slice(1)

globalThis.fetch = (async (path: string, options?: RequestInit) => {
  const answer = await real(new URL(path, url), options)
  const said = (await answer.json()) as { inclusion?: string[]; salt?: string }
  if (spoil === "inclusion" && said.inclusion) said.inclusion = [...said.inclusion.slice(0, -1), turned(said.inclusion.at(-1)!)]
  if (spoil === "salt" && said.salt) said.salt = turned(said.salt)
  return new Response(JSON.stringify(said), { status: answer.status, headers: { "content-type": "application/json" } })
}) as typeof fetch

try {
  const history = historyOf(lot)
  const head = await history.look()
  const held = await history.holds(JSON.parse(envelope) as Envelope)
  const root = hex(head.root)
  await history.vouch(head.size, spoil === "root" ? turned(root) : root)
  console.log(JSON.stringify({ size: held.size }))
} catch (error) {
  if (!(error instanceof Rewritten)) throw error
  console.log(JSON.stringify({ rewritten: error.message }))
}
