/** Packages' signatures: the twin held to crypto/vectors/signatures.json. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { fromBase64, fromHex } from "../../src/seal/bytes.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { cadesSigner } from "../../src/verify/cades.ts"

type Case = { name: string; holder?: string; data: string; p7s?: string; p7s_zeros?: number; refused?: string }
const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../crypto/vectors/${name}.json`, import.meta.url), "utf8"))
const { holders } = vectors("keys") as { holders: Record<string, { fingerprint: string }> }

describe("a CAdES signature", () => {
  test.each(vectors("signatures")["cades"] as Case[])("$name", async ({ holder, data, p7s, p7s_zeros, refused }) => {
    const bytes = p7s === undefined ? new Uint8Array(p7s_zeros!) : fromBase64(p7s)
    const signer = cadesSigner(bytes, fromHex(data))
    if (refused) await expect(signer).rejects.toSatisfy((no) => no instanceof SealRefused && no.reason === refused)
    else expect((await signer).certificate.fingerprint).toBe(holders[holder!]!.fingerprint)
  })
})
