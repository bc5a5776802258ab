/**
 * What is in the sections before they are encrypted: the letter with its padding, and the body's
 * index with the files behind it. Twin of crypto/letter.py.
 */
import { type Bytes, concat, equal, hex, sha256, u32be, utf8 } from "./bytes.ts"
import { type Json, decode, encode } from "./canonical.ts"
import { Digest } from "./digest.ts"
import { isText } from "./header.ts"
import { SealRefused } from "./refused.ts"

const BLOCK = 4096
export const LETTER_MAX = 64 * BLOCK
export const INDEX_MAX = 256 * 1024
export const FILES_MAX = 500
export const NAME_CHARS_MAX = 120
const NAME_BYTES_MAX = 255
const PIECE = 1 << 20
const DIGESTED_WHOLE_MAX = 64 << 20

export type Letter = { readonly [key: string]: Json }
export type IndexEntry = { readonly name: string; readonly size: number; readonly sha256: string }
/** A browser's File is one. */
export type FileIn = Blob & { readonly name: string }

/** u32be length ‖ canonical JSON ‖ zeros to a multiple of 4096, so that its size tells little. */
export function letterPlain(letter: Letter): Bytes {
  const json = encode(letter)
  if (json.length + 4 > LETTER_MAX) throw new SealRefused("too_large", "letter")
  const padding = new Uint8Array((BLOCK - ((json.length + 4) % BLOCK)) % BLOCK)
  return concat(u32be(json.length), json, padding)
}

/** Back again, strictly: no byte has a choice. Refuses unreadable_letter. */
export function readLetterPlain(plain: Bytes): Letter {
  try {
    const size = plain.length < 4 ? 0 : new DataView(plain.buffer, plain.byteOffset).getUint32(0)
    const letter = decode(plain.subarray(4, 4 + size), LETTER_MAX)
    const isLetter = letter !== null && typeof letter === "object" && !Array.isArray(letter)
    if (isLetter && equal(letterPlain(letter as Letter), plain)) return letter as Letter
  } catch (error) {
    throw new SealRefused("unreadable_letter", (error as SealRefused).reason)
  }
  throw new SealRefused("unreadable_letter", "padding")
}

/** The index of `files`, each read once. Refuses malformed_body. */
export async function indexOf(files: readonly FileIn[], progress: (bytes: number) => void): Promise<IndexEntry[]> {
  checkNames(files.map(({ name }) => name))
  const index: IndexEntry[] = []
  for (const file of files) {
    index.push({ name: file.name, size: file.size, sha256: hex(await digestOf(file, progress)) })
  }
  return index
}

/** WebCrypto digests seven times as fast as we do, but only what is in memory as a whole. */
export async function digestOf(
  file: Blob,
  progress: (bytes: number) => void,
  wholeMax = DIGESTED_WHOLE_MAX,
): Promise<Bytes> {
  const whole = file.size <= wholeMax ? new Uint8Array(file.size) : undefined
  const digest = new Digest()
  let at = 0
  for await (const piece of piecesOf(file)) {
    if (whole) whole.set(piece, at)
    else digest.update(piece)
    at += piece.length
    progress(piece.length)
  }
  return whole ? sha256(whole) : digest.finish()
}

/** The body's plaintext: u32be length ‖ canonical index ‖ the files' bytes. */
export async function* bodyPlain(
  index: readonly IndexEntry[],
  files: readonly FileIn[],
  progress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  yield indexPlain(index)
  for (const file of files) {
    for await (const piece of piecesOf(file)) {
      yield piece
      progress(piece.length)
    }
  }
}

export function indexPlain(index: readonly IndexEntry[]): Bytes {
  const json = encode(index)
  if (json.length > INDEX_MAX) throw new SealRefused("malformed_body", "index too large")
  return concat(u32be(json.length), json)
}

/** A browser gives a changed file no more bytes (NotReadableError), so both readings see the same ones. */
async function* piecesOf(file: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE) {
    const piece = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())
    if (piece.length !== Math.min(PIECE, file.size - at)) throw new SealRefused("malformed_body", "a file changed")
    yield piece
  }
}

const FORBIDDEN = /[/\\:*?"<>|]|^[. ]|[. ]$/

/** Whether a file may be called so: one name, no path, nothing unseen, and sound on every system. */
export function isGoodName(name: string): boolean {
  return (
    isText(name, NAME_CHARS_MAX) &&
    utf8(name).length <= NAME_BYTES_MAX &&
    name.normalize("NFC") === name &&
    !FORBIDDEN.test(name)
  )
}

function checkNames(names: readonly string[]): void {
  if (names.length > FILES_MAX) throw new SealRefused("malformed_body", "too many files")
  if (!names.every(isGoodName)) throw new SealRefused("malformed_body", "a file's name")
  // Two names that one system takes for the same would overwrite each other when saved.
  const each = new Set(names.map((name) => name.toLowerCase()))
  if (each.size < names.length) throw new SealRefused("malformed_body", "a file's name twice")
}
