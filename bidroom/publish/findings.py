"""What a verifier can find: a closed list of faults, in words for people, and what was proved.

The browser's twin (web/src/verify/) uses the same codes, so that both can be held to the same
records.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Why a record does not hold. Each has its sentences in `WORDS`."""

    # the file
    TOO_LARGE = "too_large"
    NOT_CANONICAL = "not_canonical"
    NOT_A_RECORD = "not_a_record"
    # the hall's signature over everything
    HALL_SIGNED_OTHER = "hall_signed_other"
    # the log
    ENTRIES_MISSING = "entries_missing"
    ENTRY_NUMBER = "entry_number"
    ENTRY_FOREIGN = "entry_foreign"
    ENTRY_TIME = "entry_time"
    ENTRY_LEAF = "entry_leaf"
    ENTRY_WITHHELD = "entry_withheld"
    LOG_ROOT = "log_root"
    CHECKPOINT = "checkpoint"
    # the rules
    AGAINST_THE_RULES = "against_the_rules"
    NOTICE = "notice"
    MINUTES = "minutes"
    # what people signed
    CERTIFICATE = "certificate"
    SIGNATURE = "signature"
    STATEMENT = "statement"
    SIGNED_BY_ANOTHER = "signed_by_another"
    SIGNED_FOR_ANOTHER = "signed_for_another"
    OTHER_HISTORY = "other_history"
    DRAW = "draw"
    # the sealed tenders
    TENDERS = "tenders"
    PACKAGE = "package"
    LETTER_KEY = "letter_key"
    OFFER = "offer"
    # what somebody kept
    RECEIPT_NOT_LISTED = "receipt_not_listed"
    TAIL_CUT = "tail_cut"
    HISTORY_REWRITTEN = "history_rewritten"
    ANOTHER_OPENING = "another_opening"


WORDS: Final[dict[Fault, tuple[str, str]]] = {
    Fault.TOO_LARGE: ("文件超过上限", "the file is too large"),
    Fault.NOT_CANONICAL: ("不是规范的 JSON（RFC 8785）", "is not canonical JSON (RFC 8785)"),
    Fault.NOT_A_RECORD: ("不是此种开标记录", "is no record of this kind"),
    Fault.HALL_SIGNED_OTHER: ("平台签署的不是这些内容", "the hall signed something else"),
    Fault.ENTRIES_MISSING: ("条目数与日志长度不符", "the entries are not as many as the log has"),
    Fault.ENTRY_NUMBER: ("条目编号不连续", "has another number"),
    Fault.ENTRY_FOREIGN: ("属于另一场开标", "is another opening's"),
    Fault.ENTRY_TIME: ("时间早于前一条", "is older than the one before"),
    Fault.ENTRY_LEAF: ("内容与其叶哈希不符", "is not what its leaf says"),
    Fault.ENTRY_WITHHELD: ("隐去了应当公开的内容", "withholds what a record has to show"),
    Fault.LOG_ROOT: ("日志根与条目不符", "is not the entries' root"),
    Fault.CHECKPOINT: ("检查点与日志不符", "the checkpoint is not this log's"),
    Fault.AGAINST_THE_RULES: ("按规则不可能发生", "could not have come about by the rules"),
    Fault.NOTICE: ("公告与其摘要不符", "the notice is not what its hash says"),
    Fault.MINUTES: ("开标记录表与条目不符", "the minutes are not what the entries add up to"),
    Fault.CERTIFICATE: ("签名证书在当时无效", "was signed with a certificate that is not good"),
    Fault.SIGNATURE: ("签名无效", "has a signature that does not hold"),
    Fault.STATEMENT: ("没有可读的声明", "has no statement that can be read"),
    Fault.SIGNED_BY_ANOTHER: ("由他人签署", "was signed by somebody else"),
    Fault.SIGNED_FOR_ANOTHER: ("签署的是另一事项", "was signed for something else"),
    Fault.OTHER_HISTORY: (
        "签署者所见的是另一段历史",
        "its signer saw another history than this one",
    ),
    Fault.DRAW: (
        "抽取与公告中的承诺、份额不符",
        "the draw is not what its commitments and shares say",
    ),
    Fault.TENDERS: ("投标文件与唱标的不是同一批", "the tenders are not those that were read out"),
    Fault.PACKAGE: ("与封存的不是同一份投标文件", "is another package than the one sealed"),
    Fault.LETTER_KEY: ("密钥与密封承诺不符", "the key is not the one that the seal commits to"),
    Fault.OFFER: ("开标一览表与唱标内容不符", "the letter says something else than was read out"),
    Fault.RECEIPT_NOT_LISTED: (
        "回执所载的投标文件不在截标封存的清单中（若未撤回或替换，即为遗漏）",
        "the receipt's package is not in the freeze: unless it was withdrawn or replaced, it was"
        " left out",
    ),
    Fault.TAIL_CUT: (
        "日志比您保存的检查点短：后来的条目被删去",
        "the log is shorter than the one you kept a head of: its end was cut off",
    ),
    Fault.HISTORY_REWRITTEN: (
        "与您保存的不是同一段历史：记录被改写",
        "is another history than the one you kept: it was rewritten",
    ),
    Fault.ANOTHER_OPENING: ("是另一场开标的", "is of another opening"),
}

