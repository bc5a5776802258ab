/** The page's side of the sealing worker. */
import { SealRefused } from "./refused.ts"
import type { Progress, Sealed, Sealing } from "./seal.ts"
import type { Answer } from "./seal.worker.ts"

/**
 * Seals in a worker. Rejects with a SealRefused, with an Error where the machine failed (a full
 * disk, a file that was moved away), or with the signal's reason. What is sealed may lie on disk:
 * call `discardSpills` (spill.ts) once it is uploaded or given up.
 */
export function sealInWorker(
  sealing: Sealing,
  progress: (progress: Progress) => void = () => {},
  signal?: AbortSignal,
): Promise<Sealed> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL("./seal.worker.ts", import.meta.url), { type: "module" })
  return new Promise<Sealed>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true })
    worker.addEventListener("error", ({ message }) => reject(new Error(message)))
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (data.type === "progress") progress(data.progress)
      else if (data.type === "sealed") resolve(data.sealed)
      else if (data.type === "refused") reject(new SealRefused(data.reason, data.detail))
      else reject(new Error(data.message))
    })
    worker.postMessage(plain(sealing))
  }).finally(() => worker.terminate())
}

/** Without the proxies that a page's reactive state puts around objects: those can't be handed to a worker. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T
  if (Object.prototype.toString.call(value) !== "[object Object]") return value // bytes, dates, files, keys
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, plain(inner)])) as T
}
