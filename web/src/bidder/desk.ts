/** What a bidder asks of the hall over HTTP, and the shapes of its answers (docs/protocol.md). */
import type { OpeningScheduled } from "../protocol.gen.ts"
import type { Phase } from "../room/fold.ts"
import { fromBase64 } from "../seal/bytes.ts"
import type { Bytes } from "../seal/bytes.ts"
import type { PackageHead } from "../seal/rehearse.ts"
import type { Signed } from "../seal/statements.ts"
import { api } from "../ui/api.ts"

/** What I have done for a lot; nobody else is in it. */
export type Mine = {
  readonly state: "none" | "uploading" | "received" | "withdrawn"
  readonly version: number
  readonly received_at: string | null
  readonly seal: string | null
  readonly signed_in_at: string | null
  readonly rehearsed_at: string | null
  readonly rehearsal_ok: boolean | null
  readonly sealed_under_old_notice: boolean
  readonly drills: readonly Drill[]
}

/** 开箱自检, a day and an hour before the deadline: whether one still holds the key. */
export type Drill = {
  readonly mark: "day" | "hour"
  readonly due_at: string
  readonly standing: "to_come" | "due" | "done" | "failed" | "missed"
  readonly at: string | null
}

export type Row = {
  readonly id: string
  readonly lot: string
  readonly title: string
  readonly project: string
  readonly opens_at: string
  readonly phase: Phase
  readonly due_at: string | null
  readonly mine: Mine
}

export type Lot = {
  readonly at: string
  readonly id: string
  readonly facts: OpeningScheduled
  readonly opens_at: string
  readonly phase: Phase
  readonly mine: Mine
}

/** The hall's signed word for what it received or gave back. */
/** `stamp`: base64 of a TimeStampResp over the statement (RFC 3161), once it has come. */
export type Receipt = Signed & { readonly kind?: "received" | "withdrawn"; readonly version?: number; readonly stamp?: string | null }

export type Values = Readonly<Record<string, number | string>>
export type OwnOffer = { readonly offer?: { readonly values: Values }; readonly unreadable?: string }

const one = (id: string) => `/api/bidder/openings/${encodeURIComponent(id)}`

export const openings = () => api<{ at: string; openings: Row[] }>("/api/bidder/openings")
export const lot = (id: string) => api<Lot>(one(id))
export const signIn = (id: string) => api<{ mine: Mine }>(`${one(id)}/sign-in`, { body: {} })
export const drillWord = (id: string) => api<{ drill: string; keyenv: string }>(`${one(id)}/drill`, { body: {} })
export const drilled = (id: string, drill: string, word: string | null) =>
  api<{ mine: Mine }>(`${one(id)}/drilled`, { body: { drill, word } })
export const rehearsed = (id: string, ok: boolean) => api<{ mine: Mine }>(`${one(id)}/rehearsed`, { body: { ok } })
export const receipts = async (id: string) => (await api<{ receipts: Receipt[] }>(`${one(id)}/receipts`)).receipts
export const ownOffer = (id: string) => api<OwnOffer>(`${one(id)}/offer`)
export const withdraw = (id: string, act: Signed) =>
  api<{ receipt: Receipt; mine: Mine }>(`${one(id)}/withdraw`, { body: { act } })

export type Package = PackageHead & { readonly seal: Bytes }

export async function ownPackage(id: string): Promise<Package> {
  type Said = { header: string; keyenv: string; seal: string; heads: string[] }
  const { header, keyenv, seal, heads } = await api<Said>(`${one(id)}/package`)
  return {
    header: fromBase64(header),
    keyenv: fromBase64(keyenv),
    seal: fromBase64(seal),
    heads: heads.map(fromBase64),
  }
}

/** A JSON file for the person to keep. */
export function save(name: string, value: unknown): void {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: "application/json" }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
