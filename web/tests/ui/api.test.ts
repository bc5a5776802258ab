import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, test } from "vitest"
import { api, apiBytes, ApiError } from "../../src/ui/api.ts"

let server: Server
let base: string
let last: IncomingMessage & { text: string }

const ANSWERS: Readonly<Record<string, readonly [number, string]>> = {
  "/ok": [200, '{"seq":7}'],
  "/empty": [204, ""],
  "/no": [409, '{"error":"too_late","zh":"已截止","en":"It is past the deadline","missing":[1]}'],
  "/proxy": [502, "<html>Bad gateway</html>"],
  "/page": [200, "<html>not ours</html>"],
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = ""
    request.on("data", (piece) => (text += piece))
    request.on("end", () => {
      last = Object.assign(request, { text })
      const [status, body] = ANSWERS[request.url ?? ""] ?? [404, "{}"]
      response.writeHead(status).end(body)
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => new Promise((done) => server.close(done)))

test("a request carries the header that a foreign page cannot send", async () => {
  expect(await api<{ seq: number }>(`${base}/ok`)).toEqual({ seq: 7 })
  expect(last.method).toBe("GET")
  expect(last.headers["x-bidroom"]).toBe("1")
})

test("a body makes it a POST of JSON; bytes go as they are", async () => {
  expect(await api(`${base}/empty`, { body: { opening: "一" } })).toBeNull()
  expect([last.method, last.text]).toEqual(["POST", '{"opening":"一"}'])
  await api(`${base}/empty`, { method: "PUT", body: new Uint8Array([65, 66]) })
  expect([last.method, last.text]).toEqual(["PUT", "AB"])
  expect(last.headers["content-type"]).toBe("application/octet-stream")
})

test("a no keeps its code, both sentences and what came with it", async () => {
  const fault = await api(`${base}/no`).catch((error: unknown) => error)
  expect(fault).toBeInstanceOf(ApiError)
  expect(fault).toMatchObject({ status: 409, error: "too_late", zh: "已截止", message: "已截止" })
  expect((fault as ApiError).body).toMatchObject({ missing: [1] })
})

test("an answer that isn't the hall's is said to be strange", async () => {
  await expect(api(`${base}/proxy`)).rejects.toMatchObject({ status: 502, error: "strange" })
  await expect(api(`${base}/page`)).rejects.toMatchObject({ status: 200, error: "strange" })
  expect((await apiBytes(`${base}/page`)).length).toBe(21)
})

test("a hall out of reach is its own error, and a cancelled request none of ours", async () => {
  await expect(api("http://127.0.0.1:1/ok")).rejects.toMatchObject({ status: 0, error: "offline" })
  const stop = AbortSignal.abort()
  await expect(api(`${base}/ok`, { signal: stop })).rejects.not.toBeInstanceOf(ApiError)
})
