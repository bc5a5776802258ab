/**
 * 依据: what law each step rests on, and what it gives the bidder, said shortly in our own words.
 * 法 is 招标投标法, 条例 its 实施条例, 20号令 电子招标投标办法, 87号令 政府采购货物和服务招标投标管理办法.
 */
import type { Phase } from "../room/fold.ts"
import type { Said } from "../ui/words.ts"

export type Basis = { readonly source: Said; readonly says: Said }

const LAW = (n: string, en: number): Said => [`《招标投标法》第${n}条`, `Tendering Law, art. ${en}`]
const REGULATIONS = (n: string, en: number): Said => [`《招标投标法实施条例》第${n}条`, `Implementing Regulations, art. ${en}`]
const ORDER_20 = (n: string, en: number): Said => [`《电子招标投标办法》（20 号令）第${n}条`, `Order 20, art. ${en}`]

const HAND_IN: readonly Basis[] = [
  { source: LAW("二十八", 28), says: ["截止前送达即应签收保存，不得开启；截止后送达的应当拒收。", "What comes before the deadline is received and kept unopened; what comes after is refused."] },
  { source: LAW("二十九", 29), says: ["截止前可以补充、修改或者撤回投标文件。", "Until the deadline a tender may be supplemented, changed or withdrawn."] },
  { source: LAW("二十二", 22), says: ["潜在投标人的名称、数量在开标前应当保密。", "Names and number of bidders stay secret until the opening."] },
]
const OPENING: readonly Basis[] = [
  { source: LAW("三十四", 34), says: ["开标与投标截止为同一时间。", "The opening is at the same time as the deadline."] },
  { source: LAW("三十六", 36), says: ["检查密封后当众拆封、宣读；截止前收到的投标文件都应当众拆封、宣读；过程应当记录。", "Seals are checked, all tenders opened and read out in public, and a record is kept."] },
]
const DECRYPTING: readonly Basis[] = [
  { source: ORDER_20("三十", 30), says: ["投标人在规定时间内自行解密；解密全部完成后公布内容。", "Each bidder decrypts in the stated time; contents are shown when all is done."] },
  { source: ORDER_20("三十一", 31), says: ["因投标人原因未解密视为撤销，因他人原因视为撤回，有权要求赔偿直接损失。", "Left sealed by the bidder's own cause counts as revoked; by another's cause as withdrawn, with a claim for direct loss."] },
]
const OBJECTING: readonly Basis[] = [
  { source: REGULATIONS("四十四", 44), says: ["对开标有异议应当场提出，招标人应当当场答复并记录。", "Objections to the opening are raised on the spot, answered on the spot, and recorded."] },
]
const NOT_OPENED: readonly Basis[] = [
  { source: REGULATIONS("四十四", 44), says: ["投标人少于三个的不得开标，应当重新招标。", "With fewer than three bidders nothing is opened; the tender is held again."] },
]
const CONFIRMING: readonly Basis[] = [
  ...OBJECTING,
  { source: ["《政府采购货物和服务招标投标管理办法》（87 号令）第四十二条", "Order 87, art. 42"], says: ["（政府采购）投标人未参加开标的，视同认可开标结果。", "(Public procurement) who does not attend is taken to accept the result."] },
]
const AFTER: readonly Basis[] = [
  { source: LAW("三十六", 36), says: ["开标过程应当记录，并存档备查。", "The opening is recorded and archived."] },
  { source: REGULATIONS("六十", 60), says: ["对答复不服的，可在十日内向监督部门投诉。", "Who is not content with an answer may turn to the regulator within ten days."] },
]

export function basisOf(phase: Phase): readonly Basis[] {
  switch (phase) {
    case "scheduled":
    case "lobby":
      return HAND_IN
    case "sealed":
    case "roster":
    case "settled":
    case "read_out":
      return [...OPENING, ...OBJECTING]
    case "decryption":
      return DECRYPTING
    case "confirmation":
    case "objections":
      return CONFIRMING
    case "not_opened":
      return NOT_OPENED
    default:
      return AFTER
  }
}
