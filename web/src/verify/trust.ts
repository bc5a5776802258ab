/**
 * Whether a certificate was good at a given time: path to a root that is trusted, usage, validity,
 * revocation (RFC 5280 §6). Twin of crypto/trust.py, and held to the same vectors.
 */
import { equal } from "../seal/bytes.ts"
import { type Certificate, OID_EC, OID_P256, OID_RSA, type Usage, checkCertificate } from "../seal/certificate.ts"
import { TAG, child, oid, read } from "../seal/der.ts"
import { SealRefused } from "../seal/refused.ts"
import { plainSignature, verify } from "../seal/signature.ts"
import { type Crl, type Issued, type Powers, issuedOf, powersOf, readCrl, revokedSince } from "./x509.ts"

/** How recent the news about revocation were, at the worst place of the path. */
export type News = "fresh" | "stale" | "missing"
const WORSE: readonly News[] = ["fresh", "stale", "missing"]

const PATH_MAX = 5 // certificates between leaf and root, both counted
const CHECKS_MAX = 64 // signatures checked in the search of one path

type Hash = "SHA-256" | "SHA-384" | "SHA-512"
const ECDSA: Readonly<Record<string, Hash>> = {
  "1.2.840.10045.4.3.2": "SHA-256",
  "1.2.840.10045.4.3.3": "SHA-384",
  "1.2.840.10045.4.3.4": "SHA-512",
}
const RSA: Readonly<Record<string, Hash>> = {
  "1.2.840.113549.1.1.11": "SHA-256",
  "1.2.840.113549.1.1.12": "SHA-384",
  "1.2.840.113549.1.1.13": "SHA-512",
}
const SM2_WITH_SM3 = "1.2.156.10197.1.501"
const CURVES: Readonly<Record<string, readonly [name: string, size: number]>> = {
  [OID_P256]: ["P-256", 32],
  "1.3.132.0.34": ["P-384", 48],
  "1.3.132.0.35": ["P-521", 66],
}

export class TrustList {
  readonly roots: readonly Certificate[]
  private readonly intermediates: readonly Certificate[]
  private readonly crls: readonly Crl[]
  /** What one authority signed is looked at once: hundreds of certificates share their issuers. */
  private readonly known = new Map<string, Promise<boolean>>()

  constructor(
    roots: readonly Certificate[],
    intermediates: readonly Certificate[] = [],
    crls: readonly Uint8Array[] = [],
  ) {
    this.roots = roots
    this.intermediates = intermediates
    this.crls = crls.map(readCrl)
  }

  /**
   * How `certificate` stood at `at`; `chain` helps to find a path and is not trusted. Refuses
   * certificate_untrusted, _expired, _not_yet_valid, _revoked, _wrong_usage. An old or missing CRL
   * refuses nobody.
   */
  async check(certificate: Certificate, chain: readonly Certificate[], usage: Usage, at: Date): Promise<News> {
    const path = await this.path([certificate], [...this.roots, ...this.intermediates, ...chain], at, { left: CHECKS_MAX })
    if (!path) throw new SealRefused("certificate_untrusted", "no path to a trusted root")
    checkCertificate(certificate, usage, at)
    if (!powersOf(certificate).understood) throw new SealRefused("certificate_untrusted", "critical extension")
    let worst: News = "fresh"
    for (const [place, issuer] of path.slice(1).entries()) {
      const news = await this.newsOf(path[place]!, issuer, at)
      if (WORSE.indexOf(news) > WORSE.indexOf(worst)) worst = news
    }
    return worst
  }

  private async path(
    path: readonly Certificate[],
    candidates: readonly Certificate[],
    at: Date,
    checks: { left: number },
  ): Promise<readonly Certificate[] | null> {
    const last = path.at(-1)!
    if (path.length === 1 && this.isRoot(last)) return path
    for (const issuer of candidates) {
      if (!equal(issuer.subject, last.issuer) || path.some(({ fingerprint }) => fingerprint === issuer.fingerprint)) continue
      if (!mayIssue(powersOf(issuer), issuer, path.length - 1, at)) continue
      if (checks.left-- === 0) return null
      if (!(await this.issued(issuer, last.fingerprint, issuedOf(last)))) continue
      const longer = [...path, issuer]
      if (this.isRoot(issuer)) return longer
      const found = longer.length < PATH_MAX ? await this.path(longer, candidates, at, checks) : null
      if (found) return found
    }
    return null
  }

  private isRoot({ fingerprint }: Certificate): boolean {
    return this.roots.some((root) => root.fingerprint === fingerprint)
  }

  private async newsOf(subject: Certificate, issuer: Certificate, at: Date): Promise<News> {
    let news: News = "missing"
    for (const [number, crl] of this.crls.entries()) {
      if (!equal(crl.issuer, issuer.subject) || !crl.plain || !powersOf(issuer).signsCrls) continue
      if (!(await this.issued(issuer, `crl ${number}`, crl))) continue
      const since = revokedSince(crl, subject.serial)
      if (since && since <= at) throw new SealRefused("certificate_revoked", since.toISOString().slice(0, 10))
      if (crl.thisUpdate <= at && crl.nextUpdate && at <= crl.nextUpdate) news = "fresh"
      else if (news === "missing") news = "stale"
    }
    return news
  }

  private issued(issuer: Certificate, name: string, what: Issued): Promise<boolean> {
    const key = `${issuer.fingerprint} ${name}`
    const known = this.known.get(key) ?? isSignedBy(issuer, what)
    this.known.set(key, known)
    return known
  }
}

function mayIssue(powers: Powers, issuer: Certificate, below: number, at: Date): boolean {
  return (
    powers.ca &&
    (powers.pathLength === null || below <= powers.pathLength) &&
    powers.signsCertificates &&
    powers.understood &&
    issuer.notBefore <= at &&
    at <= issuer.notAfter
  )
}

/** Whether `what` carries a signature of the key in `issuer`, under a hash that is strong enough. */
async function isSignedBy(issuer: Certificate, { tbs, algorithm, signature }: Issued): Promise<boolean> {
  try {
    if (algorithm === SM2_WITH_SM3) {
      await verify(issuer, tbs, signature)
      return true
    }
    const spki = child(read(issuer.publicKey), 0, TAG.SEQUENCE)
    const kind = oid(child(spki, 0, TAG.OID))
    if (kind === OID_RSA && RSA[algorithm]) {
      const how = { name: "RSASSA-PKCS1-v1_5", hash: RSA[algorithm] }
      const key = await crypto.subtle.importKey("spki", issuer.publicKey, how, false, ["verify"])
      return await crypto.subtle.verify(how, key, signature, tbs)
    }
    const curve = kind === OID_EC ? CURVES[oid(child(spki, 1, TAG.OID))] : undefined
    if (!curve || !ECDSA[algorithm]) return false
    const [namedCurve, size] = curve
    const key = await crypto.subtle.importKey("spki", issuer.publicKey, { name: "ECDSA", namedCurve }, false, ["verify"])
    return await crypto.subtle.verify({ name: "ECDSA", hash: ECDSA[algorithm] }, key, plainSignature(signature, size), tbs)
  } catch {
    return false // a key or a signature that can't be read signed nothing
  }
}
