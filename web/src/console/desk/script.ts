/** What the host says at each stage: the ceremony's words, filled from the opening. */
import type { Opening } from "../../room/fold.ts"
import { valueOf } from "../../room/say.ts"
import { capitals, money } from "../../ui/money.ts"
import { beijing, clock } from "../../ui/time.ts"
import { language, words } from "../../ui/words.ts"
import { nameOfStaff } from "./step.ts"

/** Paragraphs are lines. */
const s = words({
  scheduled: [
    "（候场尚未开始，此时无须宣读。请核对场次信息、备用主持人和记录人是否就位。）",
    "(Nothing to say yet. Check the notice, and that the reserve host and the recorder are at hand.)",
  ],
  lobby: [
    "各位投标人代表：欢迎参加“{title}”（{lot}）开标。\n投标截止时间为 {at}（北京时间），以大厅时钟为准。请在截止前完成递交和签到；未签到不影响投标效力。\n截标之前，大厅不公布投标人的名称和数量，请勿在交流中透露。",
    "Welcome to the opening of “{title}” ({lot}).\nThe deadline is {at}, Beijing time, by the hall's clock. Hand in and sign in before it; not signing in takes no right away.\nUntil then neither the bidders' names nor their number are told to anybody.",
  ],
  sealed: [
    "投标截止时间已到，“{title}”开标会现在开始。\n本次开标由 {host} 主持，{recorder} 记录。\n截至投标截止时间，大厅共收到 {n} 份投标文件，已自动封存。\n开标期间有异议的，请通过大厅提出，我们当场答复并记入开标记录。",
    "The deadline has come; the opening of “{title}” begins.\n{host} is the host, {recorder} keeps the record.\n{n} tenders were received in time and are sealed.\nWhoever objects does so through the hall; we answer on the spot and on the record.",
  ],
  roster: [
    "现在公布投标人名单，共 {n} 家：{names}。\n密封情况：{intact}。\n请各投标人核对本单位的递交时间和封装摘要，有异议请当场提出。\n下面进入解密，时限 {window} 分钟。",
    "These {n} have tendered: {names}.\nSeals: {intact}.\nPlease check your time of receipt and your seal, and object now if something is wrong.\nDecryption follows, with a window of {window} minutes.",
  ],
  draw: [
    "现在进行抽取。监督人、公证人和平台各自公开事先承诺的份额；全部公开后由公式得出结果，任何人都可以在公众页面复算。",
    "The draw. The hall, the supervisor and the notary reveal the shares they had committed to; the result follows by a formula that anybody can compute on the public page.",
  ],
  decryption: [
    "解密已经开始，截至 {until}。请各投标人用加密证书解密。\n解密只送出密钥，与文件大小无关；失败可以在时限内重试。\n时限内未解密的，原因另行认定，大厅不自动下结论。",
    "Decryption has begun and lasts until {until}. Please decrypt with your certificate.\nOnly a key is sent, however large the file; you may try again within the window.\nFor what stays sealed the cause will be ruled on; the hall does not judge by itself.",
  ],
  settled: [
    "解密结束：已解密 {done} 份，未解密 {left} 份。未解密的，原因待认定。\n下面唱标，全部报价同时公布。",
    "Decryption is over: {done} decrypted, {left} left sealed, their cause still to be ruled.\nThe offers are now read out, and become public all at once.",
  ],
  read_out: [
    "现在唱标。{ceiling}\n{rows}\n唱标完毕。请各投标人核对，下面进入结果确认。",
    "The offers. {ceiling}\n{rows}\nThat is all. Please check them; confirmation follows.",
  ],
  confirmation: [
    "请各投标人核对唱标内容，在 {until} 之前签名确认；有异议请在此前提出，我们当场答复。\n到时未表态的，{silence}。",
    "Please check what was read out and confirm by signature before {until}; object before then if something is wrong.\nSilence {silence}.",
  ],
  objections: [
    "结果确认结束。现对尚未答复的异议逐一答复；全部答复后签署开标记录。",
    "Confirmation is over. The open objections are answered one by one; then the record is signed.",
  ],
  signing: [
    "异议均已答复，开标记录已经形成。请主持人和记录人签署。",
    "All objections are answered and the record is made. Host and recorder sign it now.",
  ],
  closed: [
    "“{title}”开标结束。开标记录已向社会公布，任何人都可以查阅和核验。感谢各位。",
    "The opening of “{title}” is closed. Its record is public and anybody may verify it. Thank you.",
  ],
  not_opened: [
    "截至投标截止时间，投标人不足 {min} 家，依法不予开标。投标文件保持封存，不予开启。",
    "Fewer than {min} tenders were received: by law nothing is opened. All tenders stay sealed.",
  ],
  terminated: [
    "本次招标终止。理由：{why}",
    "This tender is terminated. Reason: {why}",
  ],
  intact_all: ["全部完好", "all intact"],
  intact_some: ["{n} 份受损，已记录", "{n} damaged, which is on the record"],
  accepts: ["视为认可开标结果", "counts as acceptance"],
  noted: ["记入开标记录", "is noted on the record"],
  ceiling: ["最高投标限价 {n}。", "The ceiling price is {n}."],
  row: ["{nr}. {who}：{values}。", "{nr}. {who}: {values}."],
  row_sealed: ["{nr}. {who}：未解密，原因待认定。", "{nr}. {who}: left sealed, cause to be ruled."],
  row_unreadable: ["{nr}. {who}：密钥正确，内容无法读取。", "{nr}. {who}: key right, letter unreadable."],
})

