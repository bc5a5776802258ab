/** Words of the page on which a supervisor or a notary commits to a share of a draw. */
import { words } from "../../ui/words.ts"

export const cw = words({
  title: ["承诺抽取份额", "Commit to a share of a draw"],
  why: [
    "份额在本机随机产生，分片后封给其他各方；交回的文件里没有任何明文，任何一方都不能单独知道您的份额。开标时用同一张加密证书取出公开。",
    "Your share is drawn on this device, split, and sealed to the others; the file holds nothing in the clear, and no single one of them can learn it. At the opening your certificate for encryption opens it again.",
  ],
  call: ["招标代理发来的邀请文件（call.json）", "The agent's call (call.json)"],
  not_a_call: ["这不是抽取邀请文件。", "This is no call for a draw."],
  not_asked: ["邀请文件中没有您。", "You are not among those who are asked."],
  lot: ["标段编号", "Lot"],
  others: ["参与方", "Contributors"],
  make: ["生成份额并签名", "Make and sign my share"],
  made: ["已生成。请把文件交给招标代理；份额不必另行保存。", "Done. Give the file to the agent; nothing else needs keeping."],
  save: ["保存份额文件", "Save the file"],
})
