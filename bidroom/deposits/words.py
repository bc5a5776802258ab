"""What the service says when it says no: one sentence a code, in Chinese and in English."""

from __future__ import annotations

from typing import Final

from bidroom.deposits.ledger import Reason
from bidroom.deposits.matching import Doubt
from bidroom.deposits.statements import Finding

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

STATEMENTS: Final[dict[Finding, Sentence]] = {
    Finding.TOO_LARGE: ("文件过大，请分段导出。", "The file is too large: export it in pieces."),
    Finding.NOT_READABLE: (
        "无法读取：不是 XML，也不是可识别编码的文本。",
        "This can't be read: it is neither XML nor text in a known encoding.",
    ),
    Finding.CUT_OFF: (
        "文件不完整，末尾被截断，请重新下载。",
        "The file stops before its end: download it again.",
    ),
    Finding.NO_STATEMENT: ("文件中没有对账单。", "There is no statement in this file."),
    Finding.INTERIM: (
        "这是日间报告（camt.052），不能入账，请导入 camt.053 或 camt.054。",
        "This is an interim report (camt.052), which is not booked: import camt.053 or camt.054.",
    ),
    Finding.FOREIGN_CURRENCY: (
        "含非人民币金额，保证金只收人民币。",
        "Some amounts are not in renminbi, and deposits are.",
    ),
    Finding.AMOUNT_UNREADABLE: ("有金额无法读取。", "Some amount can't be read."),
    Finding.HALF_A_FEN: ("有金额不足一分。", "Some amount has a fraction of a fen."),
    Finding.BALANCE_MISSING: (
        "缺少期初或期末余额，无法核对。",
        "Opening or closing balance is missing, so nothing can be checked.",
    ),
    Finding.BALANCES_DIFFER: (
        "余额与明细不符。",
        "The balances and the lines between them don't agree.",
    ),
    Finding.DETAILS_DIFFER: (
        "批量明细之和与入账金额不符。",
        "The payments of a batch don't add up to what was booked.",
    ),
    Finding.REFERENCE_MISSING: (
        "有明细缺少银行流水号，无法区分两笔相同的付款。",
        "Some line has no bank reference: two equal payments could not be told apart.",
    ),
    Finding.NUMBER_MANGLED: (
        "账号或金额成了科学计数法（如 1.23E+18），请以文本格式重新导出。",
        "A number was turned into 1.23E+18 by a spreadsheet: export it again, as text.",
    ),
    Finding.DATE_UNREADABLE: ("有日期无法读取。", "Some date can't be read."),
    Finding.HEADER_UNKNOWN: (
        "找不到表头：须有日期和金额（或收入、支出）列。",
        "There is no header: columns for date and amount (or in and out) are needed.",
    ),
    Finding.SPREADSHEET: (
        "这是 Excel 文件，请在网银另存为 CSV 后导入。",
        "This is a spreadsheet: save it as CSV at the bank's page, and import that.",
    ),
}

MATCHING: Final[dict[Doubt, Sentence]] = {
    Doubt.SEEN_BEFORE: ("该明细已导入过。", "This line was imported before."),
    Doubt.NOT_A_RECEIPT: (
        "不是到账（支出或冲正）。",
        "This is no receipt: it went out, or takes one back.",
    ),
    Doubt.UNKNOWN_ACCOUNT: ("收款子账号未登记。", "The sub-account paid to is nobody's."),
    Doubt.OTHER_ACCOUNT: (
        "付款账号不是投标人登记的基本账户。",
        "It was not paid from the bidder's registered basic account.",
    ),
    Doubt.OTHER_NAME: ("付款户名与投标人名称不符。", "The payer's name is not the bidder's."),
    Doubt.OTHER_CURRENCY: ("币种不是人民币。", "It is not in renminbi."),
    Doubt.TOO_LITTLE: ("金额不足。", "It is less than the required amount."),
    Doubt.TOO_MUCH: ("金额超出。", "It is more than the required amount."),
    Doubt.LATE: ("晚于缴纳截止时间到账。", "It was booked after the deadline."),
    Doubt.TIME_UNKNOWN: (
        "银行未给出截止当日的到账时刻。",
        "The bank gave no time of booking that could be compared with the deadline.",
    ),
    Doubt.PAID_ALREADY: ("该子账号已有有效保证金。", "This sub-account has its deposit already."),
}
