/** Words of checking a record in the browser, fetched when somebody does. What is proved and what is not stands in bidroom/publish/findings.py too. */
import { words } from "../ui/words.ts"

export const c = words({
  check_here: ["在本浏览器中核验", "Check it in this browser"],
  again: ["再核验一次", "Check again"],
  checking: ["正在核验", "Checking"],
  fails: ["核验不通过：", "It does not hold:"],
  broke: ["未能完成核验，请更换浏览器或使用命令行。", "The check could not be finished; try another browser, or the command line."],
  holds: ["核验通过：{entries} 条记录、{signatures} 个签名、{offers} 份开标一览表全部相符。", "It holds: {entries} entries, {signatures} signatures, {offers} offers."],
  proved: ["已证明", "Proved"],
  not_proved: ["不能由本文件证明", "Not proved by this file"],
  roots: ["信任所系的根证书（SHA-256），请与证书机构公布的比对：", "Roots that everything leads to (SHA-256); compare them with what the authorities publish:"],
  proved_1: ["每一条目都在日志树中，编号连续，时间不倒退；全过程按公开的规则逐条重演，结果一致。", "Every entry stands in the tree, numbered without a gap, in order of time; replayed by the published rules, each could come about just so."],
  proved_2: ["每份唱标的开标一览表由公布的密钥从其密文解出，与截标时封存的摘要、投标人的签名一致。", "Every offer read out opens, with the published key, from the ciphertext whose digest was frozen at the deadline and which its bidder had signed."],
  proved_3: ["解密、异议、确认和签署均由本人的证书签署，证书在当时有效（按记录所附的证书吊销列表）。", "Decryptions, objections, confirmations and signatures are their own people's, under certificates that were good at the time, by the revocation lists in the file."],
  proved_4: ["每个签署者所见的历史，都是本记录的开头。", "The history that each signer saw is the beginning of this one."],
  not_1: ["记录之后是否还有条目：须与您保存的检查点、见证人的会签或另一次下载比较。", "That nothing followed: hold it against a checkpoint you kept, a witness's cosignature, or another download."],
  not_2: ["是否有投标文件在截标时被遗漏：只有持回执的投标人能证明（--receipt）。", "That no tender was left out of the freeze: only whoever has its receipt can show that (--receipt)."],
  not_3: ["最后一个签名之后的条目，仅由平台一方担保。", "What stands after the last signature of somebody else rests on the hall's word alone."],
  not_4: ["根证书是否可信、密钥中心是否留存加密密钥、投标人的电脑是否安全（docs/threats.md）。", "That the roots deserve trust, that no key centre keeps encryption keys, that bidders' computers are sound (docs/threats.md)."],
})
