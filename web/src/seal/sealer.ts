/** The page's side of the sealing worker. */
import { SealRefused } from "./refused.ts"
import type { Progress, Sealed, Sealing } from "./seal.ts"
import type { Answer, Order } from "./seal.worker.ts"
import { discardSpills, sweepSpills } from "./spill.ts"
import { happening, noteGone } from "./token.ts"

/** What is sealed may lie on disk: `discard` it once it is uploaded, or given up. */
export type SealedAside = Sealed & { discard(): Promise<void> }

/**
 * Seals in a worker. Rejects with a SealRefused, with an Error where the machine failed (a full
 * disk, a file that was moved away), or with the signal's reason.
 */
export async function sealInWorker(
  sealing: Sealing,
  progress: (progress: Progress) => void = () => {},
  signal?: AbortSignal,
): Promise<SealedAside> {
  signal?.throwIfAborted()
  await sweepSpills()
  let signing = false
  const told = (made: Progress) => {
    progress(made)
    if (made.step !== "signing" || sealing.signer.tag !== "token") return
    signing = true
    happening.dispatchEvent(new Event("asked")) // the worker's own events stay in the worker
  }
  const name = crypto.randomUUID()
  const worker = new Worker(new URL("./seal.worker.ts", import.meta.url), { type: "module" })
  try {
    const sealed = await answered(worker, { name, sealing: plain(sealing) }, told, signal)
    const discard = () => discardSpills(name)
    if (signal?.aborted) await discard() // too late for the worker to stop
    signal?.throwIfAborted()
    return { ...sealed, discard }
  } finally {
    worker.terminate()
    if (signing) happening.dispatchEvent(new Event("answered"))
  }
}

function answered(
  worker: Worker,
  order: Order,
  progress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<Sealed> {
  return new Promise((resolve, reject) => {
    // The worker ends by itself and frees its files first: from outside they'd still be locked.
    signal?.addEventListener("abort", () => worker.postMessage("stop" satisfies Order), { once: true })
    worker.addEventListener("error", ({ message }) => reject(new Error(message)))
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if (data.type === "progress") progress(data.progress)
      else if (data.type === "sealed") resolve(data.sealed)
      else if (data.type === "refused") reject(refusedBy(order, data))
      else reject(signal?.aborted ? (signal.reason as Error) : new Error(data.message))
    })
    worker.postMessage(order)
  })
}

/** A worker's no; the page is told, as if its own request had been refused. */
function refusedBy(order: Order, { reason, detail }: Answer & { type: "refused" }): SealRefused {
  const no = new SealRefused(reason, detail)
  if (order !== "stop" && order.sealing.signer.tag === "token") noteGone(no, order.sealing.signer.session)
  return no
}

/** Without the proxies that a page's reactive state puts around objects: those can't be handed to a worker. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T
  if (Object.prototype.toString.call(value) !== "[object Object]") return value // bytes, dates, files, keys
  return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, plain(inner)])) as T
}
