/**
 * The fold at a command line, for tests/web/test_fold.py: node runs it as it is.
 *
 *   node twin.ts FILE   folds each line of FILE, a record in JSON, and prints what it adds up to
 */
import { readFile } from "node:fs/promises"
import type { Envelope } from "../../src/protocol.gen.ts"
import { foldAll } from "../../src/room/fold.ts"

for (const line of (await readFile(process.argv[2]!, "utf8")).split("\n").filter(Boolean)) {
  console.log(JSON.stringify(foldAll(JSON.parse(line) as Envelope[])))
}
