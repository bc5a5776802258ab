/**
 * 模拟解密, the rehearsal: whether this key will open that package, found out on the bidder's own
 * device from a few hundred bytes. Twin of the bidder's half of crypto/opening.py.
 */
import { type Bytes, hex, sha256 } from "./bytes.ts"
import { readHeader } from "./header.ts"
import { unwrap } from "./keyenv.ts"
import { SealRefused } from "./refused.ts"
import { SECTIONS, checkCommitment, sectionContext, sectionKey } from "./sections.ts"
import type { Key } from "./keys.ts"

/** What of a package its opening needs, whatever its size. */
export type PackageHead = {
  readonly header: Uint8Array
  readonly keyenv: Uint8Array
  readonly heads: readonly Uint8Array[] // each section's first 56 bytes
}

/** What has been done, as a person may watch it. */
export type OpeningStep = "envelope" | "unwrapped" | "committed"

/**
 * K_0 and K_1. Refuses malformed_header, keyenv_altered (another envelope than the header's, or a
 * changed one), not_a_recipient.
 */
export async function sectionKeys(key: Key, keyenv: Uint8Array, header: Uint8Array): Promise<Bytes[]> {
  const { keyenv: expected } = readHeader(header)
  if (hex(await sha256(keyenv)) !== expected) throw new SealRefused("keyenv_altered", "not the header's")
  const cek = await unwrap(keyenv, key)
  const headerHash = await sha256(header)
  return Promise.all(SECTIONS.map((_, section) => sectionKey(cek, section, headerHash)))
}

/** 模拟解密: whether `key` will open this package at the opening. Gives its keys; they stay here. */
export async function rehearse(
  key: Key,
  { header, keyenv, heads }: PackageHead,
  step: (step: OpeningStep) => void = () => {},
): Promise<Bytes[]> {
  if (heads.length !== SECTIONS.length) throw new SealRefused("section_altered", "heads")
  step("envelope")
  const keys = await sectionKeys(key, keyenv, header)
  step("unwrapped")
  for (const [section, head] of heads.entries()) await checkKey(header, section, keys[section]!, head)
  step("committed")
  return keys
}

/** Refuses wrong_key unless `key` is the one that section number `section` was sealed with. */
export async function checkKey(header: Uint8Array, section: number, key: Bytes, head: Uint8Array): Promise<void> {
  await checkCommitment(key, sectionContext(section, await sha256(header)), head)
}
