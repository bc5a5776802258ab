/** Which of the bidder's pages is shown: the address's part behind `#`. */
import { onScopeDispose, type Ref, ref } from "vue"

export type Place =
  | { readonly page: "inbox" }
  | { readonly page: "check" }
  | { readonly page: "lot"; readonly id: string }
  | { readonly page: "seal"; readonly id: string }

export const inbox = "#/"
export const check = "#/check"
export const lotPage = (id: string): string => `#/lot/${encodeURIComponent(id)}`
export const sealPage = (id: string): string => `${lotPage(id)}/seal`

export function placeOf(hash: string): Place {
  if (hash === check) return { page: "check" }
  const match = /^#\/lot\/([^/]+)(\/seal)?$/.exec(hash)
  if (!match) return { page: "inbox" }
  return { page: match[2] ? "seal" : "lot", id: decodeURIComponent(match[1]!) }
}

export function usePlace(): Readonly<Ref<Place>> {
  const place = ref(placeOf(location.hash))
  const follow = () => {
    place.value = placeOf(location.hash)
    scrollTo(0, 0)
  }
  addEventListener("hashchange", follow)
  onScopeDispose(() => removeEventListener("hashchange", follow))
  return place
}
