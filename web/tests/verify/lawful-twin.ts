/**
 * Lawfulness at a command line, for tests/web/test_lawful.py: node runs it as it is.
 *
 *   node lawful-twin.ts FILE   for each line of FILE, a record in JSON: the number of the first
 *                              entry that the rules would not have led to, or 0
 */
import { readFile } from "node:fs/promises"
import type { Envelope } from "../../src/protocol.gen.ts"
import { firstUnlawful } from "../../src/verify/lawful.ts"

for (const line of (await readFile(process.argv[2]!, "utf8")).split("\n").filter(Boolean)) {
  console.log(firstUnlawful(JSON.parse(line) as Envelope[]))
}
