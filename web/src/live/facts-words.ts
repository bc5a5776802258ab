/** Words of what was fixed before an opening, fetched when somebody looks. */
import { words } from "../ui/words.ts"

export const f = words({
  regime: ["适用制度", "Regime"],
  "regime.bidding_law": ["招标投标法", "Bidding Law"],
  "regime.gov_procurement": ["政府采购法", "Government Procurement Law"],
  "regime.enterprise": ["企业采购", "Enterprise procurement"],
  host: ["主持人", "Host"],
  reserve: ["备用主持人", "Reserve host"],
  recorder: ["记录人", "Recorder"],
  supervisors: ["监督人", "Supervisors"],
  notary: ["公证人", "Notary"],
  window: ["解密时限", "Decryption window"],
  confirming: ["确认时限", "Confirmation window"],
  tenders_min: ["最少投标人数", "Fewest bidders"],
  seconds: ["{n} 秒", "{n} s"],
  minutes: ["{n} 分钟", "{n} min"],
  notice_hash: ["公告摘要（SHA-256）", "Notice (SHA-256)"],
  postponed: ["已延期", "Postponed"],
  silence: ["未确认视为", "Silence counts as"],
  "silence.accepts": ["认可开标结果", "accepting the result"],
  "silence.noted": ["仅记录在案", "noted, nothing more"],
})
