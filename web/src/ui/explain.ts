/**
 * Any no or failure in three sentences: what happened, what it means for the person's rights,
 * what to do next. Refusals of the hall, of the line and of the seal are told by their codes.
 */
import { ApiError } from "./api.ts"
import { type Said, pick, reason, words } from "./words.ts"

export type Explained = { readonly what: string; readonly rights: string; readonly next: string; readonly code: string }

export function explain(fault: unknown): Explained {
  const code = codeOf(fault)
  const [rights, next] = ADVICE[code] ?? ADVICE[family(code)] ?? GENERAL
  return { what: what(fault, code), rights: pick(rights), next: pick(next), code }
}

function codeOf(fault: unknown): string {
  if (fault instanceof ApiError) return fault.error
  const { reason: said, code, name } = (fault ?? {}) as { reason?: unknown; code?: unknown; name?: unknown }
  if (typeof said === "string") return said
  if (name === "LineClosed" && typeof code === "number") return "line_closed"
  return name === "AbortError" ? "broken_off" : "machine"
}

function what(fault: unknown, code: string): string {
  if (fault instanceof ApiError) return pick([fault.zh, fault.en])
  if (x.has(code)) return x(code, { why: fault instanceof Error ? fault.message : String(fault) })
  return reason(code)
}

function family(code: string): string {
  if (code.startsWith("malformed_") || code.endsWith("_altered")) return "altered"
  return code.startsWith("certificate_") ? "certificate" : ""
}

const x = words({
  line_closed: ["与大厅的连接已被关闭，尚不知操作是否生效。", "The hall closed the line; whether this took effect isn't known yet."],
  broken_off: ["操作已中止。", "This was broken off."],
  machine: ["本机处理失败：{why}", "Something failed on this device: {why}"],
})

const NOTHING_LOST: Said = ["您的权利不受影响，未产生任何记录。", "Your rights are untouched; nothing was put on record."]
const NOTHING_SENT: Said = ["密钥与文件没有离开本机。", "No key and no file left this device."]
const LOOK: Said = ["请刷新页面，以大厅记录为准。", "Reload the page; what the hall's record says counts."]
const TELL_CENTRE: Said = ["请重试；仍不成功请致电交易中心并提供下面的代码。", "Try again; if it stays so, call the centre and name the code below."]
const OTHER_KEY: Said = ["请换用封装时使用的加密证书，再试一次；时限内可多次尝试。", "Take the encryption certificate used when sealing and try again; the window allows many tries."]
const GENERAL: readonly [Said, Said] = [NOTHING_LOST, TELL_CENTRE]

