/** All that a page needs of a draw: the public's fetches it where there is one. */
import * as drawSay from "./draw-say.ts"
import { knowDraws } from "./say.ts"

knowDraws(drawSay)

export { default as DrawPanel } from "./DrawPanel.vue"
