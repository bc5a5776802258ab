/**
 * The browser's verifier at a command line, for tests/web/test_verify.py: node runs it as it is.
 *
 *   node twin.ts FILE …   one line of JSON for each record: its proof, or {fault, where}
 */
import { readFile } from "node:fs/promises"
import { concat } from "../../src/seal/bytes.ts"
import { RecordFails } from "../../src/verify/findings.ts"
import { verifyRecord } from "../../src/verify/record.ts"

for (const name of process.argv.slice(2)) {
  try {
    console.log(JSON.stringify(await verifyRecord(concat(await readFile(name)))))
  } catch (error) {
    if (!(error instanceof RecordFails)) throw error
    console.log(JSON.stringify({ fault: error.fault, where: error.where }))
  }
}
