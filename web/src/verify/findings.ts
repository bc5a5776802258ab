/** What a verifier can find, in words for people: the codes of bidroom/publish/findings.py. */
import { words } from "../ui/words.ts"

export const faults = words({
  too_large: ["文件超过上限", "The file is too large"],
  not_canonical: ["不是规范的 JSON（RFC 8785）", "Not canonical JSON (RFC 8785)"],
  not_a_record: ["不是此种开标记录", "No record of this kind"],
  hall_signed_other: ["平台签署的不是这些内容", "The hall signed something else"],
  entries_missing: ["条目数与日志长度不符，或开标尚未结束", "Entries are missing, or the opening is not over"],
  entry_number: ["条目编号不连续", "An entry has another number"],
  entry_foreign: ["属于另一场开标", "Something of another opening"],
  entry_time: ["时间早于前一条", "Older than the entry before"],
  entry_leaf: ["内容与其叶哈希不符", "Not what its leaf says"],
  entry_withheld: ["隐去了应当公开的内容", "Withholds what a record has to show"],
  log_root: ["日志根与条目不符", "The root is not the entries'"],
  checkpoint: ["检查点与日志不符", "The checkpoint is not this log's"],
  against_the_rules: ["按规则不可能发生", "Could not have come about by the rules"],
  notice: ["公告与其摘要不符", "The notice is not what its hash says"],
  minutes: ["开标记录表与条目不符", "The minutes are not what the entries add up to"],
  certificate: ["签名证书在当时无效", "Signed with a certificate that was not good"],
  signature: ["签名无效", "A signature does not hold"],
  statement: ["没有可读的声明", "No statement that can be read"],
  signed_by_another: ["由他人签署", "Signed by somebody else"],
  signed_for_another: ["签署的是另一事项", "Signed for something else"],
  other_history: ["签署者所见的是另一段历史", "Its signer saw another history"],
  draw: ["抽取与公告中的承诺、份额不符", "The draw is not what its commitments and shares say"],
  tenders: ["投标文件与唱标的不是同一批", "Not the tenders that were read out"],
  package: ["与封存的不是同一份投标文件", "Another package than the one sealed"],
  letter_key: ["密钥与密封承诺不符", "Not the key that the seal commits to"],
  offer: ["开标一览表与唱标内容不符", "The letter says something else than was read out"],
})

export type Fault = Parameters<typeof faults>[0]

/** The first thing that does not hold: where it stands in the file, and what is wrong there. */
export class RecordFails extends Error {
  readonly where: string
  readonly fault: Fault
  constructor(where: string, fault: Fault) {
    super(`${fault} at ${where}`)
    this.name = "RecordFails"
    this.where = where
    this.fault = fault
  }
}

/** `holds`, or the fault. What else goes wrong while `attempt` runs is that fault. */
export async function trying<T>(where: string, fault: Fault, attempt: () => Promise<T> | T): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    throw error instanceof RecordFails ? error : new RecordFails(where, fault)
  }
}

export function must(holds: boolean, where: string, fault: Fault): void {
  if (!holds) throw new RecordFails(where, fault)
}
