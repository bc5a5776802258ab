/** One act of a desk at a time; a log-in that has ended is the frame's to say. */
import { useAct as useOneAct } from "../../ui/useAct.ts"
import { loggedOut } from "../session.ts"

export const useAct = () => useOneAct(loggedOut)
