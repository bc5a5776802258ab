/** The sealed letters: each opens, with the published key, to what was read out. */
import type { ReadOut, Unreadable } from "../protocol.gen.ts"
import type { Opening } from "../room/fold.ts"
import { type Bytes, equal, fromBase64, fromHex, hex, sha256 } from "../seal/bytes.ts"
import { encode } from "../seal/canonical.ts"
import { readHeader, readManifest } from "../seal/header.ts"
import { PART, leafHash, root } from "../seal/merkle.ts"
import { readLetter } from "../seal/open.ts"
import { checkKey } from "../seal/rehearse.ts"
import { SealRefused } from "../seal/refused.ts"
import { HEAD } from "../seal/sections.ts"
import { instant } from "./acts.ts"
import { cadesSigner } from "./cades.ts"
import { RecordFails, must, trying } from "./findings.ts"
import { readOffer } from "./offer.ts"
import type { TrustList } from "./trust.ts"

/** As a record has them, in base64. */
export type Papers = { readonly header: string; readonly seal: string; readonly signature: string; readonly letter: string }

/** How many signatures were looked at. */
export async function judgeTenders(
  opening: Opening,
  papers: Readonly<Record<string, Papers>>,
  trust: TrustList,
  step: () => void,
): Promise<number> {
  const read = Object.entries(opening.tenders).filter(([, { outcome }]) => outcome !== null && outcome.type !== "LeftSealed")
  const named = read.map(([who]) => who).sort()
  must(JSON.stringify(Object.keys(papers).sort()) === JSON.stringify(named), "tenders", "tenders")
  for (const [who, { outcome }] of read) {
    await judgeTender(opening, who, outcome as ReadOut | Unreadable, papers[who]!, trust)
    step()
  }
  return read.length
}

async function judgeTender(opening: Opening, who: string, outcome: ReadOut | Unreadable, papers: Papers, trust: TrustList): Promise<void> {
  const where = `tender ${who}`
  const { sealed } = opening.tenders[who]!
  const [header, seal, signature, letter] = await trying(where, "not_a_record", () =>
    [papers.header, papers.seal, papers.signature, papers.letter].map(fromBase64) as [Bytes, Bytes, Bytes, Bytes],
  )
  must(hex(await sha256(seal)) === sealed.seal, where, "package")
  await trying(where, "package", async () => {
    const { header: named, sections } = readManifest(seal)
    const [first] = sections
    const parts = Array.from({ length: Math.ceil(letter.length / PART) }, (_, at) => letter.subarray(at * PART, (at + 1) * PART))
    must(hex(await sha256(header)) === named && letter.length === first!.len, where, "package")
    must(hex(await root(await Promise.all(parts.map(leafHash)))) === first!.root, where, "package")
    const { bidder, notice } = readHeader(header)
    must(bidder === who && notice === opening.facts.notice_sha256, where, "package")
  })
  const signer = await trying(where, "signature", () => cadesSigner(signature, seal))
  must(signer.certificate.creditCode === who, where, "signed_by_another")
  await trying(where, "certificate", () => trust.check(signer.certificate, signer.certificates, "sign", instant(sealed.received_at)))
  const key = await trying(where, "not_a_record", () => fromHex(outcome.letter_key))
  await trying(where, "letter_key", () => checkKey(header, 0, key, letter.subarray(0, HEAD)))
  must(await saysSo(opening, outcome, header, key, letter), where, "offer")
}

/** Whether the letter says what was read out; or can't be read, and was called unreadable. */
async function saysSo(opening: Opening, outcome: ReadOut | Unreadable, header: Bytes, key: Bytes, letter: Bytes): Promise<boolean> {
  try {
    const offer = readOffer(opening.facts.notice, await readLetter(header, key, letter))
    if (offer === null) return outcome.type === "Unreadable"
    return outcome.type === "ReadOut" && equal(encode(offer), encode(outcome.offer.values))
  } catch (error) {
    if (error instanceof RecordFails || !(error instanceof SealRefused)) throw error
    return outcome.type === "Unreadable"
  }
}
