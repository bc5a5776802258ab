/**
 * Sealing a tender: a letter and files go in, what is uploaded comes out. Twin of crypto/seal.py.
 *
 * Files are read in pieces, twice (their digests stand in front of them), and the ciphertext is
 * written out as it comes: memory does not grow with the tender.
 */
import { type FileIn, type IndexEntry, type Letter, bodyPlain, indexOf, letterPlain } from "./body.ts"
import { type Bytes, hex, sha256 } from "./bytes.ts"
import { cadesSign } from "./cades.ts"
import { type Certificate, checkCertificate } from "./certificate.ts"
import { type Facts, SUITE, writeHeader, writeManifest } from "./header.ts"
import { type Entropy, fromBrowser, wrap } from "./keyenv.ts"
import { LeafBuffer, PART, root } from "./merkle.ts"
import { SealRefused } from "./refused.ts"
import { HEAD, SALT, encrypt, sectionContext, sectionKey } from "./sections.ts"
import type { Key } from "./keys.ts"
import { type Spill, blobSpill } from "./spill.ts"

export type Sealing = {
  readonly letter: Letter
  readonly files: readonly FileIn[]
  readonly facts: Facts
  readonly signer: Key
  readonly recipients: readonly Certificate[]
  readonly at: Date // by the hall's clock
}

export type SealedSection = {
  readonly ciphertext: Blob
  readonly length: number
  readonly root: string // hex
  readonly leaves: readonly string[] // hash of each part of 1 MiB, hex
  readonly head: Bytes // the first 56 bytes
}

export type Sealed = {
  readonly header: Bytes
  readonly headerHash: string // HH, hex
  readonly keyenv: Bytes
  readonly sealJson: Bytes
  readonly sealHash: string // SH, hex: the package's digest in receipts and in the record
  readonly sealP7s: Bytes
  readonly sections: readonly [SealedSection, SealedSection]
  readonly index: readonly IndexEntry[]
}

export type Progress = { readonly step: "digesting" | "encrypting" | "signing"; readonly done: number; readonly total: number }

export type Means = {
  readonly entropy?: Entropy
  readonly spill?: (section: number) => Promise<Spill> | Spill
  readonly progress?: (progress: Progress) => void
  /** Ends the work with its reason, between two pieces. */
  readonly signal?: AbortSignal
}

/** Refuses wrong_suite, malformed_body, too_large, malformed_keyenv, certificate_*, not_canonical. */
export async function seal(sealing: Sealing, means: Means = {}): Promise<Sealed> {
  const { facts, signer, recipients, at, files } = sealing
  const entropy = means.entropy ?? fromBrowser
  if (facts.suite !== SUITE) throw new SealRefused("wrong_suite", facts.suite)
  checkCertificate(signer.certificate, "sign", at)
  for (const recipient of recipients) checkCertificate(recipient, "encrypt", at)

  const letter = letterPlain(sealing.letter)
  const index = await indexOf(files, counting("digesting", files, means))
  const cek = entropy(32)
  const keyenv = await wrap(cek, recipients, entropy)
  const header = writeHeader({
    ...facts,
    package: hex(entropy(16)),
    signer: signer.certificate.fingerprint,
    recipients: recipients.map(({ fingerprint }) => fingerprint),
    keyenv: hex(await sha256(keyenv)),
  })
  const headerHash = await sha256(header)
  const sections = await encrypted(sealing, means, [letter], index, cek, headerHash)
  const sealJson = writeManifest({
    header: hex(headerHash),
    sections: sections.map(({ length, root: hash }) => ({ len: length, root: hash })),
  })
  means.progress?.({ step: "signing", done: 0, total: 0 }) // a token's holder may have to agree
  return {
    header,
    headerHash: hex(headerHash),
    keyenv,
    sealJson,
    sealHash: hex(await sha256(sealJson)),
    sealP7s: await cadesSign(signer, sealJson, at, recipients),
    sections,
    index,
  }
}

/** Both sections, or nothing left of either. */
async function encrypted(
  { files }: Sealing,
  means: Means,
  letter: readonly Bytes[],
  index: readonly IndexEntry[],
  cek: Bytes,
  headerHash: Bytes,
): Promise<[SealedSection, SealedSection]> {
  const entropy = means.entropy ?? fromBrowser
  const body = bodyPlain(index, files, counting("encrypting", files, means))
  const spills: Spill[] = []
  const sealed = async (number: number, plain: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => {
    const spill = await (means.spill ?? blobSpill)(number)
    spills.push(spill)
    const key = await sectionKey(cek, number, headerHash)
    return section(encrypt(key, sectionContext(number, headerHash), entropy(SALT), plain), spill)
  }
  try {
    return [await sealed(0, letter), await sealed(1, body)]
  } catch (error) {
    await Promise.all(spills.map((spill) => spill.discard()))
    throw error
  }
}

/** Writes ciphertext out in parts of 1 MiB, and keeps what is known of it. */
async function section(pieces: AsyncIterable<Bytes>, spill: Spill): Promise<SealedSection> {
  const leaves: Bytes[] = []
  let head: Bytes | undefined
  let length = 0
  // One buffer for all parts: what is made anew for each piece piles up faster than it is swept.
  const part = new LeafBuffer(PART)
  const flush = async () => {
    head ??= part.bytes.slice(0, HEAD)
    length += part.filled
    leaves.push(await part.hash())
    await spill.write(part.bytes)
    part.filled = 0
  }
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      at += part.take(piece.subarray(at))
      if (part.filled === PART) await flush()
    }
  }
  if (part.filled) await flush()
  return {
    ciphertext: await spill.finish(),
    length,
    root: hex(await root(leaves)),
    leaves: leaves.map(hex),
    head: head!,
  }
}

function counting(step: Progress["step"], files: readonly FileIn[], { progress, signal }: Means): (bytes: number) => void {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  return (bytes) => {
    signal?.throwIfAborted()
    done += bytes
    progress?.({ step, done, total })
  }
}

