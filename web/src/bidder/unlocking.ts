/** Rehearsing and decrypting one's own tender, with every step told as it is done. */
import { challenge } from "../login/session.ts"
import { key, keys } from "../login/keys.ts"
import { fromBase64, hex, sha256 } from "../seal/bytes.ts"
import { readHeader } from "../seal/header.ts"
import { unwrap } from "../seal/keyenv.ts"
import { type Unlocking, unlock } from "../seal/open.ts"
import { rehearse } from "../seal/rehearse.ts"
import { SealRefused } from "../seal/refused.ts"
import { type Key, serves } from "../seal/keys.ts"
import { type Package, drilled, drillWord, ownPackage, rehearsed } from "./desk.ts"

export const STEPS = ["fetched", "envelope", "unwrapped", "committed", "signed", "sent", "opened"] as const
export type Step = (typeof STEPS)[number]

/**
 * The key that `header` names as a recipient. It may have run out since: what was sealed to it is
 * still to be opened with it.
 */
export function openerFor(header: Uint8Array): Key {
  const { recipients } = readHeader(header)
  const own = keys.value.find((one) => serves(one, "encrypt") && recipients.includes(one.certificate.fingerprint))
  if (!own) throw new SealRefused("not_a_recipient", "none of the open certificates")
  return own
}

/** Tries what the hall holds, and tells the hall how it went. */
export async function rehearseHeld(opening: string): Promise<void> {
  const held = await ownPackage(opening)
  try {
    await rehearse(openerFor(held.header), held)
  } catch (no) {
    await rehearsed(opening, false)
    throw no
  }
  await rehearsed(opening, true)
}

/** 开箱自检: unwraps the hall's word, and says it, or that it couldn't. */
export async function drillHeld(opening: string): Promise<void> {
  const { header } = await ownPackage(opening)
  const { drill, keyenv } = await drillWord(opening)
  let word: string | null = null
  try {
    word = hex(await unwrap(fromBase64(keyenv), openerFor(header)))
  } finally {
    await drilled(opening, drill, word)
  }
}

/** What goes over the line: section keys and the signed statement. The keys were tried before. */
export async function unlocking(
  opening: string,
  at: Date,
  done: (step: Step) => void,
  fetched?: Package,
): Promise<Unlocking> {
  const held = fetched ?? (await ownPackage(opening))
  const given = await challenge("open", opening)
  done("fetched")
  const opener = openerFor(held.header)
  const request = {
    opening,
    challenge: given.nonce,
    seal: hex(await sha256(held.seal)),
    logSize: given.log_size,
    logRoot: given.log_root,
  }
  const made = await unlock(opener, key("sign", at), held, request, done)
  done("signed")
  return made
}
