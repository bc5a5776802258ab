"""Reads what Chinese banks export as CSV: no two alike, so columns are found by their names.

Met in real files: GB 18030 or UTF-8, tabs and blanks glued to every cell, lines before the header
and after the last row, `1,234.00`, `+10000.00`, `-` or `--` for nothing, newest first or last.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from bidroom.deposits.statements import (
    Doubtful,
    Finding,
    Line,
    Statement,
    account_number,
    fen,
)

BYTES_MAX: Final = 64 << 20
SPREADSHEETS: Final = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")  # .xls, .xlsx
NOTHING: Final = ("", "-", "--")
RENMINBI: Final = ("", "CNY", "RMB", "人民币", "人民币元")
ACCOUNT: Final = re.compile(r"(?:卡号|账号|帐号|账户)[:：]\s*([0-9*A-Za-z -]+)")
DATE: Final = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})")
CLOCK: Final = re.compile(r"(\d{2}):?(\d{2}):?(\d{2})")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "date": ("交易日期", "记账日期", "入账日期"),
    "time": ("交易时间", "记账时间"),
    "amount": ("交易金额", "发生额", "金额"),
    "in": ("记账金额(收入)", "收入", "收入金额", "贷方发生额", "贷方金额"),
    "out": ("记账金额(支出)", "支出", "支出金额", "借方发生额", "借方金额"),
    "balance": ("余额", "本次余额", "联机余额", "账户余额"),
    "name": ("对方户名", "对方名称", "对手信息"),
    "number": ("对方账号", "对方帐号", "对方账户"),
    "currency": ("记账币种", "币种", "货币"),
    "reference": ("日志号", "流水号", "交易流水号"),
    "remark": ("附言", "交易附言", "客户摘要", "摘要", "交易摘要"),
}


def read_export(data: bytes, account: str = "") -> Statement:
    """A bank's CSV; `account` is ours where the file doesn't say. Raises `Doubtful` if none."""
    if len(data) > BYTES_MAX:
        raise Doubtful(Finding.TOO_LARGE)
    if data.startswith(SPREADSHEETS):
        raise Doubtful(Finding.SPREADSHEET)
    text, cut = _decoded(data)
    try:
        rows = [[_cell(one) for one in row] for row in csv.reader(text.splitlines())]
    except csv.Error as fault:
        raise Doubtful(Finding.NOT_READABLE) from fault
    start, places = _header(rows)
    for row in rows[:start]:
        for cell in row:
            if found := ACCOUNT.search(cell):
                account = account_number(found[1])
    findings = {Finding.CUT_OFF} if cut else set()
    body = list(_body(rows[start + 1 :], findings))
    whole = max(place for column, place in places.items() if column != "remark") + 1
    if body and body[-1] is rows[-1] and len(rows[-1]) <= whole and not text.endswith("\n"):
        findings.add(Finding.CUT_OFF)  # its last row stops short, perhaps inside a number
        body.pop()
    lines = [one for row in body if (one := _line(row, places, account, findings)) is not None]
    if not _leads(lines):
        findings.add(Finding.BALANCES_DIFFER)
    if any(not one.reference and one.balance is None for one in lines):
        findings.add(Finding.REFERENCE_MISSING)
    taken = tuple(one for one in lines if one.amount)  # a tax of 0.00 moves nothing
    return Statement("", account, None, None, taken, frozenset(findings))


def _decoded(data: bytes) -> tuple[str, bool]:
    """The text, and whether it stops inside a character."""
    for encoding in ("utf-8-sig", "gb18030"):  # not gbk: it lacks characters of real names
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = decoder.decode(data)
        except UnicodeDecodeError:
            continue
        return text, bool(decoder.getstate()[0])
    raise Doubtful(Finding.NOT_READABLE)


def _cell(text: str) -> str:
    return re.sub(r"[\t\r\n\u3000\u00a0]", " ", text).strip().lstrip("'=").strip('"')


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Which row names the columns, and where each is."""
    for at, row in enumerate(rows):
        named = [re.sub(r"\s", "", cell).replace("（", "(").replace("）", ")") for cell in row]
        places = {
            column: next(named.index(word) for word in words if word in named)
            for column, words in COLUMNS.items()
            if set(words) & set(named)
        }
        if "date" in places and ("amount" in places or {"in", "out"} <= set(places)):
            return at, places
    raise Doubtful(Finding.HEADER_UNKNOWN)


def _body(rows: Sequence[list[str]], findings: set[Finding]) -> Iterator[list[str]]:
    """The rows of payments, up to the sums at the end."""
    for row in rows:
        if not any(row):
            continue
        if any("合计" in cell or "总计" in cell for cell in row[:2]):
            return
        if not DATE.match(row[0]) and not any(DATE.fullmatch(cell) for cell in row):
            findings.add(Finding.DATE_UNREADABLE)
            continue
        yield row


def _line(
    row: list[str], places: dict[str, int], account: str, findings: set[Finding]
) -> Line | None:
    def cell(column: str) -> str:
        at = places.get(column, len(row))
        return row[at] if at < len(row) and row[at] not in NOTHING else ""

    try:
        booked = _instant(cell("date"), cell("time"))
        if "amount" in places:
            amount = fen(cell("amount"))
        else:
            amount = fen(cell("in") or "0") - fen(cell("out") or "0")
        number = account_number(cell("number"))
        reference = account_number(cell("reference"))
    except Doubtful as doubt:
        findings.add(doubt.finding)
        return None
    balance = None
    if cell("balance"):
        try:
            balance = fen(cell("balance"))
        except Doubtful as doubt:
            findings.add(doubt.finding)
    if cell("currency") not in RENMINBI:
        findings.add(Finding.FOREIGN_CURRENCY)
    return Line(
        account=account,
        incoming=amount >= 0,
        amount=abs(amount),
        currency="CNY",
        booked=booked,
        name=cell("name"),
        number=number,
        remark=cell("remark"),
        reference="" if set(reference) == {"0"} else reference,
        balance=balance,
    )


def _instant(day: str, clock: str) -> str:
    """ISO 8601 without a zone: the bank's own day, and its time of day if it gives one."""
    found = DATE.match(day)
    if not found:
        raise Doubtful(Finding.DATE_UNREADABLE)
    if not clock:
        return "-".join(found.groups())
    time = CLOCK.fullmatch(clock)
    if not time:
        raise Doubtful(Finding.DATE_UNREADABLE)
    return f"{'-'.join(found.groups())}T{':'.join(time.groups())}"


def _leads(lines: Sequence[Line]) -> bool:
    """Whether each balance follows from the one before, oldest first or newest first."""

    def follows(earlier: Line, later: Line) -> bool:
        if earlier.balance is None or later.balance is None:
            return True
        moved = later.amount if later.incoming else -later.amount
        return earlier.balance + moved == later.balance

    pairs = list(pairwise(lines))
    return all(follows(*pair) for pair in pairs) or all(follows(b, a) for a, b in pairs)
