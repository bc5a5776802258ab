/** Imported for what it does: from here on `reason` knows the hall's sentences. */
import { WORDS } from "../words.gen.ts"
import { know } from "./words.ts"

know(WORDS)
