/** Which of the console's pages is shown: `#/`, `#/new`, `#/draw`, `#/openings/{id}`. */
import { onScopeDispose, type Ref, ref } from "vue"

export type Route = { readonly page: "today" | "prepare" | "draw" } | { readonly page: "desk"; readonly opening: string }

export function routeOf(hash: string): Route {
  const desk = /^#\/openings\/([^/]+)$/.exec(hash)
  const opening = desk ? decoded(desk[1]!) : ""
  if (opening) return { page: "desk", opening }
  if (hash === "#/draw") return { page: "draw" }
  return { page: hash === "#/new" ? "prepare" : "today" }
}

export const toDesk = (opening: string): string => `#/openings/${encodeURIComponent(opening)}`

export function useRoute(): Readonly<Ref<Route>> {
  const route = ref(routeOf(location.hash))
  const follow = (): void => {
    route.value = routeOf(location.hash)
    scrollTo(0, 0)
  }
  addEventListener("hashchange", follow)
  onScopeDispose(() => removeEventListener("hashchange", follow))
  return route
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}