/** The paragraphs to say now; none where the ceremony is over. */
export function scriptOf(opening: Opening): string[] {
  if (!s.has(opening.phase)) return []
  return s(opening.phase, params(opening)).split("\n").filter((line) => line !== "")
}

function params(opening: Opening) {
  const { facts, tenders, due_at } = opening
  const all = Object.values(tenders)
  const broken = all.filter(({ sealed }) => !sealed.intact).length
  const { ceiling_fen, lot } = facts.notice
  return {
    title: facts.title,
    lot,
    at: beijing(opening.opens_at),
    host: nameOfStaff(facts, facts.hosts[0]?.id),
    recorder: facts.recorder.name,
    n: opening.phase === "sealed" ? opening.seals.length : all.length,
    names: all.map(({ sealed }) => sealed.name).join(language.value === "zh" ? "、" : ", "),
    intact: broken === 0 ? s("intact_all") : s("intact_some", { n: broken }),
    window: Math.round(facts.policy.window_s / 60),
    until: due_at ? clock(due_at) : "—",
    done: opening.decrypted_count,
    left: opening.left_sealed_count,
    ceiling: ceiling_fen === null ? "" : s("ceiling", { n: spoken(ceiling_fen) }),
    rows: rowsOf(opening).join("\n"),
    silence: s(facts.policy.silence),
    min: facts.policy.tenders_min,
    why: opening.ended_why ?? "",
  }
}

/** One line for each tender, in the roster's order. */
function rowsOf({ tenders, facts }: Opening): string[] {
  return Object.values(tenders).map(({ sealed, outcome }, at) => {
    const row = { nr: at + 1, who: sealed.name }
    if (outcome?.type === "Unreadable") return s("row_unreadable", row)
    if (outcome?.type !== "ReadOut") return s("row_sealed", row)
    const values = facts.notice.fields
      .filter(({ name }) => outcome.offer.values[name] !== undefined)
      .map((field) => {
        const value = outcome.offer.values[field.name]
        const label = language.value === "zh" ? field.label_zh : field.label_en
        return `${label} ${field.kind === "price_fen" ? spoken(Number(value)) : valueOf(field, value)}`
      })
    return s("row", { ...row, values: values.join(language.value === "zh" ? "，" : "; ") })
  })
}

/** An amount as it is read out: figures, and in Chinese the capitals that hold in law. */
const spoken = (fen: number): string => (language.value === "zh" ? `${money(fen)}（${capitals(fen)}）` : money(fen))
