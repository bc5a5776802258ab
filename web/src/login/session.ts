/** Who is logged in, logging in and out, and the signing of acts by whoever it is. */
import { shallowRef } from "vue"
import { base64 } from "../seal/bytes.ts"
import type { Key } from "../seal/keys.ts"
import { type Purpose, type Signed, act as composed, signed } from "../seal/statements.ts"
import { ApiError, api } from "../ui/api.ts"
import { historyOf } from "./history.ts"
import { forget, holder, key, keys } from "./keys.ts"

export type Me = {
  readonly role: "agent" | "supervisor" | "notary" | "bidder"
  readonly id: string
  readonly name: string
  readonly certificate: string
  readonly not_after: string
}

/** What an act is signed over, besides what it is about. */
export type Challenge = {
  readonly nonce: string
  readonly issued: number
  readonly expires: number
  readonly origin: string
}
export type ActChallenge = Challenge & { readonly account: string; readonly log_size: number; readonly log_root: string }

/** Whose page the console is: everybody but bidders. */
export const isStaff = (role: Me["role"] | undefined): boolean => role !== undefined && role !== "bidder"

export const me = shallowRef<Me | null>(null)

/** Whose cookie this browser still has, if anybody's. */
export async function recall(): Promise<Me | null> {
  try {
    me.value = await api<Me>("/api/me")
  } catch (fault) {
    if (!(fault instanceof ApiError) || fault.status !== 401) throw fault
    me.value = null
  }
  return me.value
}

/** A signed challenge: no password leaves the device. */
export async function logIn(opened: readonly Key[]): Promise<Me> {
  const given = await api<Challenge>("/api/login/challenge", { body: {} })
  keys.value = opened
  try {
    const signer = key("sign", new Date(given.issued))
    const act = await signedAct(signer, given, "login", holder(signer), "", "")
    const chain = signer.chain.map(({ der }) => base64(der))
    me.value = await api<Me>("/api/login", { body: { act, chain } })
    return me.value
  } catch (fault) {
    forget()
    throw fault
  }
}

/** Whether `fault` says that the log-in is over; then nobody is logged in any more. */
export function isOver(fault: unknown): boolean {
  const over = fault instanceof ApiError && fault.status === 401
  if (over) me.value = null
  return over
}

export async function logOut(): Promise<void> {
  forget()
  me.value = null
  await api("/api/logout", { body: {} })
}

/** What is about to be signed over: only a record that goes on from what this page has seen. Throws Rewritten. */
export async function challenge(purpose: Purpose, opening: string): Promise<ActChallenge> {
  const given = await api<ActChallenge>("/api/challenge", { body: { purpose, opening } })
  await historyOf(opening).vouch(given.log_size, given.log_root)
  return given
}

/** An act of the person logged in over a fresh challenge; `subject` is the SHA-256 of what is agreed to. */
export async function act(purpose: Purpose, opening: string, subject: string): Promise<Signed> {
  const given = await challenge(purpose, opening)
  return signedAct(key("sign", new Date(given.issued)), given, purpose, given.account, opening, subject)
}

function signedAct(
  signer: Key,
  given: Challenge & Partial<Pick<ActChallenge, "log_size" | "log_root">>,
  purpose: Purpose,
  account: string,
  opening: string,
  subject: string,
): Promise<Signed> {
  const statement = composed({
    origin: location.origin, // ours and not the one we were told: a page elsewhere can't pass this on
    purpose,
    account,
    certificate: signer.certificate.fingerprint,
    opening,
    nonce: given.nonce,
    issued: given.issued,
    expires: given.expires,
    subject,
    log_size: given.log_size ?? 0,
    log_root: given.log_root ?? "",
  })
  return signed(signer, statement)
}
