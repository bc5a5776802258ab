/** Signed notes of a log's head (C2SP signed-note, tlog-checkpoint). Twin of crypto/notes.py. */
import { type Bytes, concat, equal, fromBase64, sha256, utf8 } from "../seal/bytes.ts"

export type Head = { readonly origin: string; readonly size: number; readonly root: Bytes }

const DASH = "— "
const ED25519 = 0x01

/** The head in `note`, if the key in `vkey` (name+hash+key) signed it. Throws a RangeError. */
export async function heldBy(note: string, vkey: string): Promise<Head> {
  const [name, , encoded] = split(vkey)
  const raw = fromBase64(encoded)
  need(raw.length === 33 && raw[0] === ED25519)
  const id = (await sha256(concat(utf8(`${name}\n`), raw))).subarray(0, 4)
  const end = note.lastIndexOf("\n\n")
  need(end > 0 && note.endsWith("\n"))
  const said = note.slice(0, end + 1)
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const [signer, signature] = line.slice(DASH.length).split(" ")
    need(line.startsWith(DASH) && signature !== undefined)
    const bytes = fromBase64(signature!)
    if (signer !== name || !equal(bytes.subarray(0, 4), id)) continue
    const key = await crypto.subtle.importKey("raw", raw.slice(1), "Ed25519", false, ["verify"])
    need(await crypto.subtle.verify("Ed25519", key, bytes.slice(4), utf8(said)))
    return head(said, name)
  }
  throw new RangeError("not signed by this key")
}

function head(said: string, name: string): Head {
  const [origin, size, root, ...rest] = said.split("\n")
  need(origin === name && rest.length === 1 && /^(0|[1-9]\d{0,14})$/.test(size ?? ""))
  const bytes = fromBase64(root ?? "")
  need(bytes.length === 32)
  return { origin: origin!, size: Number(size), root: bytes }
}

function split(vkey: string): [string, string, string] {
  const first = vkey.indexOf("+")
  const second = vkey.indexOf("+", first + 1)
  need(first > 0 && second > first)
  return [vkey.slice(0, first), vkey.slice(first + 1, second), vkey.slice(second + 1)]
}

function need(holds: boolean): void {
  if (!holds) throw new RangeError("no note of a log's head")
}

