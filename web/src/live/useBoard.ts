/** The board of a day, asked for again and again; what was known stays when asking fails. */
import { onScopeDispose, type Ref, ref, shallowRef, watch } from "vue"
import { HallTime } from "../line/clock.ts"
import { api, ApiError } from "../ui/api.ts"
import type { HallClock } from "../ui/clock.ts"

export type Row = {
  readonly id: string
  readonly lot: string
  readonly title: string
  readonly project: string
  readonly opens_at: string
  readonly phase: string
  readonly due_at: string | null
}

type Board = { readonly at: string; readonly day: string; readonly openings: readonly Row[] }

export type UsedBoard = {
  /** Null until the first answer. */
  readonly board: Readonly<Ref<Board | null>>
  /** Why the last asking failed, or null. */
  readonly fault: Readonly<Ref<string | null>>
  readonly now: HallClock
}

const REFRESH_MS = 10_000
const SPREAD_MS = 3_000 // so that a lobby full of phones doesn't ask in one breath
const HIDDEN_MS = 60_000 // in a tab that nobody sees

export function useBoard(day: () => string | null): UsedBoard {
  const board = shallowRef<Board | null>(null)
  const fault = ref<string | null>(null)
  const time = new HallTime()
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined

  async function ask(): Promise<void> {
    clearTimeout(timer)
    asking?.abort()
    const mine = new AbortController()
    asking = mine
    const wanted = day()
    try {
      const answer = await api<Board>(wanted ? `/api/board?day=${wanted}` : "/api/board", { signal: mine.signal })
      if (asking !== mine) return
      time.hear(Date.parse(answer.at))
      board.value = answer
      fault.value = null
    } catch (error) {
      if (asking !== mine) return
      if (!(error instanceof ApiError)) throw error
      time.doubt()
      fault.value = error.message
    }
    const pause_ms = document.hidden ? HIDDEN_MS : REFRESH_MS + Math.random() * SPREAD_MS
    timer = setTimeout(() => void ask(), pause_ms)
  }

  const seen = () => {
    if (!document.hidden) void ask()
  }
  document.addEventListener("visibilitychange", seen)
  watch(day, () => {
    board.value = null
    void ask()
  })
  onScopeDispose(() => {
    asking?.abort()
    asking = undefined
    clearTimeout(timer)
    document.removeEventListener("visibilitychange", seen)
  })
  void ask()
  return { board, fault, now: () => time.now() }
}
