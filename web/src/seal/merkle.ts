/** The Merkle tree of RFC 9162 over SHA-256: leaves, roots, and proofs checked. */
import { type Bytes, concat, equal, sha256 } from "./bytes.ts"

/** Bytes of ciphertext under one leaf: what is uploaded and checked at once. */
export const PART = 1 << 20

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Bytes of one leaf as they come, before which stands what tells a leaf from a node: hashed without a copy. */
export class LeafBuffer {
  filled = 0
  private readonly whole: Bytes

  constructor(size: number) {
    this.whole = new Uint8Array(1 + size)
    this.whole[0] = LEAF[0]!
  }

  get bytes(): Bytes {
    return this.whole.subarray(1, 1 + this.filled)
  }

  /** How many of `bytes` it took. */
  take(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.whole.length - 1 - this.filled)
    this.whole.set(taken, 1 + this.filled)
    this.filled += taken.length
    return taken.length
  }

  hash(): Promise<Bytes> {
    return sha256(this.whole.subarray(0, 1 + this.filled))
  }
}

export const leafHash = (data: Uint8Array): Promise<Bytes> => sha256(LEAF, data)
const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Bytes> => sha256(NODE, left, right)

/** The root over `leaves` (their hashes), RFC 9162 §2.1.1. */
export async function root(leaves: readonly Uint8Array[]): Promise<Bytes> {
  if (leaves.length === 0) return sha256(new Uint8Array())
  let level = leaves.slice()
  while (level.length > 1) {
    const pairs = Array.from({ length: level.length >> 1 }, (_, at) =>
      nodeHash(level[at * 2]!, level[at * 2 + 1]!),
    )
    const above: Uint8Array[] = await Promise.all(pairs)
    // One without a sibling goes up as it is, which splits every width where RFC 9162 splits it.
    if (level.length % 2) above.push(level.at(-1)!)
    level = above
  }
  return concat(level[0]!)
}

/** Whether `leaf` (its hash) is number `index` in the tree of `size` with `expected` as its root (§2.1.3.2). */
export async function isIncluded(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  expected: Uint8Array,
): Promise<boolean> {
  if (!(index >= 0 && index < size)) return false
  let place = index
  let last = size - 1
  let node = leaf
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return false
    if (place % 2 || place === last) {
      node = await nodeHash(sibling, node)
      while (place % 2 === 0 && place) [place, last] = [half(place), half(last)]
    } else {
      node = await nodeHash(node, sibling)
    }
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && equal(node, expected)
}

/** Whether the tree of `newSize` begins with the tree of `oldSize` (§2.1.4.2). */
export async function isConsistent(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  if (!(oldSize >= 0 && oldSize <= newSize) || proof.some((node) => node.length !== 32)) return false
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot)
  if (oldSize === 0) return proof.length === 0 && equal(oldRoot, await root([]))
  const path = Number.isInteger(Math.log2(oldSize)) ? [oldRoot, ...proof] : proof
  if (path.length === 0) return false
  let place = oldSize - 1
  let last = newSize - 1
  while (place % 2) [place, last] = [half(place), half(last)]
  let first = path[0]!
  let second = path[0]!
  for (const sibling of path.slice(1)) {
    if (last === 0) return false
    if (place % 2 || place === last) {
      ;[first, second] = [await nodeHash(sibling, first), await nodeHash(sibling, second)]
      while (place % 2 === 0 && place) [place, last] = [half(place), half(last)]
    } else {
      second = await nodeHash(second, sibling)
    }
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && equal(first, oldRoot) && equal(second, newRoot)
}

const half = (size: number): number => Math.floor(size / 2)
