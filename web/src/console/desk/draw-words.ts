/** Words of one's own step in a draw. */
import { words } from "../../ui/words.ts"

export const dr = words({
  "do.reveal": ["公开我的抽取份额", "Reveal my share of the draw"],
  "effect.reveal": [
    "用您的加密证书取出份额，签名后公开；份额须与公告中的承诺相符，不可更换。",
    "Your certificate opens the share, and you sign it. It must be what the notice commits to; there is no other.",
  ],
  "do.release": ["交出 {of} 的份额分片", "Release my part of the share of {of}"],
  "effect.release": [
    "{of} 未按时公开份额。您保管的分片与其他方的合在一起，即可恢复；单独一片什么也看不出。",
    "{of} revealed no share in time. Your part and another's restore it; one alone tells nothing.",
  ],
  "do.enter": ["录入摇球机结果并签名", "Enter and sign a ball machine's result"],
  "effect.enter": [
    "份额无法恢复，不能抽取。可录入摇球机的球号；公证人对同一内容签名后才生效。",
    "The shares can't be restored. You may enter a ball machine's numbers; they count once the notary has signed the same.",
  ],
  "do.cosign": ["签名确认摇球机结果", "Sign the ball machine's result"],
  "effect.cosign": [
    "请对照现场核对主持人录入的球号和原因；您签名后立即生效并公开。",
    "Hold the host's numbers and reason against what you saw; with your signature they count, for everybody to see.",
  ],
  round: ["第 {n} 轮", "Round {n}"],
  picks_note: ["按出球顺序填写 {n} 个球号（从 1 起），用逗号或空格分开", "{n} numbers of balls (from 1), in the order they came, with commas or spaces"],
})
