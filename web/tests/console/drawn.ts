/** An opening in the middle of a draw. */
import { stepOf } from "../../src/console/desk/step.ts"
import type { Contributor, Envelope, Event } from "../../src/protocol.gen.ts"
import { type Opening, fold } from "../../src/room/fold.ts"
import { HOST, T, until } from "./record.ts"

const contributor = (person: string, part: Contributor["part"]): Contributor => ({
  part, person, name: person, certificate: "", salt: "", commitment: "", parts: [], signer: "", signature: "",
})

export const plan = {
  later: "2026-03-02T02:30:00Z",
  act: { statement: "{}", signature: "", certificate: "" },
  draw: {
    rounds: [{ label_zh: "一", label_en: "One", balls: [7, 8], of_bidders: false, take: 1, put_back: false, decimals: 0, unit: "" }],
    contributors: [contributor("hall", "platform"), contributor("supervisor-1", "supervisor"), contributor("notary-1", "notary")],
    together: 2,
  },
}

function withDraw(): Opening {
  const opening = until("roster")
  const { facts } = opening
  const notice = { ...facts.notice, draw: plan.draw }
  return { ...opening, facts: { ...facts, notice, notary: { id: "notary-1", name: "钱公证" } } }
}

/** `opening`, or one at its roster, with `event` taken in. */
export function at(event: Event, opening: Opening = withDraw()): Opening {
  const envelope: Envelope = {
    type: "Envelope", stream: "opening/L", seq: 9, at: T, by: { role: "hall", id: "hall" }, cause: "cause-01", event,
  }
  return fold(opening, envelope)!
}

export const hostDrawStep = (opening: Opening) => stepOf(opening, HOST)
