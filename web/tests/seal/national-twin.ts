/**
 * The national algorithms at a command line, for tests/web/test_national.py: JSON in, JSON out, bytes in hex.
 *
 *   node national-twin.ts make   {secret, plain}               → {point, signature, wrapped, section}
 *   node national-twin.ts take   {secret, plain, signature, wrapped, section} → {unwrapped, opened}
 *
 * `section` is `plain` sealed under SM1 with itself as the key, under no salt and no context to speak of.
 */
import { text } from "node:stream/consumers"
import { type Bytes, concat, fromHex, hex } from "../../src/seal/bytes.ts"
import { SALT, decrypt, encrypt } from "../../src/seal/sections.ts"
import { SM1 } from "../../src/seal/sm1.ts"
import { pointOf, sm2Decrypt, sm2Encrypt, sm2Sign, sm2Verify } from "../../src/seal/sm2.ts"

const asked = JSON.parse(await text(process.stdin)) as Record<string, string>
const part = (name: string): Bytes => fromHex(asked[name]!)
const [secret, plain] = [part("secret"), part("plain")]
const context = new Uint8Array(1)

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece)
  return hex(concat(...parts))
}

async function make(): Promise<object> {
  const point = pointOf(secret)
  return {
    point: hex(point),
    signature: hex(sm2Sign(secret, plain)),
    wrapped: hex(await sm2Encrypt(point, plain)),
    section: await whole(encrypt(plain, context, new Uint8Array(SALT), [plain], SM1)),
  }
}

async function take(): Promise<object> {
  await sm2Verify(pointOf(secret), plain, part("signature"))
  return {
    unwrapped: hex(await sm2Decrypt(secret, part("wrapped"))),
    opened: await whole(decrypt(plain, context, [part("section")], SM1)),
  }
}

console.log(JSON.stringify(await (process.argv[2] === "make" ? make() : take())))