PROVED: Final[tuple[tuple[str, str], ...]] = (
    (
        "每一条目都在日志树中，编号连续，时间不倒退；全过程按公开的规则逐条重演，结果一致。",
        "Every entry stands in the tree, numbered without a gap, in order of time; replayed by the"
        " published rules, each could come about just so.",
    ),
    (
        "每份唱标的开标一览表由公布的密钥从其密文解出，与截标时封存的摘要、投标人的签名一致。",
        "Every offer read out opens, with the published key, from the ciphertext whose digest was"
        " frozen at the deadline and which its bidder had signed.",
    ),
    (
        "解密、异议、确认和签署均由本人的证书签署，证书在当时有效（按记录所附的证书吊销列表）。",
        "Decryptions, objections, confirmations and signatures are their own people's, under"
        " certificates that were good at the time, by the revocation lists in the file.",
    ),
    (
        "每个签署者所见的历史，都是本记录的开头。",
        "The history that each signer saw is the beginning of this one.",
    ),
)
NOT_PROVED: Final[tuple[tuple[str, str], ...]] = (
    (
        "记录之后是否还有条目：须与您保存的检查点、见证人的会签或另一次下载比较。",
        "That nothing followed: hold it against a checkpoint you kept, a witness's cosignature, or"
        " another download.",
    ),
    (
        "是否有投标文件在截标时被遗漏：只有持回执的投标人能证明（--receipt）。",
        "That no tender was left out of the freeze: only whoever has its receipt can show that"
        " (--receipt).",
    ),
    (
        "最后一个签名之后的条目，仅由平台一方担保。",
        "What stands after the last signature of somebody else rests on the hall's word alone.",
    ),
    (
        "根证书是否可信、密钥中心是否留存加密密钥、投标人的电脑是否安全（docs/threats.md）。",
        "That the roots deserve trust, that no key centre keeps encryption keys, that bidders'"
        " computers are sound (docs/threats.md).",
    ),
)


class RecordFails(Exception):
    """The first thing that does not hold: where it stands in the file, and what is wrong there."""

    def __init__(self, where: str, fault: Fault, detail: str = "") -> None:
        self.where, self.fault, self.detail = where, fault, detail
        super().__init__(f"{where}: {WORDS[fault][1]}" + (f" ({detail})" if detail else ""))

    @property
    def zh(self) -> str:
        return WORDS[self.fault][0]

    @property
    def en(self) -> str:
        return WORDS[self.fault][1]
