/** Words about renewed certificates and those that run out. */
import { words } from "../ui/words.ts"

export const n = words({
  title: ["证书已更换：{n} 份已封装的投标文件仍需旧密钥", "Your certificate changed. Sealed tenders that still need the old key: {n}"],
  why: [
    "以下投标文件封装给旧加密证书，现在打开的证书解不开。请勿交回或清空旧 UKey（即使已到期也能解密），或在截止前用新证书重新封装。",
    "These were sealed to an older certificate and don't open with the one that is open now. Don't give back or wipe the old token (it decrypts even when expired), or seal them again with the new one before the deadline.",
  ],
  opens: ["{at} 开标；封装给 {name}，有效期至 {day} 的加密证书", "opens {at}; sealed to {name}, certificate until {day}"],
  reseal: ["用新证书重新封装", "Seal again"],
  only_old: ["已截标，只能用旧密钥解密", "The deadline is past: only the old key opens it"],
  kept: ["已确认保留旧密钥", "The old key is kept"],
  keep: ["我确认：旧 UKey 仍在手中，并保留到开标", "I confirm: the old token is at hand and stays until the opening"],
  alarms: ["证书到期提醒", "Certificates that run out"],
  "ends.sign": ["签名证书（{name}）{day} 到期：{left}。到期后不能登录、签名，请尽快更新。", "Signing certificate ({name}) ends {day}: {left}. After that it neither logs in nor signs: renew it."],
  "ends.encrypt": ["加密证书（{name}）{day} 到期：{left}。更新后旧密钥请保留到开标；新的投标文件须封装给新证书。", "Encryption certificate ({name}) ends {day}: {left}. Keep the old key until the opening; new tenders need the new certificate."],
  opening: ["{lot} 于 {at} 开标（{left}），届时封装所用的加密证书已到期（{day}）。仍可解密：请保留该密钥，不要交回。", "{lot} opens {at} ({left}); its encryption certificate will have ended ({day}). It still decrypts: keep that key, don't give it back."],
  over: ["已过", "over"],
  days: ["{n} 天内", "within {n} days"],
  hours: ["{n} 小时内", "within {n} hours"],
})
