/** Keys, certificates, envelopes and signatures: the twin held to crypto/vectors. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Bytes, fromBase64, fromHex, hex } from "../../src/seal/bytes.ts"
import { cadesSign } from "../../src/seal/cades.ts"
import { type Usage, checkCertificate, isCreditCode, readCertificate } from "../../src/seal/certificate.ts"
import { read, setOf } from "../../src/seal/der.ts"
import { recipientsOf, unwrap, wrap } from "../../src/seal/keyenv.ts"
import { keyFor, sign } from "../../src/seal/keys.ts"
import { openPkcs12 } from "../../src/seal/pkcs12.ts"
import { isId } from "../../src/seal/recipient.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { verify } from "../../src/seal/signature.ts"
import { type SoftKey, softKey } from "../../src/seal/softkey.ts"

type Case = { readonly name: string; readonly refused?: string; readonly [key: string]: any }
type Holder = Case

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../crypto/vectors/${name}.json`, import.meta.url), "utf8"))
const keys = vectors("keys") as { pin: string; holders: Record<string, Holder>; p12: Case[]; credit_codes: Case[] }
const holders = Object.entries(keys.holders).map(([name, holder]): Case => ({ ...holder, name }))

async function refusal(work: () => unknown): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof SealRefused) return error.reason
    throw error
  }
}

const certificateOf = (name: string) => readCertificate(fromBase64(keys.holders[name]!["certificate"]))

async function keyOf(name: string): Promise<SoftKey> {
  const { pkcs8, certificate, chain } = keys.holders[name]!
  const issuers = await Promise.all((chain as string[]).map((one) => readCertificate(fromBase64(one))))
  return softKey(fromBase64(pkcs8), await readCertificate(fromBase64(certificate)), issuers)
}

describe("certificates", () => {
  test.each(holders)("reads the one of $name", async (holder) => {
    const found = await readCertificate(fromBase64(holder.certificate))
    expect(found.fingerprint).toBe(holder["fingerprint"])
    expect(found.subjectName).toBe(holder["subject_name"])
    expect(found.commonName).toBe(holder["common_name"])
    expect(found.creditCode).toBe(holder["credit_code"])
    expect(found.serialNumber).toBe(holder["serial_number"])
    expect(found.notBefore.getTime()).toBe(holder["not_before"])
    expect(found.notAfter.getTime()).toBe(holder["not_after"])
    expect([...found.usages].sort()).toEqual(holder["usages"])
    expect(found.kind).toBe(holder["kind"] === "p256" ? "P-256" : "RSA")
  })
  const mine = ["certificate_expired", "certificate_not_yet_valid", "certificate_wrong_usage", undefined]
  const checks = (vectors("trust")["checks"] as Case[]).filter(({ refused }) => mine.includes(refused))
  test.each(checks)("tells without a path: $name", async ({ holder, usage, at, refused }) => {
    const certificate = await certificateOf(holder)
    expect(await refusal(() => checkCertificate(certificate, usage as Usage, new Date(at)))).toBe(refused)
  })
  test.each(["", "30", "3003020101", "00".repeat(20_000)])("refuses what is none: %#", async (bytes) => {
    expect(await refusal(() => readCertificate(fromHex(bytes)))).toMatch(/^(malformed_certificate|too_large)$/)
  })
  test.each(keys.credit_codes)("credit code '$code'", ({ code, good }) => {
    expect(isCreditCode(code)).toBe(good)
  })
})

describe(".p12 files", () => {
  const files = holders
    .filter((holder) => "p12" in holder)
    .flatMap((holder): Case[] => [
      { ...holder, how: "modern", file: holder["p12"] as string },
      { ...holder, how: "legacy", file: holder["p12_legacy"] as string },
    ])
  test.each(files)("opens the $how one of $name", async ({ file, fingerprint, chain, usages }) => {
    const key = await openPkcs12(fromBase64(file), keys.pin)
    expect(key.certificate.fingerprint).toBe(fingerprint)
    expect(key.chain.map(({ der }) => hex(der))).toEqual((chain as string[]).map((one) => hex(fromBase64(one))))
    expect(key.signing !== null).toBe(usages.includes("sign"))
    expect(key.unwrapping !== null).toBe(usages.includes("encrypt"))
    for (const inner of [key.signing, key.unwrapping]) {
      if (!inner) continue
      await expect(crypto.subtle.exportKey("pkcs8", inner)).rejects.toThrow() // it stays where it is
    }
    if (key.signing) await verify(key.certificate, new Uint8Array(3), await sign(key, new Uint8Array(3)))
  })
  test.each(keys.p12)("refuses $name", async ({ p12, pin, refused }) => {
    expect(await refusal(() => openPkcs12(fromBase64(p12), pin))).toBe(refused)
  })
  test("of several keys the fitting one is taken, and a lapsed one is named as the reason", async () => {
    const at = new Date("2026-03-02T01:30:00Z")
    const all = await Promise.all(["a.expired", "a.enc", "a.sign"].map(keyOf))
    expect(keyFor(all, "sign", at)).toBe(all[2])
    expect(keyFor(all, "encrypt", at)).toBe(all[1])
    expect(await refusal(() => keyFor(all.slice(0, 2), "sign", at))).toBe("certificate_expired")
    expect(await refusal(() => keyFor(all.slice(1, 2), "sign", at))).toBe("certificate_wrong_usage")
  })
})

describe("key envelopes", () => {
  const cases = vectors("keyenv") as Record<string, Case[]>
  test.each(cases["wrap"]!)("opens crypto's and makes its own $name", async ({ recipients, cek, keyenv }) => {
    const people = await Promise.all((recipients as string[]).map(keyOf))
    const own = await wrap(fromHex(cek), people.map(({ certificate }) => certificate))
    for (const envelope of [fromBase64(keyenv), own]) {
      const ids = await recipientsOf(envelope)
      for (const person of people) {
        expect(hex(await unwrap(envelope, person))).toBe(cek)
        expect(ids.filter((id) => isId(id, person.certificate))).toHaveLength(1)
      }
    }
  })
  test.each(cases["unwrap"]!)("refuses one $name", async ({ holder, keyenv, zeros, refused }) => {
    const bytes = zeros ? new Uint8Array(zeros) : fromBase64(keyenv)
    const key = await keyOf(holder)
    expect(await refusal(() => unwrap(bytes, key))).toBe(refused)
  })
  test("nobody twice, somebody at all", async () => {
    const one = await certificateOf("a.enc")
    expect(await refusal(() => wrap(new Uint8Array(32), []))).toBe("malformed_keyenv")
    expect(await refusal(() => wrap(new Uint8Array(32), [one, one]))).toBe("malformed_keyenv")
  })
})

describe("signatures", () => {
  const cases = vectors("signatures") as Record<string, Case[]>
  test.each(cases["bare"]!)("$name", async ({ holder, data, signature, refused }) => {
    const certificate = await certificateOf(holder)
    expect(await refusal(() => verify(certificate, fromHex(data), fromHex(signature)))).toBe(refused)
    if (refused) return
    const own = await sign(await keyOf(holder), fromHex(data))
    if (certificate.kind === "RSA") expect(hex(own)).toBe(signature)
    else await verify(certificate, fromHex(data), own)
  })
  test.each(cases["cades"]!.filter(({ refused }) => !refused))("CAdES: $name, to crypto's bytes", async (one) => {
    const key = await keyOf(one["holder"])
    const extra = await Promise.all((one["extra"] as string[]).map(certificateOf))
    const own = await cadesSign(key, fromHex(one["data"]), new Date(one["at"]), extra)
    const theirs = fromBase64(one["p7s"])
    if (key.certificate.kind === "RSA") return expect(hex(own)).toBe(hex(theirs))
    expect(parts(own).slice(0, -1)).toEqual(parts(theirs).slice(0, -1)) // an ECDSA signature is chance
    const attributes = read(own).inside[1]!.inside[0]!.inside.at(-1)!.inside[0]!.inside[3]!
    await verify(key.certificate, setOf(...attributes.inside.map(({ der }) => der)), fromHex(parts(own).at(-1)!))
  })
})

/** A SignedData's parts, and those of its signer, the signature last. */
function parts(p7s: Bytes): string[] {
  const signed = read(p7s).inside[1]!.inside[0]!.inside
  const signer = signed.at(-1)!.inside[0]!.inside
  return [...signed.slice(0, -1), ...signer.slice(0, -1)].map(({ der }) => hex(der)).concat(hex(signer.at(-1)!.content))
}
