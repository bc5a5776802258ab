/**
 * A section's key, and its ciphertext: C2SP chunked-encryption with the suite's AEAD (under INT1 that
 * is Cobblestone-256), in pieces. Twin of crypto/sections.py.
 *
 * salt (24) ‖ commitment (32) ‖ chunks of 16 KiB, each with its tag; the last one is shorter.
 */
import { type Bytes, concat, equal, utf8 } from "./bytes.ts"
import { SealRefused } from "./refused.ts"
import { type Aead, type Ciphers, INT1 } from "./suites.ts"

export const HEAD = 56 // salt and commitment: enough to judge a key by
export const SECTIONS = ["letter", "body"] as const
export const SALT = 24
const CHUNK = 16 * 1024
const TAG = 16
const NONCE = 12
const CHUNKS_AT_ONCE = 64 // 1 MiB

/** K_i = HKDF-Expand(CEK, label ‖ u8 i ‖ HH): the only key that ever crosses the line. */
export function sectionKey(cek: Bytes, section: number, headerHash: Uint8Array, suite = INT1): Promise<Bytes> {
  const info = concat(utf8("bidroom/seal/1 section key\0"), Uint8Array.of(section), headerHash)
  return suite.expand(cek, info, suite.key)
}

export function sectionContext(section: number, headerHash: Uint8Array): Bytes {
  return concat(utf8("bidroom/seal/1 section\0"), Uint8Array.of(section), headerHash)
}

/** How long the ciphertext of `plain` bytes is. */
export function sectionLength(plain: number): number {
  return HEAD + plain + TAG * (Math.floor(plain / CHUNK) + 1)
}

/** The ciphertext of `pieces`, in pieces of its own, of which none is kept. */
export async function* encrypt(
  key: Bytes,
  context: Uint8Array,
  salt: Uint8Array,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  suite = INT1,
): AsyncGenerator<Bytes> {
  const message = await derive(key, context, salt, suite)
  yield concat(salt, message.commitment)
  let count = 0
  let rest: Uint8Array = new Uint8Array()
  const seal = (plain: Uint8Array) => message.aead.seal(nonceOf(message.nonce, count++), plain)
  for await (const piece of pieces) {
    const data = rest.length ? concat(rest, piece) : piece
    let at = 0
    while (data.length - at >= CHUNK) {
      const end = at + Math.min(CHUNKS_AT_ONCE, Math.floor((data.length - at) / CHUNK)) * CHUNK
      const chunks: Promise<Bytes>[] = []
      for (; at < end; at += CHUNK) chunks.push(seal(data.subarray(at, at + CHUNK)))
      yield concat(...(await Promise.all(chunks)))
    }
    rest = data.slice(at)
  }
  yield await seal(rest) // shorter than a chunk, if need be empty: that is what says "the end"
}

/**
 * The plaintext of `pieces`. Refuses wrong_key where the key misses the commitment, before anything
 * is decrypted, and section_altered where the commitment held and a chunk does not.
 */
export async function* decrypt(
  key: Bytes,
  context: Uint8Array,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  suite = INT1,
): AsyncGenerator<Bytes> {
  const full = CHUNK + TAG
  let message: Message | undefined
  let count = 0
  let rest: Uint8Array = new Uint8Array()
  for await (const piece of pieces) {
    let data = rest.length ? concat(rest, piece) : piece
    if (!message && data.length >= HEAD) {
      message = await judged(key, context, data.subarray(0, HEAD), suite)
      data = data.subarray(HEAD)
    }
    let at = 0
    while (message && data.length - at >= full) {
      const end = at + Math.min(CHUNKS_AT_ONCE, Math.floor((data.length - at) / full)) * full
      const chunks: Promise<Bytes>[] = []
      for (; at < end; at += full) chunks.push(opened(message, count++, data.subarray(at, at + full)))
      yield concat(...(await Promise.all(chunks)))
    }
    rest = data.slice(at)
  }
  if (!message || rest.length < TAG) throw new SealRefused("section_altered", "cut short")
  yield await opened(message, count, rest)
}

/** The commitment in a section's first 56 bytes. */
export function commitment(head: Uint8Array): Bytes {
  if (head.length < HEAD) throw new SealRefused("section_altered", "cut short")
  return concat(head.subarray(SALT, HEAD))
}

/** Refuses wrong_key unless `key` is the one that `head` (56 bytes) commits to. */
export async function checkCommitment(
  key: Bytes,
  context: Uint8Array,
  head: Uint8Array,
  suite = INT1,
): Promise<void> {
  if (head.length < HEAD) throw new SealRefused("section_altered", "cut short")
  await judged(key, context, head.subarray(0, HEAD), suite)
}

type Message = { readonly aead: Aead; readonly nonce: Bytes; readonly commitment: Bytes }

async function judged(key: Bytes, context: Uint8Array, head: Uint8Array, suite: Ciphers): Promise<Message> {
  const message = await derive(key, context, head.subarray(0, SALT), suite)
  if (!equal(message.commitment, head.subarray(SALT))) throw new SealRefused("wrong_key")
  return message
}

async function derive(key: Bytes, context: Uint8Array, salt: Uint8Array, suite: Ciphers): Promise<Message> {
  if (key.length !== suite.key) throw new SealRefused("wrong_key", "length")
  const info = concat(utf8(`c2sp.org/chunked-encryption@v1+${suite.stream}\0`), salt, context)
  const derived = await suite.expand(key, info, suite.key + NONCE + (HEAD - SALT))
  return {
    aead: await suite.aead(derived.slice(0, suite.key)),
    nonce: derived.slice(suite.key, suite.key + NONCE),
    commitment: derived.slice(suite.key + NONCE),
  }
}

async function opened(message: Message, count: number, chunk: Uint8Array): Promise<Bytes> {
  try {
    return await message.aead.open(nonceOf(message.nonce, count), chunk)
  } catch {
    throw new SealRefused("section_altered", `chunk ${count}`)
  }
}

/** The message's nonce with the chunk's number, big-endian, laid over its end. */
function nonceOf(base: Bytes, count: number): Bytes {
  const nonce = base.slice()
  const view = new DataView(nonce.buffer)
  view.setUint32(8, (view.getUint32(8) ^ count % 2 ** 32) >>> 0)
  view.setUint32(4, (view.getUint32(4) ^ Math.floor(count / 2 ** 32)) >>> 0)
  return nonce
}
