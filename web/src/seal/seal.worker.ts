/** Seals in a worker of its own, so that the page stays alive; ciphertext goes to disk where it can. */
import { SealRefused } from "./refused.ts"
import { type Progress, type Sealed, type Sealing, seal } from "./seal.ts"
import { spillTo } from "./spill.ts"

export type Answer =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "sealed"; readonly sealed: Sealed }
  | { readonly type: "refused"; readonly reason: SealRefused["reason"]; readonly detail: string }
  | { readonly type: "failed"; readonly message: string }

/** `name` is that of the files on disk, if there are any. */
export type Order = { readonly name: string; readonly sealing: Sealing }

const say = (answer: Answer) => postMessage(answer)

addEventListener("message", async ({ data: { name, sealing } }: MessageEvent<Order>) => {
  try {
    const sealed = await seal(sealing, {
      spill: (section) => spillTo(`${name}.${section}`),
      progress: (progress) => say({ type: "progress", progress }),
    })
    say({ type: "sealed", sealed })
  } catch (error) {
    if (error instanceof SealRefused) say({ type: "refused", reason: error.reason, detail: error.detail })
    else say({ type: "failed", message: String(error) })
  }
})