const ADVICE: Readonly<Record<string, readonly [rights: Said, next: Said]>> = {
  wrong_pin: [NOTHING_SENT, ["请重新输入口令（区分大小写）。此处输错不会锁定证书。", "Type the PIN again (case counts). A wrong PIN locks nothing here."]],
  not_a_p12: [NOTHING_SENT, ["请选择 CA 机构发给您的 .p12 或 .pfx 文件，而不是 .cer 或 .pdf。", "Choose the .p12 or .pfx from your CA, not a .cer or .pdf."]],
  no_key: [NOTHING_SENT, ["请选择含私钥的证书文件；.cer 只有公钥，不能使用。", "Choose the file with the private key; a .cer has none."]],
  key_unsuited: [NOTHING_SENT, ["网页使用 ECC P-256 或 RSA 2048 位以上的证书；国密（SM2）证书请用命令 bidroom seal 和 bidroom unlock。", "Pages use P-256 or RSA ≥ 2048 certificates; with a national (SM2) one, use the commands bidroom seal and bidroom unlock."]],
  wrong_suite: [NOTHING_SENT, ["若本标段采用国密套件（SM1），请改用命令 bidroom seal 和 bidroom unlock；否则请核对招标公告。", "If this lot is under the national suite (SM1), use the commands bidroom seal and bidroom unlock; else look at the notice again."]],
  token_unreachable: [NOTHING_SENT, ["请启动 UKey 程序；浏览器询问时允许本页访问本机。请用 Edge、Chrome 或 Firefox，Safari 不支持。", "Start the program for tokens, and allow this page to reach this device when the browser asks. Safari can't do it: take Edge, Chrome or Firefox."]],
  token_forbidden: [NOTHING_SENT, ["点击地址栏左侧的图标，把“本机应用（本地网络）”改为允许，再试一次。", "Click the icon left of the address, set access to apps on this device (local network) to Allow, then try again."]],
  token_foreign: [NOTHING_SENT, ["UKey 程序正在运行，但未登记本网站：请用 --origin 加本页的网址（到域名、端口为止）重新启动它。", "The program runs, but not for this site: start it again with --origin and this page's address, up to host and port."]],
  token_missing: [NOTHING_SENT, ["请插紧 UKey（可换一个 USB 口），指示灯亮后再试；有多个时确认插的是本企业的。", "Plug the token in (try another USB port), wait for its light and try again; of several, take your firm's."]],
  token_shut: [NOTHING_SENT, ["请重新打开 UKey 并输入口令，然后再试。", "Open the token again with its PIN, then try again."]],
  token_busy: [NOTHING_SENT, ["请先在 UKey 程序的窗口中完成正在进行的操作，再试一次。", "Finish what its window asks for, then try again."]],
  token_failed: [NOTHING_SENT, ["请拔下 UKey 重新插入，或重启 UKey 程序；仍不成功请联系 CA 机构并提供下面的代码。", "Pull the token out and plug it in, or restart its program; if it stays so, call your CA and name the code below."]],
  pin_rejected: [NOTHING_SENT, ["请核对口令后再试；连续输错会锁定 UKey。", "Check the PIN before you try again: wrong ones lock the token."]],
  pin_last_try: [NOTHING_SENT, ["先不要再试。请确认口令，或先到 CA 机构重置口令。", "Don't try again yet: make sure of the PIN, or have your CA reset it first."]],
  pin_locked: [["已递交的投标文件不受影响；用封装时的其他加密证书仍可解密。", "What was handed in stays good; another encryption certificate it was sealed to still opens it."], ["请联系 CA 机构解锁（通常须本人携带 UKey 办理）；等待解锁时可使用备用 UKey。", "Have your CA unlock it (usually in person); use a spare token meanwhile."]],
  pin_not_given: [NOTHING_SENT, ["请再点一次，并在 120 秒内到 UKey 程序的窗口中输入口令。", "Click again, and type the PIN in its window within 120 seconds."]],
  not_agreed: [["没有签名，操作未生效。", "Nothing was signed; this had no effect."], ["如确需继续，请再点一次，并在 UKey 程序的窗口中按 y 同意。", "To go on, click again and agree with y in its window."]],
  not_for_signing: [["没有签名，操作未生效。", "Nothing was signed; this had no effect."], TELL_CENTRE],
  certificate: [["投标截止前更换证书不影响投标资格。", "A certificate may be replaced before the deadline without harm."], ["请联系 CA 机构更新证书；需要换证书请尽早，并重新封装投标文件。", "Have your CA renew it early, and seal your tender again with the new one."]],
  certificate_wrong_usage: [NOTHING_SENT, ["请同时选择签名证书与加密证书两个文件。", "Choose both files: the signing and the encryption certificate."]],
  credit_code_bad: [NOTHING_LOST, ["请确认选择的是本企业证书，而非个人证书。", "Make sure this is your firm's certificate, not a person's."]],
  organisation_code_bad: [NOTHING_LOST, ["请联系 CA 机构更正证书后再登录。", "Have your CA correct the certificate, then log in."]],
  not_staff: [NOTHING_LOST, ["请联系中心管理员登记您的证书后再登录。", "Ask the centre to register your certificate."]],
  challenge_spent: [NOTHING_LOST, ["请再点一次；系统会取新的挑战值。", "Click again; a new challenge is fetched."]],
  not_logged_in: [["登录到期不影响已递交的投标文件和已作出的操作。", "A log-in that ended changes nothing you did."], ["请重新登录。", "Log in again."]],
  not_a_recipient: [["尚未发送任何密钥，不计入尝试次数。", "No key was sent; this counts as no attempt."], OTHER_KEY],
  wrong_key: [["未解密任何内容；时限内仍可解密。", "Nothing was decrypted; you still can within the window."], OTHER_KEY],
  window_not_open: [NOTHING_LOST, ["请等待主持人开始解密，页面会自动提示。", "Wait for the host to begin; this page will tell you."]],
  window_over: [["投标文件未解密；原因由监督部门认定，系统时钟不作责任认定。", "The tender stays sealed; whose cause it was is ruled by people, not by the clock."], ["可当场提出异议，说明情况并保留证据（截图、网络记录）。", "You may object on the spot; keep evidence (screenshots, network logs)."]],
  seal_broken: [["受损发生在保管期间，不是您的责任；请当场提出异议。", "It was damaged in the hall's keeping, not by you; object on the spot."], ["请立即联系主持人，并保留递交回执。", "Tell the host now and keep your receipt."]],
  already_decrypted: [["您的投标文件已解密，操作已生效。", "Your tender is decrypted; it counts."], ["无需再操作。", "Nothing more to do."]],
  already_confirmed: [["您的确认已生效。", "Your confirmation counts."], ["无需再操作。", "Nothing more to do."]],
  too_late: [["截止后不再受理；已签收的投标文件不受影响。", "It is not taken after the deadline; what was received stays good."], ["请查看您的最近一份回执。", "Look at your latest receipt."]],
  too_early: [NOTHING_LOST, ["请在规定时间再操作。", "Come back at the given time."]],
  stale_version: [NOTHING_LOST, LOOK],
  objections_spent: [["您已提出的异议全部有效，均须答复。", "All your objections stand and must be answered."], ["如有补充，可在开标后依法书面提出。", "Anything further may be raised in writing afterwards."]],
  objections_over: [["开标现场异议时间已过；仍可依法向监督部门投诉。", "The time on the spot is over; other legal ways remain open."], ["请按《实施条例》第六十条处理。", "See the Implementing Regulations, art. 60."]],
  foreign_notice: [["按旧公告封装的投标文件不能用于现行公告。", "A tender sealed for an older notice can't serve the present one."], ["请在截止前按现行公告重新封装并上传。", "Seal again under the present notice before the deadline."]],
  altered: [["大厅没有受理这份数据。", "The hall took none of it."], TELL_CENTRE],
  part_altered: [["已上传的部分保留，不必重来。", "What is uploaded is kept."], ["请点“继续上传”。", "Choose “Go on uploading”."]],
  offline: [["没有送达的不生效；已签收、已记录的不受影响。", "What wasn't delivered has no effect; what was received or recorded stays good."], ["请检查网络；恢复后再试一次（上传会自动继续）。", "Check the network, then try again (uploads go on by themselves)."]],
  line_closed: [["以大厅记录为准；同一操作不会生效两次。", "The hall's record counts; nothing takes effect twice."], LOOK],
  broken_off: [NOTHING_SENT, ["可随时重新开始。", "Start again whenever you like."]],
  machine: [NOTHING_SENT, ["请检查磁盘空间、文件是否被移动或正在被其他程序使用，然后重试。", "Check free disk space and that no file was moved or is in use, then try again."]],
  too_many: [NOTHING_LOST, ["请等待片刻再试。", "Wait a little and try again."]],
  uploads_spent: [NOTHING_LOST, ["请继续先前未完成的上传。", "Go on with the upload you began."]],
}
