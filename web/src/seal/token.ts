/**
 * Talking to the program for tokens on this machine (`bidroom token`, or a maker's own):
 * `bidroom/token/1`, docs/ukey.md. From a page and from a worker alike.
 *
 * It asks its holder by itself for the PIN and for leave to sign, so an answer may take minutes.
 */
import { base64, fromBase64 } from "./bytes.ts"
import type { Bytes } from "./bytes.ts"
import { type Certificate, readCertificate } from "./certificate.ts"
import type { Recipient } from "./recipient.ts"
import { REASONS, SealRefused, type SealReason } from "./refused.ts"

/** A key on a token: what it does is asked of the program at `address`, with the page's own leave to use it. */
export type TokenKey = {
  readonly tag: "token"
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
  readonly address: string
  readonly session: string
  readonly id: string
  readonly algorithms: readonly string[]
}

export type Plugged = {
  readonly id: string
  readonly label: string
  readonly maker: string
  readonly pin: "good" | "low" | "last_try" | "locked" | "unset"
}

export const PROTOCOL = "bidroom/token/1"
const SIGNS = ["ecdsa-p256-sha256", "rsa-pkcs1-sha256", "sm2-sm3"]
// What browsers call the leave to reach this machine: of its own, or with the local network's.
const LEAVES = ["loopback-network", "local-network-access"]

/**
 * What happens between the page and the program: "asked" and "answered" around every use of a key,
 * for its holder may have to agree meanwhile; and a Gone where a session is over.
 */
export const happening = new EventTarget()

/** The token was pulled out, or shut: keys of this session do nothing any more. */
export class Gone extends Event {
  readonly session: string
  constructor(session: string) {
    super("gone")
    this.session = session
  }
}

/** Tells the page that keys are gone, if that is what `no` says of `session`. */
export function noteGone(no: unknown, session: string): void {
  const gone = no instanceof SealRefused && (no.reason === "token_shut" || no.reason === "token_missing")
  if (gone) happening.dispatchEvent(new Gone(session))
}

/** What is plugged in. Refuses token_unreachable, token_forbidden, token_foreign. */
export async function plugged(address: string): Promise<readonly Plugged[]> {
  const said = await ask<{ protocol: string; tokens: Plugged[] }>(address, "info", {})
  if (said.protocol !== PROTOCOL) throw new SealRefused("token_failed", String(said.protocol).slice(0, 40))
  return said.tokens
}

/** The keys of a token whose PIN its holder gives. Refuses pin_*, token_*. */
export async function openToken(address: string, token: string): Promise<TokenKey[]> {
  type Key = { id: string; certificate: string; chain: string[]; algorithms: string[] }
  const { session, keys } = await ask<{ session: string; keys: Key[] }>(address, "open", { token })
  return Promise.all(
    keys.map(async ({ id, certificate, chain, algorithms }) => ({
      tag: "token",
      certificate: await readCertificate(fromBase64(certificate)),
      chain: await Promise.all(chain.map((one) => readCertificate(fromBase64(one)))),
      address,
      session,
      id,
      algorithms,
    })),
  )
}

/** Gives the leave back; a program that is gone needs none. */
export async function shutToken({ address, session }: TokenKey): Promise<void> {
  await ask(address, "close", { session }).catch(() => undefined)
}

/** `about`: the text that signed attributes are about. Refuses not_agreed, not_for_signing, token_*. */
export async function tokenSign(key: TokenKey, data: Uint8Array, about?: Uint8Array): Promise<Bytes> {
  const algorithm = key.algorithms.find((one) => SIGNS.includes(one))
  if (!algorithm) throw new SealRefused("certificate_wrong_usage", "no signing key")
  const what = { session: key.session, key: key.id, algorithm, data: base64(data) }
  const whole = about ? { ...what, content: base64(about) } : what
  const { signature } = await used<{ signature: string }>(key, "sign", whole)
  return fromBase64(signature)
}

/** What `recipient` holds. Refuses keyenv_altered, key_unsuited, token_*. */
export async function tokenUnwrap(key: TokenKey, recipient: Recipient): Promise<Bytes> {
  const what = { session: key.session, key: key.id, recipient: base64(recipient.der) }
  return fromBase64((await used<{ key: string }>(key, "unwrap", what)).key)
}

async function used<Answer>(key: TokenKey, name: string, what: object): Promise<Answer> {
  happening.dispatchEvent(new Event("asked"))
  try {
    return await ask<Answer>(key.address, name, what)
  } catch (no) {
    noteGone(no, key.session)
    throw no
  } finally {
    happening.dispatchEvent(new Event("answered"))
  }
}

async function ask<Answer>(address: string, name: string, body: object): Promise<Answer> {
  try {
    const response = await fetch(`${address}/v1/${name}`, {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    })
    const said = (await response.json()) as Answer & { error?: string; detail?: string }
    if (!response.ok) throw new SealRefused(reasonOf(said.error), said.detail || said.error)
    return said
  } catch (fault) {
    throw fault instanceof SealRefused ? fault : new SealRefused(await whyUnreachable(address))
  }
}

function reasonOf(error: string | undefined): SealReason {
  return REASONS.find((one) => one === error) ?? "token_failed"
}

/** A browser tells a page nothing but that it failed: forbidden, not running, or running for others. */
async function whyUnreachable(address: string): Promise<SealReason> {
  for (const name of LEAVES) {
    const leave = await navigator.permissions?.query({ name: name as PermissionName }).catch(() => undefined)
    if (leave?.state === "denied") return "token_forbidden"
  }
  try {
    await fetch(`${address}/`, { mode: "no-cors", credentials: "omit", cache: "no-store" }) // its answer can't be read
    return "token_foreign"
  } catch {
    return "token_unreachable"
  }
}
