/**
 * Uploading a sealed package: in parts of 1 MiB, a few at a time, each with its digest, in any
 * order, as often as it takes. The hall says which parts it lacks, so a broken-off upload goes on
 * where it was, after a reload too.
 */
import { base64, sha256 } from "../seal/bytes.ts"
import { PART } from "../seal/merkle.ts"
import { ApiError, api } from "../ui/api.ts"
import type { Receipt } from "./desk.ts"

/** A package's papers, as they are announced before its ciphertext. Bytes are base64. */
export type Manifest = {
  readonly header: string
  readonly keyenv: string
  readonly seal: string
  readonly signature: string
  readonly sections: readonly { readonly leaves: readonly string[] }[]
}

export type UploadProgress = {
  /** Bytes that the hall has, and that it shall have. */
  readonly done: number
  readonly total: number
  /** Seconds until the next try while the hall can't be reached; 0 otherwise. */
  readonly waits_s: number
}

type Place = readonly [section: number, part: number]
type Standing = { upload: string; state: "uploading" | "received"; missing: Place[]; receipt?: Receipt | null }

const PARTS_AT_ONCE = 4
const WAIT_S_MAX = 20

/** The receipt. Rejects with an ApiError where the hall says no, or with the signal's reason. */
export async function upload(
  opening: string,
  manifest: Manifest,
  sections: readonly Blob[],
  progress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<Receipt> {
  const total = sections.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  const tell = (waits_s = 0) => progress({ done, total, waits_s })
  const patient = <T>(ask: () => Promise<T>) => tried(ask, signal, tell)
  tell()

  const path = `/api/bidder/openings/${encodeURIComponent(opening)}/uploads`
  const begun = await patient(() => api<Standing>(path, { body: manifest, signal }))
  if (begun.receipt) return begun.receipt
  const at = `/api/bidder/uploads/${begun.upload}`
  const missing = [...begun.missing]
  done = total - missing.reduce((sum, place) => sum + sliceOf(sections, place).size, 0)
  tell()

  let receipt: Receipt | null = null
  const send = async () => {
    for (let place = missing.shift(); place; place = missing.shift()) {
      const bytes = new Uint8Array(await sliceOf(sections, place).arrayBuffer())
      const headers = { "Content-Digest": `sha-256=:${base64(await sha256(bytes))}:` }
      const url = `${at}/${place[0]}/${place[1]}`
      const taken = await patient(() =>
        api<{ receipt?: Receipt | null }>(url, { method: "PUT", body: bytes, headers, signal }),
      )
      receipt = taken.receipt ?? receipt
      done += bytes.length
      tell()
    }
  }
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, send))
  if (receipt) return receipt
  const ended = await patient(() => api<Standing>(at, { signal }))
  if (!ended.receipt) throw new ApiError(0, "offline", ["上传未完成，请继续上传。", "The upload is unfinished; go on."])
  return ended.receipt
}

function sliceOf(sections: readonly Blob[], [section, part]: Place): Blob {
  return sections[section]!.slice(part * PART, (part + 1) * PART)
}

/** `ask`, again and again while the hall can't be reached or fails; its no is an answer. */
async function tried<T>(ask: () => Promise<T>, signal: AbortSignal, tell: (waits_s: number) => void): Promise<T> {
  for (let wait_s = 1; ; wait_s = Math.min(WAIT_S_MAX, wait_s * 2)) {
    try {
      const answer = await ask()
      if (wait_s > 1) tell(0)
      return answer
    } catch (fault) {
      signal.throwIfAborted()
      const passing = fault instanceof ApiError && (fault.status === 0 || fault.status === 429 || fault.status >= 500)
      if (!passing) throw fault
    }
    tell(wait_s)
    await pause(wait_s * 1000, signal)
  }
}

/** `ms`, or shorter where the network comes back before. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      globalThis.removeEventListener?.("online", settle)
      signal.removeEventListener("abort", settle)
      if (signal.aborted) reject(signal.reason as Error)
      else resolve()
    }
    const timer = setTimeout(settle, ms)
    globalThis.addEventListener?.("online", settle)
    signal.addEventListener("abort", settle)
  })
}
