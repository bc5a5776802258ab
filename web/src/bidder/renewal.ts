/**
 * 证书更换: sealed tenders that the keys open here can't open, since they were sealed to an older one.
 *
 * The hall knows which certificates a tender was sealed to, and tells its bidder alone; which keys
 * are open only this page knows. Without an open encryption key the one that signed tells of a change.
 */
import { type Key, serves } from "../seal/keys.ts"
import { api } from "../ui/api.ts"

export type Lasting = {
  readonly fingerprint: string
  readonly usage: "sign" | "encrypt"
  readonly name: string
  readonly not_after: string
}
export type NeedsKey = {
  readonly id: string
  readonly lot: string
  readonly title: string
  readonly opens_at: string
  readonly changeable: boolean
  readonly signer: Lasting
  readonly recipients: readonly Lasting[]
  readonly old_key_kept: readonly string[]
}
export type Alarm = {
  readonly certificate: Lasting
  readonly opening: string | null
  readonly at: string
  readonly within_h: number
}
export type Certificates = {
  readonly at: string
  readonly tenders: readonly NeedsKey[]
  readonly alarms: readonly Alarm[]
}

export const certificates = () => api<Certificates>("/api/bidder/certificates")
export const keepOldKey = (id: string, certificate: string) =>
  api<{ old_key_kept: string[] }>(`/api/bidder/openings/${encodeURIComponent(id)}/old-key`, { body: { certificate } })

/** A tender that needs an older key, and the renewed certificate by which that was noticed. */
export type Endangered = { readonly tender: NeedsKey; readonly renewed: string; readonly kept: boolean }

/** `signer`: fingerprint of the certificate that the log-in was signed with. */
export function endangered(tenders: readonly NeedsKey[], keys: readonly Key[], signer: string): Endangered[] {
  const openers = keys.filter((key) => serves(key, "encrypt")).map(({ certificate }) => certificate.fingerprint)
  return tenders.flatMap((tender) => {
    const recipients = tender.recipients.map(({ fingerprint }) => fingerprint)
    if (recipients.some((one) => openers.includes(one))) return []
    const renewed = openers[0] ?? (tender.signer.fingerprint === signer ? undefined : signer)
    return renewed ? [{ tender, renewed, kept: tender.old_key_kept.includes(renewed) }] : []
  })
}
