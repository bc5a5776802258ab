/**
 * Where the reader stands: the board of a day, or one opening, on a projector or not.
 *
 * It is all in the address, so that a link, a bookmark and the back button mean the same:
 * `/`, `/live?day=2026-04-12`, `/live?opening=LOT-1` (or `#LOT-1`), with `&screen` for a projector.
 */
import { type Ref, shallowRef } from "vue"

export type Where = {
  readonly opening: string | null
  readonly day: string | null
  readonly screen: boolean
}

export function read(search: string, hash: string): Where {
  const asked = new URLSearchParams(search)
  const named = asked.get("opening") || decode(hash.slice(1))
  const day = asked.get("day") ?? ""
  return {
    opening: named || null,
    day: /^\d{4}-\d\d-\d\d$/.test(day) ? day : null,
    screen: asked.has("screen"),
  }
}

/** The address of `to`, to be put after the path that is already there. */
export function address(to: Partial<Where>): string {
  const parts: string[] = []
  if (to.opening) parts.push(`opening=${encodeURIComponent(to.opening)}`)
  else if (to.day) parts.push(`day=${to.day}`)
  if (to.screen) parts.push("screen")
  return parts.length > 0 ? `?${parts.join("&")}` : location.pathname
}

export const where: Readonly<Ref<Where>> = shallowRef(read(location.search, location.hash))

const look = () => {
  ;(where as Ref<Where>).value = read(location.search, location.hash)
}

export function go(to: Partial<Where>): void {
  history.pushState(null, "", address(to))
  look()
  scrollTo(0, 0)
}

/** For a link's click: go there without loading the page anew, unless another tab is wanted. */
export function follow(click: MouseEvent, to: Partial<Where>): void {
  if (click.button !== 0 || click.ctrlKey || click.metaKey || click.shiftKey || click.altKey) return
  click.preventDefault()
  go(to)
}

addEventListener("popstate", look)
addEventListener("hashchange", look)

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}
