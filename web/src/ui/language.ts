/**
 * Which language is read: Chinese unless `?lang=en` or an earlier choice says English.
 *
 * It is one reactive value for the whole page; `<html lang>` follows it.
 */
import { type Ref, ref, watch } from "vue"

export type Language = "zh" | "en"

const KEPT_AS = "bidroom.lang"

export const language: Ref<Language> = ref(first())

watch(
  language,
  (chosen) => {
    if (typeof document !== "undefined") {
      document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en"
    }
  },
  { immediate: true },
)

/** What the person chose, kept for the next visit where the browser lets us. */
export function choose(chosen: Language): void {
  language.value = chosen
  try {
    localStorage.setItem(KEPT_AS, chosen)
  } catch {
    // Private windows may forbid it: the choice then lasts as long as the page.
  }
}

function first(): Language {
  if (typeof location === "undefined") return "zh"
  const asked = new URLSearchParams(location.search).get("lang")
  if (asked === "zh" || asked === "en") return asked
  try {
    return localStorage.getItem(KEPT_AS) === "en" ? "en" : "zh"
  } catch {
    return "zh"
  }
}
