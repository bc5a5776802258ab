/** The opening: section keys and the signed statement that go over the line, and a letter read back. Twin of crypto/opening.py. */
import { LETTER_MAX, type Letter, readLetterPlain } from "./body.ts"
import { type Bytes, concat, hex, sha256 } from "./bytes.ts"
import { type OpeningStep, type PackageHead, checkKey, rehearse } from "./rehearse.ts"
import { SealRefused } from "./refused.ts"
import { HEAD, commitment, decrypt, sectionContext, sectionLength } from "./sections.ts"
import type { Key } from "./keys.ts"
import { type Signed, openStatement, signed } from "./statements.ts"

/** The letter in section 0. Refuses wrong_key; and once the commitment held, unreadable_letter. */
export async function readLetter(header: Uint8Array, key: Bytes, ciphertext: Uint8Array): Promise<Letter> {
  await checkKey(header, 0, key, ciphertext.subarray(0, HEAD))
  if (ciphertext.length > sectionLength(LETTER_MAX)) throw new SealRefused("unreadable_letter", "too long")
  const pieces: Bytes[] = []
  try {
    const context = sectionContext(0, await sha256(header))
    for await (const piece of decrypt(key, context, [ciphertext])) pieces.push(piece)
  } catch (error) {
    throw new SealRefused("unreadable_letter", (error as SealRefused).reason)
  }
  return readLetterPlain(concat(...pieces))
}

export type OpenRequest = {
  readonly opening: string
  readonly challenge: string
  readonly seal: string // SH, hex
  readonly logSize: number
  readonly logRoot: string
}

/** What crosses the line at the opening: the section keys, and the signed statement without them. */
export type Unlocking = { readonly keys: readonly string[]; readonly act: Signed }

/**
 * `opener` holds the encryption key and `signer` the signing one (with some certificates both are
 * the same). The keys are tried against the commitments first: nothing is sent that would not do.
 */
export async function unlock(
  opener: Key,
  signer: Key,
  sealed: PackageHead,
  request: OpenRequest,
  step?: (step: OpeningStep) => void,
): Promise<Unlocking> {
  const keys = await rehearse(opener, sealed, step)
  const statement = openStatement({ ...request, commitments: sealed.heads.map(commitment) })
  return { keys: keys.map(hex), act: await signed(signer, statement) }
}

