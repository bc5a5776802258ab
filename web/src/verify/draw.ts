/** What people signed for a draw. Twin of bidroom/publish/verify_draw.py, but for putting parts together. */
import type { Contributor, Event, OpeningScheduled } from "../protocol.gen.ts"
import type { Opening } from "../room/fold.ts"
import { fromBase64, hex, sha256 } from "../seal/bytes.ts"
import { type Json, encode } from "../seal/canonical.ts"
import { readCertificate } from "../seal/certificate.ts"
import { verify } from "../seal/signature.ts"
import { must, trying } from "./findings.ts"
import type { TrustList } from "./trust.ts"

type Kind<K extends Event["type"]> = Extract<Event, { type: K }>
type Signing = Kind<"ShareRevealed"> | Kind<"PartReleased"> | Kind<"ManualDrawEntered"> | Kind<"ManualDrawCosigned">

/** Every contribution of the notice was signed by its contributor; how many there are. */
export async function judgePlan(facts: OpeningScheduled, at: Date, trust: TrustList): Promise<number> {
  const made = facts.notice.draw?.contributors ?? []
  for (const one of made) {
    const where = `draw (${one.person})`
    const signer = await trying(where, "draw", () => readCertificate(fromBase64(one.signer)))
    const certificate = await trying(where, "draw", () => readCertificate(fromBase64(one.certificate)))
    const said = await contribution(facts.notice.lot, one, certificate.fingerprint)
    await trying(where, "draw", () => verify(signer, said, fromBase64(one.signature)))
    must(one.parts.every(({ to, commitment }) => to !== one.person || commitment === one.commitment), where, "draw")
    await trying(where, "certificate", () => trust.check(signer, [], "sign", at))
    if (one.part === "platform") continue
    await trying(where, "certificate", () => trust.check(certificate, [], "encrypt", at))
    must(signer.serialNumber === one.person, where, "signed_by_another")
  }
  return made.length
}

async function contribution(lot: string, { person, salt, commitment, parts }: Contributor, certificate: string) {
  const digest = hex(await sha256(encode(parts as unknown as Json)))
  return encode({ typ: "bidroom/draw-share/1", lot, person, certificate, salt, commitment, parts: digest })
}

/** What an act of a draw must be for, and over. */
export async function drawAct(before: Opening, event: Signing): Promise<{ purpose: string; subject: string }> {
  const owner = (who: string) => before.facts.notice.draw?.contributors.find(({ person }) => person === who)
  switch (event.type) {
    case "ShareRevealed":
      return { purpose: "reveal", subject: owner(event.person)?.commitment ?? "" }
    case "PartReleased":
      return { purpose: "release", subject: owner(event.of)?.parts.find(({ to }) => to === event.person)?.commitment ?? "" }
    case "ManualDrawEntered":
      return { purpose: "draw", subject: await manual(before, event.rounds, event.reason) }
    case "ManualDrawCosigned":
      return { purpose: "draw", subject: await manual(before, before.draw?.rounds ?? [], before.draw?.reason ?? "") }
  }
}

/** The digest of what host and notary both sign. */
export async function manual(
  { facts }: Opening, rounds: readonly { readonly picks: readonly number[] }[], reason: string,
): Promise<string> {
  const content = { notice: facts.notice_sha256, picks: rounds.map(({ picks }) => picks), reason }
  return hex(await sha256(encode(content as unknown as Json)))
}
