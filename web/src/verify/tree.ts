/** The roots that a log had on its way: RFC 9162 over leaves that only ever grow at the end. */
import { type Bytes, concat, sha256 } from "../seal/bytes.ts"

const NODE = Uint8Array.of(1)

/** The root after each leaf: roots[n - 1] is that of the first n. */
export async function rootsOf(leaves: readonly Bytes[]): Promise<Bytes[]> {
  const roots: Bytes[] = []
  const peaks: Bytes[] = [] // roots of complete subtrees, the largest first
  for (const [index, leaf] of leaves.entries()) {
    peaks.push(leaf)
    for (let size = index + 1; size % 2 === 0; size /= 2) {
      const right = peaks.pop()!
      peaks.push(await node(peaks.pop()!, right))
    }
    let root = peaks.at(-1)!
    for (const left of peaks.slice(0, -1).reverse()) root = await node(left, root)
    roots.push(root)
  }
  return roots
}

const node = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(concat(NODE, left, right))
