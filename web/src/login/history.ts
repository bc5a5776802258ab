/**
 * What this page has itself seen of an opening's public log, for as long as the visit lasts. Each new
 * head has to go on from the one before it, so that a history that was rewritten is noticed here,
 * and nothing is signed under it.
 */
import type { Envelope } from "../protocol.gen.ts"
import { type Bytes, concat, equal, fromHex } from "../seal/bytes.ts"
import { type Json, encode } from "../seal/canonical.ts"
import { isConsistent, isIncluded, leafHash } from "../seal/merkle.ts"
import { api } from "../ui/api.ts"
import { type Head, heldBy } from "../verify/note.ts"

/** The log contradicts itself, or what stands on the line: the one thing that must not be. */
export class Rewritten extends Error {
  readonly reason = "history_rewritten"
  constructor(what: string) {
    super(what)
    this.name = "Rewritten"
  }
}

type Told = { readonly key: string; readonly checkpoint: string }
type Proof = { readonly leaf: string; readonly salt: string | null; readonly inclusion: readonly string[]; readonly checkpoint: string }

const PATIENCE_MS = 5_000
const AGAIN_MS = 200

export class History {
  private readonly path: string
  private key: string | null = null
  private seen: Head | null = null

  constructor(opening: string) {
    this.path = `/api/openings/${encodeURIComponent(opening)}/log`
  }

  /** The newest head, held against the one seen before. Throws Rewritten, or what the machine or the line throws. */
  async look(): Promise<Head> {
    const { key, checkpoint } = await api<Told>(this.path)
    this.key ??= key // for the visit: another one would be another log
    if (key !== this.key) throw new Rewritten("another key")
    return this.follow(checkpoint)
  }

  /** Whether `envelope`, as the line brought it, stands in the log. Resolves to the head it stands under. */
  async holds(envelope: Envelope): Promise<Head> {
    if ((await this.grown(envelope.seq)) === null) throw new Error("its head is not told yet")
    const proof = await api<Proof>(`${this.path}/proof/${envelope.seq}`)
    const head = await this.follow(proof.checkpoint)
    if (proof.salt === null) throw new Rewritten("no salt")
    const leaf = await leafHash(concat(fromHex(proof.salt), encode(envelope as unknown as Json)))
    const stands = await isIncluded(envelope.seq - 1, head.size, leaf, proof.inclusion.map(fromHex), head.root)
    if (!stands) throw new Rewritten(`entry ${envelope.seq}`)
    return head
  }

  /**
   * Whether the record of `size` and `root`, which is about to be signed, is on the way of the log
   * that was seen. A log that can't be reached, or a browser that can't check it, holds nobody up:
   * only a contradiction does. Throws Rewritten.
   */
  async vouch(size: number, root: string): Promise<void> {
    try {
      const head = await this.grown(size)
      if (head !== null) await this.consistent({ ...head, size, root: fromHex(root) }, head)
    } catch (error) {
      if (error instanceof Rewritten) throw error
    }
  }

  /** A head of at least `size`: it is told within a second of the event. */
  private async grown(size: number): Promise<Head | null> {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const head = await this.look()
      if (head.size >= size) return head
      if (performance.now() > until) return null
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  private async follow(note: string): Promise<Head> {
    const head = await heldBy(note, this.key!)
    const { seen } = this
    if (seen && head.size >= seen.size) await this.consistent(seen, head)
    else if (seen) await this.consistent(head, seen) // an older answer that came late
    if (!seen || head.size > seen.size) this.seen = head
    return head
  }

  private async consistent(old: Head, head: Head): Promise<void> {
    const proof = old.size === head.size ? [] : await this.proof(old.size, head.size)
    if (!(await isConsistent(old.size, head.size, old.root, head.root, proof))) {
      throw new Rewritten(`${old.size} → ${head.size}`)
    }
    if (old.size === head.size && !equal(old.root, head.root)) throw new Rewritten("two roots of one size")
  }

  private async proof(old: number, size: number): Promise<Bytes[]> {
    const { consistency } = await api<{ consistency: readonly string[] }>(`${this.path}/consistency/${old}/${size}`)
    return consistency.map(fromHex)
  }
}

const known = new Map<string, History>()

/** What was seen of this opening's log since the page was opened. */
export function historyOf(opening: string): History {
  const found = known.get(opening) ?? new History(opening)
  known.set(opening, found)
  return found
}
