/** The laws of a draw: twin of bidroom/opening/draw_rules.py, from the events' side. */
import type { Contributor, DrawPlan, Event } from "../protocol.gen.ts"
import { ballsOf, byCreditCode, draw, drawn, fits, partCommitment, seedOf, shareCommitment } from "../room/draw.ts"
import { type Drawing, isDrawn as isOver } from "../room/drawing.ts"
import type { Opening } from "../room/fold.ts"
import { type Laws, type Said, after, asStep, byHall, byHost, graceEnds, inTime, isAt, isDue, same } from "./who.ts"

type Order = Opening["facts"]["policy"]["draw_order"]

const HALL = "hall"
const planOf = ({ facts }: Opening): DrawPlan | null => facts.notice.draw
const windowEnds = (said: Said) => after(said, said.opening.facts.policy.draw_s)
const ownerOf = (opening: Opening, person: string): Contributor | undefined =>
  planOf(opening)?.contributors.find((one) => one.person === person)
const missingIn = (opening: Opening): string[] =>
  planOf(opening)?.contributors.map(({ person }) => person).filter((who) => opening.draw?.shares[who] === undefined) ?? []

/** Whether the draw is what comes after the present phase. */
export function drawsNext(opening: Opening): boolean {
  const before = opening.facts.policy.draw_order === "after_read_out" ? "read_out" : "roster"
  return planOf(opening) !== null && opening.draw === null && opening.phase === before
}

/** Whether the step that follows a draw of this order may be taken. */
export function isDrawn(said: Said, order: Order): boolean {
  const { opening } = said
  if (opening.phase !== "draw") return !drawsNext(opening)
  const gone = opening.draw?.stage === "failed" && isDue(said)
  return opening.facts.policy.draw_order === order && (isOver(opening.draw) || gone)
}

/** What must follow at once when a share came to be known. */
export const afterRelease = (opening: Opening): Event["type"] | null =>
  opening.draw !== null && opening.draw.stage !== "made" && missingIn(opening).length === 0 ? "DrawMade" : null

/** Whether a notice's draw can be made, and steered by nobody alone. */
export function isPlanned(facts: Opening["facts"]): boolean {
  const plan = facts.notice.draw
  if (plan === null) return true
  const ids = plan.contributors.map(({ person }) => person)
  const people = {
    platform: [HALL],
    supervisor: facts.supervisors.map(({ id }) => id),
    notary: facts.notary ? [facts.notary.id] : [],
  }
  return (
    ids.length > plan.together &&
    new Set(ids).size === ids.length &&
    ids.includes(HALL) &&
    plan.contributors.every((one) => people[one.part].includes(one.person) && same(one.parts.map(({ to }) => to), ids)) &&
    plan.rounds.every((round) => {
      const { balls, of_bidders, put_back, take } = round
      const enough = balls.length > 0 && (put_back || take <= balls.length)
      return (of_bidders ? balls.length === 0 : enough) && new Set(balls).size === balls.length
    })
  )
}

const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

const isShare = (opening: Opening, owner: Contributor | undefined, share: string): boolean =>
  owner !== undefined && isHash(share) && shareCommitment(opening.facts.notice.lot, owner.person, owner.salt, share) === owner.commitment

function isPart(opening: Opening, of: string, to: string, part: string): boolean {
  const held = ownerOf(opening, of)?.parts.find((one) => one.to === to)
  return held !== undefined && isHash(part) && partCommitment(opening.facts.notice.lot, of, to, part) === held.commitment
}

/** By a contributor in its own capacity; the platform's come with the hall's own turns. */
function byContributor(person: string, { opening, envelope }: Said): boolean {
  const part = ownerOf(opening, person)?.part
  return part !== "platform" && envelope.by.role === part && envelope.by.id === person
}

const stageOf = (opening: Opening): Drawing["stage"] | undefined => opening.draw?.stage

