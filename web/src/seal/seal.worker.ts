/** Seals in a worker of its own, so that the page stays alive; ciphertext goes to disk where it can. */
import { SealRefused } from "./refused.ts"
import { type Progress, type Sealed, type Sealing, seal } from "./seal.ts"
import { spillTo } from "./spill.ts"

/** `name` is that of the files on disk, if there are any. "stop" breaks the work off, and it cleans up. */
export type Order = { readonly name: string; readonly sealing: Sealing } | "stop"

export type Answer =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "sealed"; readonly sealed: Sealed }
  | { readonly type: "refused"; readonly reason: SealRefused["reason"]; readonly detail: string }
  | { readonly type: "failed"; readonly message: string }

const say = (answer: Answer) => postMessage(answer)
const breaking = new AbortController()

addEventListener("message", async ({ data: order }: MessageEvent<Order>) => {
  if (order === "stop") return breaking.abort()
  try {
    const sealed = await seal(order.sealing, {
      spill: (section) => spillTo(`${order.name}.${section}`),
      progress: (progress) => say({ type: "progress", progress }),
      signal: breaking.signal,
    })
    say({ type: "sealed", sealed })
  } catch (error) {
    if (error instanceof SealRefused) say({ type: "refused", reason: error.reason, detail: error.detail })
    else say({ type: "failed", message: String(error) })
  }
})
