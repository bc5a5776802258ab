/** Seals in a worker of its own, so that the page stays alive; ciphertext goes to disk where it can. */
import { SealRefused } from "./refused.ts"
import { type Progress, type Sealed, type Sealing, seal } from "./seal.ts"
import { spillTo } from "./spill.ts"

export type Answer =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "sealed"; readonly sealed: Sealed }
  | { readonly type: "refused"; readonly reason: SealRefused["reason"]; readonly detail: string }
  | { readonly type: "failed"; readonly message: string }

const say = (answer: Answer) => postMessage(answer)

addEventListener("message", async ({ data }: MessageEvent<Sealing>) => {
  const name = crypto.randomUUID()
  try {
    const sealed = await seal(data, {
      spill: (section) => spillTo(`${name}.${section}`),
      progress: (progress) => say({ type: "progress", progress }),
    })
    say({ type: "sealed", sealed })
  } catch (error) {
    if (error instanceof SealRefused) say({ type: "refused", reason: error.reason, detail: error.detail })
    else say({ type: "failed", message: String(error) })
  }
})
