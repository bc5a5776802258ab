/**
 * What stays on this device between sealing and opening: the papers of an unfinished upload, and
 * the offer itself, encrypted to the bidder's own certificate, to be compared at the read-out.
 *
 * No price lies here in the clear: an office's computer has many users.
 */
import { type Bytes, base64, fromBase64, text, utf8 } from "../seal/bytes.ts"
import { fromBrowser, unwrap, wrap } from "../seal/keyenv.ts"
import type { Certificate } from "../seal/certificate.ts"
import type { Key } from "../seal/keys.ts"
import { discardSpills } from "../seal/spill.ts"
import type { Values } from "./desk.ts"
import type { Manifest } from "./upload.ts"

const NONCE = 12
const SPILLS = "sealing" // seal/spill.ts's folder

/** An upload that may be gone on with: its papers, and the names of its files of ciphertext. */
export type Unfinished = { readonly manifest: Manifest; readonly files: readonly string[]; readonly sealed_at: string }

const place = (what: string, who: string, opening: string) => `bidroom.${what}.${who}.${opening}`

export function keepUpload(who: string, opening: string, unfinished: Unfinished): void {
  put(place("upload", who, opening), unfinished)
}

export const unfinished = (who: string, opening: string): Unfinished | null =>
  take<Unfinished>(place("upload", who, opening))

export async function dropUpload(who: string, opening: string): Promise<void> {
  const kept = unfinished(who, opening)
  drop(place("upload", who, opening))
  for (const file of kept?.files ?? []) await discardSpills(file)
}

/** The ciphertext of `kept` on this device, or null where the browser has thrown it away. */
export async function ciphertextOf(kept: Unfinished): Promise<File[] | null> {
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(SPILLS)
    return await Promise.all(kept.files.map(async (name) => (await folder.getFileHandle(name)).getFile()))
  } catch {
    return null
  }
}

type KeptOffer = { readonly seal: string; readonly keyenv: string; readonly nonce: string; readonly sealed: string }

export async function keepOffer(
  who: string, opening: string, seal: string, values: Values, own: Certificate,
): Promise<void> {
  const key = fromBrowser(32)
  const nonce = fromBrowser(NONCE)
  const aes = await imported(key, "encrypt")
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, aes, utf8(JSON.stringify(values))),
  )
  const keyenv = base64(await wrap(key, [own]))
  put(place("offer", who, opening), { seal, keyenv, nonce: base64(nonce), sealed: base64(sealed) } satisfies KeptOffer)
}

/** What was sealed as package `seal`; null where it wasn't kept here, or `key` can't read it. */
export async function offerKept(who: string, opening: string, seal: string, key: Key): Promise<Values | null> {
  const kept = take<KeptOffer>(place("offer", who, opening))
  if (!kept || kept.seal !== seal) return null
  try {
    const aes = await imported(await unwrap(fromBase64(kept.keyenv), key), "decrypt")
    const iv = fromBase64(kept.nonce)
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, aes, fromBase64(kept.sealed))
    return JSON.parse(text(new Uint8Array(plain))) as Values
  } catch {
    return null
  }
}

const imported = (key: Bytes, usage: "encrypt" | "decrypt") =>
  crypto.subtle.importKey("raw", key, "AES-GCM", false, [usage])

function put(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // A full or forbidden store: then there is no resuming after a reload, and nothing worse.
  }
}

function take<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null
  } catch {
    return null
  }
}

function drop(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // as above
  }
}
