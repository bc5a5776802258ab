/** Paths and CRLs: the twin held to crypto/vectors/trust.json, all of it. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { fromBase64 } from "../../src/seal/bytes.ts"
import { type Usage, readCertificate } from "../../src/seal/certificate.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { TrustList } from "../../src/verify/trust.ts"

type Check = { name: string; holder: string; with_chain: boolean; trust: string; usage: Usage; at: number; crl?: string; refused?: string }
type Trust = { roots: string[]; intermediates: string[]; crls: string[] }

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../crypto/vectors/${name}.json`, import.meta.url), "utf8"))
const { holders, trusts } = vectors("keys") as {
  holders: Record<string, { certificate: string; chain: string[] }>
  trusts: Record<string, Trust>
}
const checks = vectors("trust")["checks"] as Check[]
const certificates = (all: readonly string[]) => Promise.all(all.map((one) => readCertificate(fromBase64(one))))

describe("the standing of a certificate", () => {
  test.each(checks)("$name", async ({ holder, with_chain, trust, usage, at, crl, refused }) => {
    const { certificate, chain } = holders[holder]!
    const { roots, intermediates, crls } = trusts[trust]!
    const list = new TrustList(await certificates(roots), await certificates(intermediates), crls.map(fromBase64))
    const [own, ...issuers] = await certificates([certificate, ...(with_chain ? chain : [])])
    const standing = list.check(own!, issuers, usage, new Date(at))
    if (refused) await expect(standing).rejects.toSatisfy((no) => no instanceof SealRefused && no.reason === refused)
    else expect(await standing).toBe(crl)
  })
})
