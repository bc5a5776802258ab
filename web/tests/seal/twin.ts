/**
 * The twin at a command line, for tests/web/test_twin.py: node runs it as it is.
 *
 *   node twin.ts seal FOLDER   seals what FOLDER/task.json says, into FOLDER
 *   node twin.ts open FOLDER   opens the package in FOLDER, as its bidder at the opening
 *
 * Either prints one line of JSON; a refusal is {"refused": reason}.
 */
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Letter } from "../../src/seal/body.ts"
import { type Bytes, concat, fromHex, hex } from "../../src/seal/bytes.ts"
import type { Facts } from "../../src/seal/header.ts"
import { readLetter, unlock } from "../../src/seal/open.ts"
import { openPkcs12 } from "../../src/seal/pkcs12.ts"
import { SealRefused } from "../../src/seal/refused.ts"
import { seal } from "../../src/seal/seal.ts"
import { act, signed } from "../../src/seal/statements.ts"

type Task = {
  readonly pin: string
  readonly at: string
  readonly facts: Facts
  readonly letter: Letter
  readonly files: readonly string[]
}

const [verb, folder] = process.argv.slice(2) as [string, string]
const read = async (name: string): Promise<Bytes> => concat(await readFile(join(folder, name)))
const task = JSON.parse(await readFile(join(folder, "task.json"), "utf8")) as Task
const key = async (name: string) => openPkcs12(await read(name), task.pin)

async function sealed(): Promise<object> {
  const [signer, recipient] = await Promise.all([key("sign.p12"), key("enc.p12")])
  const files = await Promise.all(task.files.map(async (name) => new File([await read(name)], name)))
  const { letter, facts } = task
  const made = await seal({ letter, facts, files, signer, recipients: [recipient.certificate], at: new Date(task.at) })
  await writeFile(join(folder, "header.json"), made.header)
  await writeFile(join(folder, "keyenv.der"), made.keyenv)
  await writeFile(join(folder, "seal.json"), made.sealJson)
  await writeFile(join(folder, "seal.p7s"), made.sealP7s)
  for (const [number, { ciphertext }] of made.sections.entries()) {
    await writeFile(join(folder, `section.${number}`), await ciphertext.bytes())
  }
  return {
    seal: made.sealHash,
    leaves: made.sections.map(({ leaves }) => leaves),
    heads: made.sections.map(({ head }) => hex(head)),
    subject: signer.certificate.subjectName,
    credit_code: signer.certificate.creditCode,
    fingerprints: [signer.certificate.fingerprint, ...signer.chain.map(({ fingerprint }) => fingerprint)],
  }
}

async function opened(): Promise<object> {
  const [signer, opener] = await Promise.all([key("sign.p12"), key("enc.p12")])
  const [header, keyenv, letter, body] = await Promise.all(["header.json", "keyenv.der", "section.0", "section.1"].map(read)) as [Bytes, Bytes, Bytes, Bytes]
  const heads = [letter, body].map((section) => section.slice(0, 56))
  const request = { opening: "demo-1", challenge: "11".repeat(32), seal: "22".repeat(32), logSize: 5, logRoot: "33".repeat(32) }
  const unlocking = await unlock(opener, signer, { header, keyenv, heads }, request)
  const login = act({
    origin: "https://hall.example",
    purpose: "login",
    account: task.facts.bidder,
    certificate: signer.certificate.fingerprint,
    opening: "",
    nonce: "44".repeat(32),
    issued: 1_772_415_000_000,
    expires: 1_772_415_120_000,
    subject: "",
    log_size: 0,
    log_root: "",
  })
  return { ...unlocking, letter: await readLetter(header, fromHex(unlocking.keys[0]!), letter), login: await signed(signer, login) }
}

try {
  console.log(JSON.stringify(await (verb === "seal" ? sealed() : opened())))
} catch (error) {
  if (!(error instanceof SealRefused)) throw error
  console.log(JSON.stringify({ refused: error.reason }))
}
