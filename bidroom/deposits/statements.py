"""A bank's statement, whatever it came as; what is doubtful is put aside, with reasons.

A statement with a finding is quarantined: a person looks at it, and nothing of it is posted. Names
are as the bank wrote them; account numbers are text, always.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

LINES: Final = UUID("6f0c1a52-7d0f-5d0e-9b53-0c6a3d1d8f11")  # the namespace of lines' ids
NUMBER: Final = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
# What a spreadsheet makes of the 19 digits of an account number.
MANGLED: Final = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
DIGITS_MAX: Final = 24


class Finding(StrEnum):
    """Why a file, or a statement in it, is put aside."""

    TOO_LARGE = "statement_too_large"
    NOT_READABLE = "statement_not_readable"
    CUT_OFF = "statement_cut_off"
    NO_STATEMENT = "no_statement"
    INTERIM = "interim_report"
    FOREIGN_CURRENCY = "foreign_currency"
    AMOUNT_UNREADABLE = "amount_unreadable"
    HALF_A_FEN = "half_a_fen"
    BALANCE_MISSING = "balance_missing"
    BALANCES_DIFFER = "balances_differ"
    DETAILS_DIFFER = "details_differ"
    REFERENCE_MISSING = "reference_missing"
    NUMBER_MANGLED = "number_mangled"
    DATE_UNREADABLE = "date_unreadable"
    HEADER_UNKNOWN = "header_unknown"
    SPREADSHEET = "spreadsheet_file"


class Doubtful(Exception):
    """A value that can't be taken as it stands."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.value)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came in or went out. `amount` in fen, positive; `booked` as the bank wrote it."""

    account: str  # of ours: the virtual sub-account where the bank names it
    incoming: bool
    amount: int
    currency: str
    booked: str
    value_date: str = ""
    name: str = ""  # of the other side
    number: str = ""
    remark: str = ""  # never used to match by
    reference: str = ""  # the bank's own, or that of the journal (日志号)
    balance: int | None = None
    reversal: bool = False

    @property
    def id(self) -> UUID:
        """The same in whichever file; two equal payments differ by reference or balance."""
        told = self.reference or f"{self.booked}|{self.balance}|{self.name}|{self.number}"
        way = "in" if self.incoming else "out"
        return uuid5(LINES, f"{self.account}|{way}|{self.amount}|{self.reversal}|{told}")


@dataclass(frozen=True, slots=True)
class Statement:
    """`findings` empty: its lines can be taken. Balances in fen; a camt.054 has none."""

    id: str
    account: str
    opening: int | None
    closing: int | None
    lines: tuple[Line, ...]
    findings: frozenset[Finding] = frozenset()


def fen(text: str) -> int:
    """Whole fen of an amount in yuan, exactly; more decimals are taken if they are zeros."""
    text = text.strip()
    if MANGLED.fullmatch(text):
        raise Doubtful(Finding.NUMBER_MANGLED)
    if not NUMBER.fullmatch(text) or len(text) > DIGITS_MAX:
        raise Doubtful(Finding.AMOUNT_UNREADABLE)
    try:
        amount = Decimal(text.replace(",", "")) * 100
    except InvalidOperation as fault:
        raise Doubtful(Finding.AMOUNT_UNREADABLE) from fault
    if amount != amount.to_integral_value():
        raise Doubtful(Finding.HALF_A_FEN)
    return int(amount)


def account_number(text: str) -> str:
    """An account number without the blanks that banks put in; refused if a spreadsheet had it."""
    text = re.sub(r"\s", "", text)
    if MANGLED.fullmatch(text):
        raise Doubtful(Finding.NUMBER_MANGLED)
    return text


def balanced(opening: int | None, closing: int | None, lines: tuple[Line, ...]) -> bool:
    """Whether the lines lead from one balance to the other, to the fen."""
    if opening is None or closing is None:
        return False
    return opening + sum(one.amount if one.incoming else -one.amount for one in lines) == closing
