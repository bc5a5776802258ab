"""Reads ISO 20022 statements (camt.053) and notifications (camt.054), of any version.

Lenient in form: namespaces, versions and unknown elements don't matter, since several banks' real
files break the schema. Strict in money: what does not add up is put aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from bidroom.deposits.statements import (
    Doubtful,
    Finding,
    Line,
    Statement,
    account_number,
    balanced,
    fen,
)

BYTES_MAX: Final = 64 << 20
OURS: Final = "CNY"
OPENING: Final = ("OPBD", "PRCD")  # a bank may give yesterday's closing balance instead
CLOSING: Final = ("CLBD",)


def read_camt(data: bytes) -> list[Statement]:
    """Every statement of a file. Raises `Doubtful` if it is none at all."""
    if len(data) > BYTES_MAX:
        raise Doubtful(Finding.TOO_LARGE)
    root = _parsed(data)
    names = [child.tag for child in root]
    if "BkToCstmrAcctRpt" in names:
        raise Doubtful(Finding.INTERIM)
    found = [*root.iterfind("*/Stmt"), *root.iterfind("*/Ntfctn")]
    if not found:
        raise Doubtful(Finding.NO_STATEMENT)
    return [_statement(one) for one in found]


def _parsed(data: bytes) -> Element:
    """The document without namespaces. A DTD, and with it every entity, is refused."""
    parser, builder = expat.ParserCreate(namespace_separator=" "), TreeBuilder()

    def refuse(*_: object) -> None:
        raise Doubtful(Finding.NOT_READABLE)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, marks: builder.start(
        name.rpartition(" ")[2], {key.rpartition(" ")[2]: mark for key, mark in marks.items()}
    )
    parser.EndElementHandler = lambda name: builder.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as fault:
        code = getattr(fault, "code", None)
        cut = code in (
            expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
            expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
            expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        )
        raise Doubtful(Finding.CUT_OFF if cut else Finding.NOT_READABLE) from fault
    return builder.close()


def _statement(stmt: Element) -> Statement:
    findings: set[Finding] = set()
    account = _account(stmt.find("Acct"), findings)
    lines = tuple(
        line for entry in stmt.iterfind("Ntry") for line in _lines(entry, account, findings)
    )
    opening = closing = None
    if stmt.tag == "Stmt":
        opening = _balance(stmt, OPENING, findings)
        closing = _balance(stmt, CLOSING, findings)
        if opening is None or closing is None:
            findings.add(Finding.BALANCE_MISSING)
        elif not balanced(opening, closing, lines):
            findings.add(Finding.BALANCES_DIFFER)
    if any(not one.reference for one in lines):
        findings.add(Finding.REFERENCE_MISSING)
    return Statement(_text(stmt, "Id"), account, opening, closing, lines, frozenset(findings))


def _lines(entry: Element, account: str, findings: set[Finding]) -> Iterator[Line]:
    """The lines of a booked entry: one, or one for each payment of a batch that adds up."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status not in ("BOOK", ""):
        return
    amount = _amount(entry, findings)
    if amount is None:
        return
    details = entry.findall("NtryDtls/TxDtls")
    if len(details) > 1:
        parts = [_amount(one, set()) for one in details]  # many banks give none
        if None not in parts and sum(part or 0 for part in parts) == amount:
            for part, one in zip(parts, details, strict=True):
                yield _line(entry, one, part or 0, account, findings)
            return
        findings.add(Finding.DETAILS_DIFFER)
    yield _line(entry, details[0] if details else entry, amount, account, findings)


def _line(
    entry: Element, detail: Element, amount: int, account: str, findings: set[Finding]
) -> Line:
    incoming = _text(entry, "CdtDbtInd") == "CRDT"
    theirs, ours = ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr")
    sub = _account(detail.find(f"RltdPties/{ours}Acct"), findings)
    name = _text(detail, f"RltdPties/{theirs}/Pty/Nm") or _text(detail, f"RltdPties/{theirs}/Nm")
    return Line(
        account=sub or account,
        incoming=incoming,
        amount=amount,
        currency=_currency(entry),
        booked=_text(entry, "BookgDt/DtTm") or _text(entry, "BookgDt/Dt"),
        value_date=_text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm"),
        name=name,
        number=_account(detail.find(f"RltdPties/{theirs}Acct"), findings),
        remark=_text(detail, "RmtInf/Ustrd"),
        reference=_text(detail, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef"),
        reversal=_text(entry, "RvslInd") in ("true", "1"),
    )


def _balance(stmt: Element, codes: tuple[str, ...], findings: set[Finding]) -> int | None:
    for code in codes:
        for bal in stmt.iterfind("Bal"):
            if _text(bal, "Tp/CdOrPrtry/Cd") == code:
                amount = _amount(bal, findings)
                if amount is not None and _text(bal, "CdtDbtInd") == "DBIT":
                    return -amount
                return amount
    return None


def _amount(where: Element, findings: set[Finding]) -> int | None:
    """The element's `Amt` in fen; what is in another currency is noted, and read all the same."""
    try:
        amount = fen(_text(where, "Amt") or _text(where, "AmtDtls/TxAmt/Amt"))
    except Doubtful as doubt:
        findings.add(doubt.finding)
        return None
    if _currency(where) != OURS:
        findings.add(Finding.FOREIGN_CURRENCY)
    if amount < 0:
        findings.add(Finding.AMOUNT_UNREADABLE)
        return None
    return amount


def _currency(where: Element) -> str:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = where.find(path)
        if found is not None:
            return found.get("Ccy", "")
    return ""


def _account(where: Element | None, findings: set[Finding]) -> str:
    if where is None:
        return ""
    try:
        return account_number(_text(where, "Id/IBAN") or _text(where, "Id/Othr/Id"))
    except Doubtful as doubt:
        findings.add(doubt.finding)
        return ""


def _text(where: Element, path: str) -> str:
    found = where.find(path)
    return (found.text or "").strip() if found is not None else ""
