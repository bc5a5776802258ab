import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { type Manifest, upload, type UploadProgress } from "../../src/bidder/upload.ts"
import { PART } from "../../src/seal/merkle.ts"
import { ApiError } from "../../src/ui/api.ts"

/** The hall's end of an upload over real HTTP: keeps parts, and fails where it is told to. */
class Box {
  readonly parts = new Map<string, Buffer>()
  puts = 0
  hangUpAt = 0
  down = false // hangs up on every part
  refuseAt = 0

  readonly sizes: readonly number[]

  constructor(sizes: readonly number[]) {
    this.sizes = sizes
  }

  get missing(): [number, number][] {
    const all = this.sizes.flatMap((size, section) =>
      Array.from({ length: Math.ceil(size / PART) }, (_, part): [number, number] => [section, part]),
    )
    return all.filter(([section, part]) => !this.parts.has(`${section}/${part}`))
  }

  standing(): object {
    const receipt = this.missing.length ? null : { statement: "{}", signature: "s", certificate: "c" }
    return { upload: "u1", state: receipt ? "received" : "uploading", missing: this.missing, receipt }
  }

  answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const say = (status: number, said: object) => response.writeHead(status).end(JSON.stringify(said))
    const place = /uploads\/u1\/(\d+\/\d+)$/.exec(request.url ?? "")
    if (!place) return void say(200, this.standing())
    this.puts++
    if (this.down || this.puts === this.hangUpAt) return void request.socket.destroy()
    if (this.puts === this.refuseAt) return void say(409, { error: "too_late", zh: "时间已过。", en: "Too late." })
    const digest = createHash("sha256").update(body).digest("base64")
    if (request.headers["content-digest"] !== `sha-256=:${digest}:`) return void say(400, { error: "part_altered" })
    this.parts.set(place[1]!, body)
    say(200, this.standing())
  }

  section(number: number): Buffer {
    const keys = Array.from({ length: Math.ceil(this.sizes[number]! / PART) }, (_, part) => `${number}/${part}`)
    return Buffer.concat(keys.map((key) => this.parts.get(key)!))
  }
}

const MANIFEST: Manifest = { header: "", keyenv: "", seal: "", signature: "", sections: [] }
const SECTIONS = [4_152, 2 * PART + 17].map((size, seed) =>
  Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed * 7 + (at >> 9)) & 0xff),
)
const blobs = SECTIONS.map((bytes) => new Blob([bytes]))
const realFetch = globalThis.fetch
let box: Box
let server: Server

beforeAll(async () => {
  server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on("data", (piece: Buffer) => pieces.push(piece))
    request.on("end", () => box.answer(request, Buffer.concat(pieces), response))
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  globalThis.fetch = (path, init) => realFetch(new URL(String(path), base), init) // a page's addresses have none
})
afterAll(() => {
  globalThis.fetch = realFetch
  server.closeAllConnections()
  return new Promise((done) => server.close(done))
})
beforeEach(() => {
  box = new Box(SECTIONS.map(({ length }) => length))
})

const seen: UploadProgress[] = []
const send = (signal = new AbortController().signal) => {
  seen.length = 0
  return upload("LOT-1", MANIFEST, blobs, (progress) => seen.push(progress), signal)
}

test("every byte arrives, and the last part brings the receipt", async () => {
  expect(await send()).toMatchObject({ signature: "s" })
  expect([0, 1].map((one) => box.section(one).equals(SECTIONS[one]!))).toEqual([true, true])
  const total = SECTIONS[0]!.length + SECTIONS[1]!.length
  expect(seen[0]).toEqual({ done: 0, total, waits_s: 0 })
  expect(seen.at(-1)).toEqual({ done: total, total, waits_s: 0 })
})

test("a part lost on the way is sent again, and the wait is told", async () => {
  box.hangUpAt = 2
  await send()
  expect(box.missing).toEqual([])
  expect(box.puts).toBe(5)
  expect(seen.some(({ waits_s }) => waits_s === 1)).toBe(true)
})

test("what the hall has is not sent again", async () => {
  box.parts.set("1/0", Buffer.from(SECTIONS[1]!.subarray(0, PART)))
  await send()
  expect(box.puts).toBe(3)
  expect(seen[1]!.done).toBe(PART)
})

test("a package that was received gives its receipt at once", async () => {
  await send()
  const before = box.puts
  expect(await send()).toMatchObject({ signature: "s" })
  expect(box.puts).toBe(before)
})

test("a no of the hall is final", async () => {
  box.refuseAt = 1
  await expect(send()).rejects.toMatchObject({ error: "too_late" } satisfies Partial<ApiError>)
})

test("who gives up is not kept waiting for the network", async () => {
  box.down = true
  const giving = new AbortController()
  const sent = upload("LOT-1", MANIFEST, blobs, ({ waits_s }) => waits_s && giving.abort(), giving.signal)
  await expect(sent).rejects.toThrow("abort")
})
