/**
 * Whether a published record holds, from its bytes alone. Twin of bidroom/publish/verify.py: it folds
 * the entries as the pages do, asks of each whether the rules could have led to it, recomputes
 * every hash, root, signature and offer, and names the first thing that does not hold.
 */
import type { Envelope, Signed } from "../protocol.gen.ts"
import { type Opening, fold } from "../room/fold.ts"
import { type Bytes, concat, equal, fromBase64, fromHex, hex, sha256, utf8 } from "../seal/bytes.ts"
import { type Json, decode, encode } from "../seal/canonical.ts"
import { readCertificate } from "../seal/certificate.ts"
import { leafHash } from "../seal/merkle.ts"
import { Acts } from "./acts.ts"
import { RecordFails, must, trying } from "./findings.ts"
import { micros } from "./instants.ts"
import { firstUnlawful } from "./lawful.ts"
import { minutes } from "./minutes.ts"
import { heldBy } from "./note.ts"
import { isRightlyShown } from "./shown.ts"
import { type Papers, judgeTenders } from "./tenders.ts"
import { rootsOf } from "./tree.ts"
import { TrustList } from "./trust.ts"

/** What was shown: counts of things that were checked one by one. */
export type Proof = {
  readonly opening: string
  readonly phase: string
  readonly entries: number
  readonly entries_in_full: number
  readonly signatures: number
  readonly offers: number
  readonly tenders: number
  readonly log_root: string
  /** SHA-256 of the roots that everything leads to: compare them yourself. */
  readonly roots: readonly string[]
}
export type Step = { readonly done: number; readonly total: number }

type Entry = { readonly leaf: string; readonly salt: string | null; readonly envelope: Envelope }
type Contents = {
  readonly opening: string
  readonly entries: readonly Entry[]
  readonly tenders: Readonly<Record<string, Papers>>
  readonly minutes: Json
  readonly authorities: readonly string[]
  readonly crls: readonly string[]
  readonly log_key: string | null
  readonly checkpoint: string | null
  readonly log_size: number
  readonly log_root: string
}
type Published = { readonly typ: string; readonly contents: Contents; readonly hall: Signed }
type HallStatement = { typ: string; opening: string; contents: string; log_size: number; log_root: string; at: string }

const RECORD_MAX = 256 << 20
const OVER: readonly string[] = ["closed", "candidates", "awarded", "contracted", "not_opened", "terminated"]

/** Throws RecordFails. */
export async function verifyRecord(data: Uint8Array, progress: (step: Step) => void = () => {}): Promise<Proof> {
  must(data.length <= RECORD_MAX, "file", "too_large")
  const published = (await trying("file", "not_canonical", () => decode(data, RECORD_MAX))) as unknown as Published
  must(published?.typ === "bidroom/record/2" && Array.isArray(published.contents?.entries), "file", "not_a_record")
  try {
    return await checked(published, progress)
  } catch (error) {
    // A field that is missing or of another kind ends as one of JavaScript's own errors.
    throw error instanceof RecordFails ? error : new RecordFails("file", "not_a_record")
  }
}

async function checked({ contents, hall }: Published, progress: (step: Step) => void): Promise<Proof> {
  const trust = await trustOf(contents)
  const total = contents.entries.length + Object.keys(contents.tenders).length
  let done = 0
  const step = () => progress({ done: ++done, total })
  const statement = await hallStatement(contents, hall)
  const roots = await log(contents)
  const acts = new Acts(contents.opening, roots, trust)
  await acts.signed("hall", hall, statement.at)
  const opening = await replayed(contents, acts, step)
  const sealed = await judgeTenders(opening, contents.tenders, trust, step)
  must(equal(encode(contents.minutes), encode(minutes(opening))), "minutes", "minutes")
  must(OVER.includes(opening.phase), "log_size", "entries_missing")
  return {
    opening: contents.opening,
    phase: opening.phase,
    entries: contents.entries.length,
    entries_in_full: contents.entries.filter(({ salt }) => salt !== null).length,
    signatures: acts.count + sealed,
    offers: Object.values(opening.tenders).filter(({ outcome }) => outcome?.type === "ReadOut").length,
    tenders: Object.keys(opening.tenders).length,
    log_root: contents.log_root,
    roots: trust.roots.map(({ fingerprint }) => fingerprint).sort(),
  }
}

