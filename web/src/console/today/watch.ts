/** Lines to the openings that run now, so that their alarms are seen without entering each. */
import { effectScope, type EffectScope, onScopeDispose, shallowReactive, watch } from "vue"
import { ticketFor } from "../../line/ticket.ts"
import { useLine } from "../../line/useLine.ts"
import { fold, type Opening } from "../../room/fold.ts"

/** More would be refused by browsers, and read by nobody. */
export const WATCHED_MAX = 12

/** Live pictures by opening, once caught up; `follow` says which are wanted now. */
export function useWatch() {
  const pictures = shallowReactive<Record<string, Opening>>({})
  const scopes = new Map<string, EffectScope>()

  function follow(wanted: readonly string[]): void {
    for (const [id, scope] of scopes) {
      if (wanted.includes(id)) continue
      scope.stop()
      scopes.delete(id)
      delete pictures[id]
    }
    for (const id of wanted) {
      if (scopes.has(id)) continue
      const scope = effectScope(true)
      scopes.set(id, scope)
      scope.run(() => look(id))
    }
  }

  function look(id: string): void {
    let picture: Opening | null = null
    const line = useLine(id, {
      ticket: ticketFor(id),
      heard(envelope) {
        picture = fold(picture, envelope)
        if (id in pictures && picture) pictures[id] = picture
      },
    })
    watch(line.caughtUp, (all) => {
      if (all && picture) pictures[id] = picture
    })
  }

  onScopeDispose(() => follow([]))
  return { pictures, follow }
}
