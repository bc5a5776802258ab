/**
 * A section's key, and its ciphertext: C2SP chunked-encryption with AEAD_AES_256_GCM
 * (Cobblestone-256), in pieces. Twin of crypto/sections.py.
 *
 * salt (24) ‖ commitment (32) ‖ chunks of 16 KiB, each with its tag; the last one is shorter.
 */
import { type Bytes, concat, equal, utf8 } from "./bytes.ts"
import { SealRefused } from "./refused.ts"

export const HEAD = 56 // salt and commitment: enough to judge a key by
export const SECTIONS = ["letter", "body"] as const
export const SALT = 24
const CHUNK = 16 * 1024
const TAG = 16
const NONCE = 12
const KEY = 32
const CHUNKS_AT_ONCE = 64 // 1 MiB

/** The construction's hash: SHA-512 makes it Cobblestone. Vectors that others published were made with SHA-256. */
type Hash = "SHA-512" | "SHA-256"
const COBBLESTONE: Hash = "SHA-512"

/** K_i = HKDF-Expand(CEK, label ‖ u8 i ‖ HH): the only key that ever crosses the line. */
export function sectionKey(cek: Bytes, section: number, headerHash: Uint8Array): Promise<Bytes> {
  return hkdfExpand(cek, concat(utf8("bidroom/seal/1 section key\0"), Uint8Array.of(section), headerHash), KEY, "SHA-512")
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
  hash = COBBLESTONE,
): AsyncGenerator<Bytes> {
  const message = await derive(key, context, salt, hash)
  yield concat(salt, message.commitment)
  let count = 0
  let rest: Uint8Array = new Uint8Array()
  const seal = (plain: Uint8Array) =>
    crypto.subtle.encrypt({ name: "AES-GCM", iv: nonceOf(message.nonce, count++) }, message.key, plain as Bytes)
  for await (const piece of pieces) {
    const data = rest.length ? concat(rest, piece) : piece
    let at = 0
    while (data.length - at >= CHUNK) {
      const end = at + Math.min(CHUNKS_AT_ONCE, Math.floor((data.length - at) / CHUNK)) * CHUNK
      const chunks: Promise<ArrayBuffer>[] = []
      for (; at < end; at += CHUNK) chunks.push(seal(data.subarray(at, at + CHUNK)))
      yield joined(await Promise.all(chunks))
    }
    rest = data.slice(at)
  }
  yield new Uint8Array(await seal(rest)) // shorter than a chunk, if need be empty: that is what says "the end"
}

/**
 * The plaintext of `pieces`. Refuses wrong_key where the key misses the commitment, before anything
 * is decrypted, and section_altered where the commitment held and a chunk does not.
 */
export async function* decrypt(
  key: Bytes,
  context: Uint8Array,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hash = COBBLESTONE,
): AsyncGenerator<Bytes> {
  const full = CHUNK + TAG
  let message: Message | undefined
  let count = 0
  let rest: Uint8Array = new Uint8Array()
  for await (const piece of pieces) {
    let data = rest.length ? concat(rest, piece) : piece
    if (!message && data.length >= HEAD) {
      message = await judged(key, context, data.subarray(0, HEAD), hash)
      data = data.subarray(HEAD)
    }
    let at = 0
    while (message && data.length - at >= full) {
      const end = at + Math.min(CHUNKS_AT_ONCE, Math.floor((data.length - at) / full)) * full
      const chunks: Promise<ArrayBuffer>[] = []
      for (; at < end; at += full) chunks.push(opened(message, count++, data.subarray(at, at + full)))
      yield joined(await Promise.all(chunks))
    }
    rest = data.slice(at)
  }
  if (!message || rest.length < TAG) throw new SealRefused("section_altered", "cut short")
  yield new Uint8Array(await opened(message, count, rest))
}

/** The commitment in a section's first 56 bytes. */
export function commitment(head: Uint8Array): Bytes {
  if (head.length < HEAD) throw new SealRefused("section_altered", "cut short")
  return concat(head.subarray(SALT, HEAD))
}

/** Refuses wrong_key unless `key` is the one that `head` (56 bytes) commits to. */
export async function checkCommitment(key: Bytes, context: Uint8Array, head: Uint8Array): Promise<void> {
  if (head.length < HEAD) throw new SealRefused("section_altered", "cut short")
  await judged(key, context, head.subarray(0, HEAD), COBBLESTONE)
}

type Message = { readonly key: CryptoKey; readonly nonce: Bytes; readonly commitment: Bytes }

async function judged(key: Bytes, context: Uint8Array, head: Uint8Array, hash: Hash): Promise<Message> {
  const message = await derive(key, context, head.subarray(0, SALT), hash)
  if (!equal(message.commitment, head.subarray(SALT))) throw new SealRefused("wrong_key")
  return message
}

async function derive(key: Bytes, context: Uint8Array, salt: Uint8Array, hash: Hash): Promise<Message> {
  if (key.length !== KEY) throw new SealRefused("wrong_key", "length")
  const info = concat(utf8("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"), salt, context)
  const derived = await hkdfExpand(key, info, KEY + NONCE + (HEAD - SALT), hash)
  const aead = derived.slice(0, KEY)
  return {
    key: await crypto.subtle.importKey("raw", aead, "AES-GCM", false, ["encrypt", "decrypt"]),
    nonce: derived.slice(KEY, KEY + NONCE),
    commitment: derived.slice(KEY + NONCE),
  }
}

async function opened(message: Message, count: number, chunk: Uint8Array): Promise<ArrayBuffer> {
  const how = { name: "AES-GCM", iv: nonceOf(message.nonce, count) }
  try {
    return await crypto.subtle.decrypt(how, message.key, chunk as Bytes)
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

/** RFC 5869 §2.3. WebCrypto's HKDF would extract first, and can't be told not to. */
async function hkdfExpand(key: Bytes, info: Uint8Array, length: number, hash: Hash): Promise<Bytes> {
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"])
  let out: Uint8Array = new Uint8Array()
  let block: Uint8Array = new Uint8Array()
  for (let count = 1; out.length < length; count++) {
    const signed = concat(block, info, Uint8Array.of(count))
    block = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, signed))
    out = concat(out, block)
  }
  return out.slice(0, length) as Bytes
}

const joined = (chunks: readonly ArrayBuffer[]): Bytes => concat(...chunks.map((chunk) => new Uint8Array(chunk)))
