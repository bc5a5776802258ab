"""What the service says when it says no: one sentence a code, in Chinese and in English."""

from __future__ import annotations

from typing import Final

from bidroom.deposits.ledger import Reason

Sentence = tuple[str, str]  # 中文, English

LEDGER: Final[dict[Reason, Sentence]] = {
    Reason.MALFORMED: (
        "分录不合要求：金额须为正的整数分，借贷账户不同，编号不重复。",
        "This is no transfer: a positive whole number of fen, two accounts, ids used once.",
    ),
    Reason.OTHER_CONTENT: (
        "该编号已用于另一笔分录。",
        "This id was used for something else.",
    ),
    Reason.NO_ACCOUNT: ("账户不存在。", "There is no such account."),
    Reason.LEDGERS_DIFFER: (
        "两个账户不在同一账套。",
        "The two accounts are of different ledgers.",
    ),
    Reason.NO_TRANSFER: ("所引用的分录不存在。", "What it refers to does not exist."),
    Reason.NOT_POSTED: (
        "只有已入账的分录可以红冲。",
        "Only what was posted can be reversed.",
    ),
    Reason.NOT_PENDING: (
        "所引用的分录不是待处理分录。",
        "What it refers to is not pending.",
    ),
    Reason.TERMS_DIFFER: (
        "账户或金额与所引用的分录不一致。",
        "Accounts or amount are not those of what it refers to.",
    ),
    Reason.SETTLED: (
        "所引用的分录已处理过一次。",
        "What it refers to was settled or reversed before.",
    ),
    Reason.TOTAL_TOO_LARGE: (
        "账户累计金额超出上限。",
        "The account's total would be larger than a ledger can hold.",
    ),
    Reason.NOT_ENOUGH: (
        "账户可用余额不足（含待处理金额）。",
        "The account has not enough left, pending amounts included.",
    ),
}
