/** Words for the end of an opening, which are fetched with it. */
import { words } from "../ui/words.ts"

export const w = words({
  not_opened_why: [
    "投标截止时，投标人不足 {min} 家，依法不得开标。收到的 {n} 份投标文件保持密封：大厅没有、也不会取得任何一份的解密密钥，投标人名称和报价均不公开。",
    "At the deadline there were fewer than {min} bidders, so the law forbids opening. The {n} tenders received stay sealed: the hall has no key to them and gets none, and neither names nor prices are made public.",
  ],
  "not_opened_basis.bidding_law": ["依据：《中华人民共和国招标投标法实施条例》第四十四条。", "Basis: Regulation on the Implementation of the Bidding Law, article 44."],
  "not_opened_basis.gov_procurement": ["依据：《政府采购货物和服务招标投标管理办法》第四十一条。", "Basis: Measures on Tendering of Goods and Services in Government Procurement (Order 87), article 41."],
  "not_opened_basis.enterprise": ["依据：招标公告与招标文件。", "Basis: the notice and the tender documents."],
  terminated_why: ["理由：{why}", "Reason: {why}"],
  terminated_sealed: ["尚未解密的投标文件保持密封，大厅不会再接收其密钥。", "Tenders not decrypted stay sealed; the hall takes no more keys for them."],
  terminated_basis: ["依据：《中华人民共和国招标投标法实施条例》第三十一条。", "Basis: Regulation on the Implementation of the Bidding Law, article 31."],

  record: ["开标记录", "Official record"],
  record_why: ["开标已经结束。以下是可以留存、打印和核验的正式记录。", "The opening is over. This is the official record, to keep, print and check."],
  record_soon: ["记录正在生成，稍候即可下载。", "The record is being made; it can be had in a moment."],
  record_pdf: ["开标记录表（PDF）", "Record sheet (PDF)"],
  record_json: ["完整记录（JSON，可核验）", "Full record (JSON, verifiable)"],
  print: ["打印本页", "Print this page"],
  check: ["自行核验", "Check it yourself"],
  check_sm1: ["本标段采用国密套件（SM1），浏览器暂不能核验，请用下面的命令核验。", "This lot is under the national suite (SM1), which browsers can't check yet: use the commands below."],
  check_why: [
    "您不必相信本网站。下载完整记录，在自己的电脑上断网核验：",
    "You need not trust this site. Take the full record and verify it on your own machine, offline:",
  ],
  check_roots: [
    "加上 --root 根证书.pem，即以您自己信任的根证书核验，而不采用记录内附的证书。",
    "With --root CA.pem it goes by a root that you trust, and not by those in the file.",
  ],
  copy: ["复制命令", "Copy the commands"],
  copied: ["已复制", "Copied"],
  log_size: ["记录共 {n} 项", "{n} entries"],
})
