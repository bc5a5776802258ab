/** Verifies in a worker of its own, so that the page stays alive. */
import { RecordFails } from "./findings.ts"
import { type Proof, type Step, verifyRecord } from "./record.ts"

export type Said =
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "holds"; readonly proof: Proof }
  | { readonly type: "fails"; readonly fault: RecordFails["fault"]; readonly where: string }
  | { readonly type: "broke"; readonly message: string }

const say = (said: Said) => postMessage(said)

addEventListener("message", async ({ data }: MessageEvent<Uint8Array>) => {
  try {
    say({ type: "holds", proof: await verifyRecord(data, (step) => say({ type: "step", step })) })
  } catch (error) {
    if (error instanceof RecordFails) say({ type: "fails", fault: error.fault, where: error.where })
    else say({ type: "broke", message: String(error) })
  }
})