export const DRAW_LAWS: Laws = {
  DrawBegan: {
    when: ["roster", "read_out"],
    lawful: ({ ends_at }, said) => asStep(said) && drawsNext(said.opening) && isAt(ends_at, windowEnds(said)),
  },
  ShareRevealed: {
    when: ["draw"],
    lawful: ({ person, share }, said) => {
      const { opening } = said
      const open = stageOf(opening) === "revealing" || stageOf(opening) === "restoring"
      const owner = ownerOf(opening, person)
      const own = owner?.part === "platform" ? (byHost(said) || byHall(said)) && opening.since === said.envelope.at : byContributor(person, said) && inTime(said)
      return open && own && opening.draw?.shares[person] === undefined && isShare(opening, owner, share)
    },
  },
  SharesMissing: {
    when: ["draw"],
    lawful: ({ persons, ends_at }, said) =>
      byHall(said) && isDue(said) && stageOf(said.opening) === "revealing" &&
      same(persons, missingIn(said.opening)) && isAt(ends_at, windowEnds(said)),
  },
  PartReleased: {
    when: ["draw"],
    lawful: ({ of, person, part }, said) => {
      const { opening } = said
      const own = person === HALL ? byHall(said) && opening.since === said.envelope.at : byContributor(person, said) && inTime(said)
      const unknown = opening.draw?.missing.includes(of) && opening.draw.shares[of] === undefined
      const first = opening.draw?.parts[of]?.[person] === undefined
      return stageOf(opening) === "restoring" && own && !!unknown && of !== person && first && isPart(opening, of, person, part)
    },
  },
  ShareRestored: {
    when: ["draw"],
    lawful: ({ of, share }, { opening, envelope }) =>
      stageOf(opening) === "restoring" && opening.draw?.shares[of] === undefined &&
      opening.draw?.parts[of]?.[envelope.by.id] !== undefined &&
      Object.keys(opening.draw.parts[of]!).length >= (planOf(opening)?.together ?? Number.POSITIVE_INFINITY) &&
      isShare(opening, ownerOf(opening, of), share),
  },
  DrawMade: {
    when: ["draw"],
    lawful: ({ seed, rounds, goes_on_at }, said) => {
      const { opening } = said
      const plan = planOf(opening)
      if (plan === null || opening.draw === null || isOver(opening.draw) || missingIn(opening).length > 0) return false
      const shares = plan.contributors.map(({ person }) => opening.draw!.shares[person]!)
      const expected = seedOf(opening.facts.notice_sha256, opening.draw.log_root, shares)
      const balls = draw(plan, expected, byCreditCode(opening.tenders))
      return seed === expected && same(rounds.map(inOrder), balls.map(inOrder)) && isAt(goes_on_at, graceEnds(said))
    },
  },
  DrawFailed: {
    when: ["draw"],
    lawful: ({ persons, goes_on_at }, said) =>
      byHall(said) && isDue(said) && stageOf(said.opening) === "restoring" &&
      same(persons, missingIn(said.opening)) && isAt(goes_on_at, windowEnds(said)),
  },
  ManualDrawEntered: {
    when: ["draw"],
    lawful: ({ person, rounds }, said) => {
      const { opening } = said
      const plan = planOf(opening)
      const allowed = byHost(said) && said.envelope.by.id === person && inTime(said) && stageOf(opening) === "failed"
      if (!allowed || plan === null || opening.facts.notary === null || rounds.length !== plan.rounds.length) return false
      return rounds.every((one, at) => {
        const round = plan.rounds[at]!
        const balls = ballsOf(round, byCreditCode(opening.tenders))
        return fits(round, balls, one.picks) && same(inOrder(one), inOrder(drawn(balls, one.picks)))
      })
    },
  },
  ManualDrawCosigned: {
    when: ["draw"],
    lawful: ({ person, goes_on_at }, said) => {
      const { opening, envelope } = said
      const notary = envelope.by.role === "notary" && envelope.by.id === person && opening.facts.notary?.id === person
      return (
        notary && inTime(said) && stageOf(opening) === "failed" && opening.draw?.entered_by !== null &&
        isAt(goes_on_at, graceEnds(said))
      )
    },
  },
}

const inOrder = ({ picks, values }: { picks: readonly number[]; values: readonly (number | string)[] }) => [picks, values]