async function trustOf({ authorities, crls }: Contents): Promise<TrustList> {
  const given = await trying("authorities", "certificate", () =>
    Promise.all(authorities.map((der) => readCertificate(fromBase64(der)))),
  )
  const own = given.filter(({ issuer, subject }) => equal(issuer, subject))
  const others = given.filter((one) => !own.includes(one))
  return trying("crls", "certificate", () => new TrustList(own, others, crls.map(fromBase64)))
}

async function hallStatement(contents: Contents, { statement }: Signed): Promise<HallStatement> {
  const said = (await trying("hall", "statement", () => decode(utf8(statement), 8_000))) as unknown as HallStatement
  must(said.typ === "bidroom/published/1", "hall", "statement")
  const digest = hex(await sha256(encode(contents as unknown as Json)))
  const same = said.contents === digest && said.opening === contents.opening
  must(same && said.log_size === contents.log_size && said.log_root === contents.log_root, "hall", "hall_signed_other")
  return said
}

/** Numbers without a gap, leaves, the tree: the root after each entry, hex. */
async function log(contents: Contents): Promise<string[]> {
  const { entries, opening, log_size, log_root } = contents
  must(entries.length === log_size && log_size > 0, "log_size", "entries_missing")
  const leaves: Bytes[] = []
  let last = 0
  for (const [index, { leaf, salt, envelope }] of entries.entries()) {
    const where = `entry ${index + 1}`
    must(envelope.seq === index + 1, where, "entry_number")
    must(envelope.stream === `opening/${opening}`, where, "entry_foreign")
    const at = await trying(where, "entry_time", () => micros(envelope.at))
    must(at >= last, where, "entry_time")
    last = at
    const hash = await trying(where, "not_a_record", () => fromHex(leaf))
    if (salt !== null) {
      const salted = await trying(where, "not_a_record", () => concat(fromHex(salt), encode(envelope as unknown as Json)))
      must(equal(await leafHash(salted), hash), where, "entry_leaf")
    }
    leaves.push(hash)
  }
  const roots = (await rootsOf(leaves)).map(hex)
  must(roots.at(-1) === log_root, "log_root", "log_root")
  await checkpoint(contents, roots)
  return roots
}

/** The head that the hall signed for everybody to see is that of these entries. */
async function checkpoint({ log_key, checkpoint: note, log_size }: Contents, roots: readonly string[]): Promise<void> {
  must((log_key === null) === (note === null), "checkpoint", "checkpoint")
  if (log_key === null || note === null) return
  const head = await trying("checkpoint", "signature", () => heldBy(note, log_key))
  must(head.size === log_size && hex(head.root) === roots.at(-1), "checkpoint", "checkpoint")
}

async function replayed(contents: Contents, acts: Acts, step: () => void): Promise<Opening> {
  let opening: Opening | null = null
  for (const [index, { envelope }] of contents.entries.entries()) {
    const where = `entry ${envelope.seq} (${envelope.event.type})`
    must(isRightlyShown(opening, contents.entries, index), where, "entry_withheld")
    await acts.judge(where, opening, envelope)
    opening = fold(opening, envelope)
    step()
  }
  const record = contents.entries.map(({ envelope }) => envelope)
  const unlawful = firstUnlawful(record)
  must(unlawful === 0, `entry ${unlawful} (${record[unlawful - 1]?.event.type})`, "against_the_rules")
  must(opening !== null, "log_size", "entries_missing")
  const { facts } = opening!
  must(hex(await sha256(encode(facts.notice as unknown as Json))) === facts.notice_sha256, "notice", "notice")
  must(facts.notice.lot === contents.opening, "notice", "entry_foreign")
  return opening!
}
