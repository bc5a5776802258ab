/**
 * What a record says of a draw, as sentences: fetched by the public page when there is a draw,
 * since most openings have none and that page must stay small.
 */
import type { Event } from "../protocol.gen.ts"
import type { words as Words } from "../ui/words.ts"
import type { Opening } from "./fold.ts"

/** What it needs of the page that fetches it: imported, these would be cut out of that page. */
export type Page = { readonly words: typeof Words; readonly nameOf: (opening: Opening | null, id: string | null) => string }

const SENTENCES = {
  "e.DrawBegan": ["抽取开始，各方须公开份额", "The draw begins; the shares are to be revealed"],
  "e.ShareRevealed": ["{who} 公开抽取份额，与承诺相符", "{who} revealed a share, as committed to"],
  "e.SharesMissing": ["{who} 未按时公开份额，由其余各方共同恢复", "{who} revealed no share in time; the others restore it"],
  "e.PartReleased": ["{who} 交出其保管的 {of} 份额分片", "{who} released its part of {of}'s share"],
  "e.ShareRestored": ["{of} 的份额已恢复，与承诺相符", "The share of {of} is restored, as committed to"],
  "e.DrawMade": ["全部份额已公开，抽取结果产生", "All shares are known: the draw is made"],
  "e.DrawFailed": ["{who} 的份额无法恢复，不能抽取", "The share of {who} can't be restored: nothing is drawn"],
  "e.ManualDrawEntered": ["{who} 录入摇球机结果，待公证人签名", "{who} entered a ball machine's result, for the notary to sign"],
  "e.ManualDrawCosigned": ["公证人 {who} 签名确认摇球机结果", "{who}, notary, signed the ball machine's result"],
  "wait.revealing": ["{who} 公开抽取份额", "{who} to reveal their shares of the draw"],
  "wait.restoring": ["其余各方共同恢复 {who} 未公开的份额", "the others to restore the share of {who}"],
  "wait.failed": ["主持人录入摇球机结果，公证人签名", "the host to enter a ball machine's result, and the notary to sign it"],
  "wait.over": ["主持人 {host} 继续开标", "{host}, host, to go on"],
} as const

export const drawWords = ({ words, nameOf }: Page) => {
  const d = words(SENTENCES)
  const who = (opening: Opening | null, ids: readonly string[]) => ids.map((id) => nameOf(opening, id)).join("、")

  /** The sentence for an event of a draw; null for any other. */
  function sayDraw(opening: Opening | null, event: Event): string | null {
    const key = `e.${event.type}`
    if (!d.has(key)) return null
    const person = "person" in event ? [event.person] : "persons" in event ? event.persons : []
    return d(key, { who: who(opening, person), of: who(opening, "of" in event ? [event.of] : []) })
  }

  /** Whom a draw waits for, as a phrase; `host` by name. */
  function drawWaitsFor(opening: Opening, host: string): string {
    const { draw, facts } = opening
    const missing = facts.notice.draw?.contributors.map(({ person }) => person).filter((id) => draw?.shares[id] === undefined) ?? []
    const key = `wait.${draw?.stage ?? "over"}`
    return d(d.has(key) ? key : "wait.over", { who: who(opening, missing), host })
  }

  return { sayDraw, drawWaitsFor }
}
