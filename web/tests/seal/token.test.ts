/** Keys on a token, against a program that answers as a maker's own would: what is asked, and what each answer means. */
import { readFileSync } from "node:fs"
import { type Server, createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { fromBase64, hex } from "../../src/seal/bytes.ts"
import { cadesSign } from "../../src/seal/cades.ts"
import { readCertificate } from "../../src/seal/certificate.ts"
import { unwrap, wrap } from "../../src/seal/keyenv.ts"
import { serves, sign } from "../../src/seal/keys.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { Gone, type TokenKey, happening, openToken, plugged, shutToken } from "../../src/seal/token.ts"

const { holders } = JSON.parse(readFileSync("../crypto/vectors/keys.json", "utf8"))
const SIGNATURE = Uint8Array.of(1, 2, 3)
const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")

type Asked = { readonly path: string; readonly body: any }
let program: Server
let address: string
let asked: Asked[]
let answers: Record<string, object | [status: number, said: object]>

beforeEach(async () => {
  asked = []
  const key = (id: string, name: string, algorithms: string[]) => {
    const { certificate, chain } = holders[name]
    return { id, certificate, chain, algorithms }
  }
  answers = {
    info: { protocol: "bidroom/token/1", tokens: [{ id: "T", label: "锁", maker: "M", pin: "good", pad: true }] },
    open: {
      session: "S",
      lasts_s: 1,
      keys: [key("T/1", "a.sign", ["ecdsa-p256-sha256"]), key("T/2", "a.enc", ["ecdh-p256-sha256kdf-aes256wrap"])],
    },
    sign: { signature: b64(SIGNATURE) },
    close: {},
  }
  program = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const path = request.url!
    asked.push({ path, body: JSON.parse(Buffer.concat(pieces).toString() || "null") })
    const said = answers[path.replace("/v1/", "")] ?? [404, { error: "not_found" }]
    const [status, body] = Array.isArray(said) ? said : [200, said]
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body))
  })
  await new Promise<void>((ready) => program.listen(0, "127.0.0.1", ready))
  address = `http://127.0.0.1:${(program.address() as AddressInfo).port}`
})

afterEach(async () => {
  program.closeAllConnections()
  await new Promise((done) => program.close(done))
})

async function refusal(work: Promise<unknown>): Promise<string> {
  const no = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  )
  expect(no).toBeInstanceOf(SealRefused)
  return String((no as SealRefused).reason)
}

async function keys(): Promise<[TokenKey, TokenKey]> {
  return (await openToken(address, "T")) as [TokenKey, TokenKey]
}

test("what is plugged in is asked without any secret, and its keys are plain data with certificates", async () => {
  expect((await plugged(address)).map(({ label }) => label)).toEqual(["锁"])
  const [signer, opener] = await keys()
  expect(asked).toEqual([
    { path: "/v1/info", body: {} },
    { path: "/v1/open", body: { token: "T" } },
  ])
  expect(structuredClone(signer)).toEqual(signer)
  expect([serves(signer, "sign"), serves(signer, "encrypt")]).toEqual([true, false])
  expect(opener.certificate.fingerprint).toBe(holders["a.enc"].fingerprint)
  expect(signer.chain).toHaveLength(2)
})

test("a signature is asked for by the key's own algorithm, and a seal's comes with the seal", async () => {
  const [signer] = await keys()
  const data = Uint8Array.of(9, 9)
  expect(hex(await sign(signer, data))).toBe(hex(SIGNATURE))
  expect(asked.at(-1)!.body).toEqual({ session: "S", key: "T/1", algorithm: "ecdsa-p256-sha256", data: b64(data) })
  const national = { ...signer, algorithms: ["something-new", "sm2-sm3"] }
  await sign(national, data)
  expect(asked.at(-1)!.body.algorithm).toBe("sm2-sm3")
  await cadesSign(signer, data, new Date(0))
  expect(asked.at(-1)!.body.content).toBe(b64(data))
  expect(fromBase64(asked.at(-1)!.body.data)[0]).toBe(0x31)
})

test("a key that can't sign is not asked to", async () => {
  const [, opener] = await keys()
  const before = asked.length
  expect(await refusal(sign(opener, new Uint8Array()))).toBe("certificate_wrong_usage")
  expect(asked).toHaveLength(before)
})

test("one recipient goes to the token, and what it gives opens the envelope", async () => {
  const [, opener] = await keys()
  const own = await readCertificate(fromBase64(holders["a.enc"].certificate))
  const other = await readCertificate(fromBase64(holders["a.enc.rsa"].certificate))
  const cek = new Uint8Array(32).fill(7)
  const raw = new Uint8Array(32).fill(3)
  const entropy = (length: number) => new Uint8Array(length).fill(3) // so the envelope's own key is known
  const envelope = await wrap(cek, [other, own], entropy)
  answers["unwrap"] = { key: b64(raw) }
  expect(await unwrap(envelope, opener)).toEqual(cek)
  const sent = fromBase64(asked.at(-1)!.body.recipient)
  expect([sent[0], asked.at(-1)!.body.key]).toEqual([0xa1, "T/2"])
  answers["unwrap"] = { key: b64(raw.fill(4)) }
  expect(await refusal(unwrap(envelope, opener))).toBe("keyenv_altered")
  answers["unwrap"] = { key: b64(raw.subarray(1)) }
  expect(await refusal(unwrap(envelope, opener))).toBe("keyenv_altered")
})

test.each([
  ["pin_last_try", "pin_last_try"],
  ["token_busy", "token_busy"],
  ["a_makers_own", "token_failed"],
])("the program's %s is told as %s", async (error, reason) => {
  answers["open"] = [409, { error, zh: "", en: "", detail: "" }]
  expect(await refusal(openToken(address, "T"))).toBe(reason)
})

test("a token that is gone is told to the page once, and a no that isn't that is not", async () => {
  const [signer] = await keys()
  const heard: string[] = []
  for (const name of ["asked", "answered", "gone"]) {
    happening.addEventListener(name, (event) => heard.push(event instanceof Gone ? event.session : event.type))
  }
  answers["sign"] = [409, { error: "not_agreed" }]
  expect(await refusal(sign(signer, new Uint8Array()))).toBe("not_agreed")
  expect(heard.splice(0)).toEqual(["asked", "answered"])
  answers["sign"] = [409, { error: "token_shut" }]
  expect(await refusal(sign(signer, new Uint8Array()))).toBe("token_shut")
  expect(heard).toEqual(["asked", "S", "answered"])
})

test("another protocol is refused, and so is no program at all", async () => {
  answers["info"] = { protocol: "bidroom/token/2", tokens: [] }
  expect(await refusal(plugged(address))).toBe("token_failed")
  expect(await refusal(plugged("http://127.0.0.1:1"))).toBe("token_unreachable")
})

test("a session is given back, and a program that is gone needs none", async () => {
  const [signer] = await keys()
  await shutToken(signer)
  expect(asked.at(-1)).toEqual({ path: "/v1/close", body: { session: "S" } })
  await shutToken({ ...signer, address: "http://127.0.0.1:1" })
})
