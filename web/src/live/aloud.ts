/**
 * What is read aloud at the read-out, row by row, and the browser's voice that reads it.
 *
 * Figures are spelt as they are said (六, never the 陆 of legal writing), since voices differ in
 * how they read digits and groups of thousands.
 */
import { type Ref, ref } from "vue"
import type { Field } from "../protocol.gen.ts"
import type { Opening, Tender } from "../room/fold.ts"
import { capitals, yuan } from "../ui/money.ts"
import { language } from "../ui/words.ts"
import { w } from "./words.ts"

const WRITTEN = "壹贰叁肆伍陆柒捌玖拾佰仟"
const SAID = "一二三四五六七八九十百千"

/** 640902 → "六千四百零九元零二分" */
export function spokenMoney(fen: number): string {
  return [...capitals(fen)].map((sign) => SAID[WRITTEN.indexOf(sign)] ?? sign).join("").replace("整", "")
}

/** One tender's line as it is said. */
export function spokenRow({ facts }: Opening, { sealed: { name }, outcome }: Tender): string {
  if (outcome?.type === "Unreadable") return w("say.unreadable", { name })
  if (outcome?.type !== "ReadOut") return w("say.left_sealed", { name })
  const { values } = outcome.offer
  const said = facts.notice.fields.flatMap((field) => {
    const value = values[field.name]
    return value === undefined ? [] : [spokenValue(field, value)]
  })
  return w("say.row", { name, values: said.join(language.value === "zh" ? "，" : ", ") })
}

function spokenValue(field: Field, value: number | string): string {
  const zh = language.value === "zh"
  const title = zh ? field.label_zh : `${field.label_en} `
  switch (field.kind) {
    case "price_fen":
      return title + w("say.money", { n: zh ? spokenMoney(Number(value)) : yuan(Number(value)) })
    case "discount_bp":
      return title + w("say.percent", { n: Number(value) / 100 })
    case "days":
      return title + w("say.days", { n: value })
    default:
      return title + String(value)
  }
}

export type Voice = {
  readonly on: Readonly<Ref<boolean>>
  /** False where the browser has no speech at all. */
  readonly able: boolean
  turn(on: boolean): void
  /** Say `text` after whatever is being said; resolves when it was said, or at once when off. */
  say(text: string): Promise<void>
}

export function voice(): Voice {
  const synth = globalThis.speechSynthesis as SpeechSynthesis | undefined
  const on = ref(false)
  return {
    on,
    able: synth !== undefined,
    turn(wanted) {
      on.value = wanted && synth !== undefined
      if (!on.value) synth?.cancel()
    },
    say: (text) =>
      new Promise((said) => {
        if (!on.value || !synth) return said()
        const speech = new SpeechSynthesisUtterance(text)
        speech.lang = language.value === "zh" ? "zh-CN" : "en-GB"
        speech.onend = speech.onerror = () => said()
        synth.speak(speech)
      }),
  }
}
