/**
 * What of a certificate and of a CRL tells whether a path holds: who issued it, under which
 * signature, and what it lets its holder do (RFC 5280). As much as crypto/trust.py looks at.
 */
import { type Bytes, equal, hex } from "../seal/bytes.ts"
import type { Certificate } from "../seal/certificate.ts"
import { DerError, type Node, TAG, as, bits, child, oid, read, time } from "../seal/der.ts"

/** Something signed by an authority: the bytes, and the signature over them. */
export type Issued = {
  readonly tbs: Bytes
  readonly algorithm: string // OID of the signature's algorithm
  readonly signature: Bytes
}

/** What a certificate says about issuing others. */
export type Powers = {
  readonly ca: boolean
  readonly pathLength: number | null // null: any
  readonly signsCertificates: boolean
  readonly signsCrls: boolean
  readonly understood: boolean // no critical extension that we don't know
}

export type Crl = Issued & {
  readonly issuer: Bytes // DER of the Name
  readonly thisUpdate: Date
  readonly nextUpdate: Date | null
  /** Since when, by the DER of the serial number in hex. */
  readonly revoked: ReadonlyMap<string, Date>
  readonly plain: boolean // nothing critical in it
}

const BASIC_CONSTRAINTS = "2.5.29.19"
const KEY_USAGE = "2.5.29.15"
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, KEY_USAGE, "2.5.29.37", "2.5.29.17", "2.5.29.32"])
const BOOLEAN = 0x01
const EXTENSIONS = 0xa3
const CRL_EXTENSIONS = 0xa0
const KEY_CERT_SIGN = 5 // bits of KeyUsage, counted from the left
const CRL_SIGN = 6

export function issuedOf({ der }: Certificate): Issued {
  return issued(as(read(der), TAG.SEQUENCE))
}

export function powersOf({ der }: Certificate): Powers {
  const body = child(as(read(der), TAG.SEQUENCE), 0, TAG.SEQUENCE)
  const extensions = extensionsOf(body.inside.find(({ tag }) => tag === EXTENSIONS))
  const constraints = extensions.find(({ id }) => id === BASIC_CONSTRAINTS)
  const usage = extensions.find(({ id }) => id === KEY_USAGE)
  const [first, second] = constraints ? as(read(constraints.value), TAG.SEQUENCE).inside : []
  const ca = first?.tag === BOOLEAN && first.content[0] !== 0
  const flags = usage ? as(read(usage.value), TAG.BIT_STRING).content.slice(1) : new Uint8Array()
  const has = (bit: number) => Boolean((flags[bit >> 3] ?? 0) & (0x80 >> (bit & 7)))
  return {
    ca,
    pathLength: ca && second ? Number(whole(as(second, TAG.INTEGER))) : null,
    signsCertificates: has(KEY_CERT_SIGN),
    signsCrls: has(CRL_SIGN),
    understood: extensions.every(({ id, critical }) => !critical || UNDERSTOOD.has(id)),
  }
}

/** A CRL in DER. Throws DerError. */
export function readCrl(der: Uint8Array): Crl {
  const whole = as(read(der), TAG.SEQUENCE)
  const body = child(whole, 0, TAG.SEQUENCE)
  const fields = body.inside[0]?.tag === TAG.INTEGER ? body.inside.slice(1) : body.inside
  const [, issuer, thisUpdate, ...rest] = fields as [Node, Node, Node, ...Node[]]
  const isTime = (node: Node | undefined): node is Node => node?.tag === TAG.UTC_TIME || node?.tag === TAG.GENERALIZED_TIME
  const nextUpdate = isTime(rest[0]) ? time(rest.shift()!) : null
  const entries = rest[0]?.tag === TAG.SEQUENCE ? rest.shift()!.inside : []
  return {
    ...issued(whole),
    issuer: as(issuer, TAG.SEQUENCE).der,
    thisUpdate: time(thisUpdate),
    nextUpdate,
    revoked: new Map(entries.map((one) => [hex(child(one, 0, TAG.INTEGER).der), time(one.inside[1]!)])),
    plain: extensionsOf(rest.find(({ tag }) => tag === CRL_EXTENSIONS)).every(({ critical }) => !critical),
  }
}

export const revokedSince = (crl: Crl, serial: Bytes): Date | null => crl.revoked.get(hex(serial)) ?? null

function issued(whole: Node): Issued {
  const body = child(whole, 0, TAG.SEQUENCE)
  const algorithm = child(whole, 1, TAG.SEQUENCE)
  // The algorithm stands inside what is signed as well, and the two have to be the same (§4.1.1.2).
  if (!body.inside.some(({ der }) => equal(der, algorithm.der))) throw new DerError("another algorithm")
  return { tbs: body.der, algorithm: oid(child(algorithm, 0, TAG.OID)), signature: bits(child(whole, 2, TAG.BIT_STRING)) }
}

function extensionsOf(holder: Node | undefined): { id: string; critical: boolean; value: Bytes }[] {
  const all = holder ? child(holder, 0, TAG.SEQUENCE).inside : []
  const found = all.map((one) => ({
    id: oid(child(one, 0, TAG.OID)),
    critical: one.inside[1]?.tag === BOOLEAN && one.inside[1].content[0] !== 0,
    value: as(one.inside.at(-1)!, TAG.OCTET_STRING).content,
  }))
  if (new Set(found.map(({ id }) => id)).size !== found.length) throw new DerError("an extension twice")
  return found
}

function whole({ content }: Node): bigint {
  return content.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}
