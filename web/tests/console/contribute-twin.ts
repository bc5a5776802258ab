/**
 * A contribution at a command line, for tests/web/test_contribute.py: node runs it as it is.
 *
 *   node contribute-twin.ts CALL P12 PIN PERSON    the contribution, in JSON
 */
import { readFile } from "node:fs/promises"
import { type Call, contribute } from "../../src/console/draw/contribute.ts"
import { openPkcs12 } from "../../src/seal/pkcs12.ts"

const [call, p12, pin, person] = process.argv.slice(2) as [string, string, string, string]
const key = await openPkcs12(new Uint8Array(await readFile(p12)), pin)
console.log(JSON.stringify(await contribute(JSON.parse(await readFile(call, "utf8")) as Call, person, key)))
