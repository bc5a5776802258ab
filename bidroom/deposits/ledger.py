"""What may be posted to the ledger, purely: double entry, whole fen, nothing ever changed.

A transfer has one debit, one credit and one amount, so it can't be unbalanced. Transfers that
belong together are one chain: all of them are posted, or none. What was posted is corrected by a
reversal (红冲) only. The database decides the same by itself (migration 0009); a test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Final, TypeAlias
from uuid import UUID

LEGS_MAX: Final = 16  # transfers of one chain
AMOUNT_MAX: Final = 9 * 10**15  # fen; what JavaScript's numbers still hold exactly
TOTAL_MAX: Final = 4_500_000_000_000_000_000  # fen of one side of an account; two are a bigint
SOURCE_MAX: Final = 200  # characters
PURPOSE_MAX: Final = 99


class Kind(IntEnum):
    """What a transfer does. The last three repeat the terms of the one they refer to."""

    POST = 1
    PEND = 2  # reserve: nobody else can have it, and it isn't paid yet
    CONFIRM = 3  # what was pending is paid
    VOID = 4  # what was pending is given back
    REVERSE = 5  # what was posted is posted the other way round


class Rule(IntEnum):
    """What an account's balance may not do; pending amounts count against it."""

    NONE = 0
    HOLDS = 1  # an asset, such as a bank account: credits never above debits
    OWES = 2  # a liability, such as a deposit: debits never above credits


class Reason(StrEnum):
    """Why the ledger says no."""

    MALFORMED = "malformed_transfer"
    OTHER_CONTENT = "exists_with_other_content"
    NO_ACCOUNT = "no_such_account"
    LEDGERS_DIFFER = "ledgers_differ"
    NO_TRANSFER = "no_such_transfer"
    NOT_POSTED = "not_posted"
    NOT_PENDING = "not_pending"
    TERMS_DIFFER = "terms_differ"
    SETTLED = "already_settled"
    TOTAL_TOO_LARGE = "total_too_large"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One debit, one credit. `purpose` and `source` are the caller's: what for, and from what."""

    id: UUID
    debit: UUID
    credit: UUID
    amount: int  # fen
    purpose: int
    source: str = ""
    kind: Kind = Kind.POST
    refers: UUID | None = None


Chain: TypeAlias = Sequence[Transfer]


@dataclass(frozen=True, slots=True)
class Account:
    """Its four sums in fen; `ledger` 1 is money, 2 guarantees, and nothing crosses."""

    id: UUID
    ledger: int
    rule: Rule
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer as it stands in the ledger: its number, its chain, its place there."""

    seq: int
    chain: UUID
    leg: int
    legs: int
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Posted:
    """`seq` is the number of the chain's first leg; asked again, the same answer comes again."""

    seq: int


@dataclass(frozen=True, slots=True)
class Refused:
    """`leg` counts from 0. Nothing is left behind: the same may be asked, and judged, again."""

    reason: Reason
    leg: int


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger as a picture: never changed, but followed by the next one."""

    accounts: Mapping[UUID, Account] = field(default_factory=dict)
    entries: Mapping[UUID, Entry] = field(default_factory=dict)
    settled: frozenset[UUID] = frozenset()


def malformed(chain: Chain) -> Refused | None:
    """What is wrong with a chain whatever the ledger holds: the doors ask this first."""
    if not 1 <= len(chain) <= LEGS_MAX:
        return Refused(Reason.MALFORMED, 0)
    seen: set[UUID] = set()
    for leg, one in enumerate(chain):
        good = (
            one.id not in seen
            and one.debit != one.credit
            and 1 <= one.amount <= AMOUNT_MAX
            and 1 <= one.purpose <= PURPOSE_MAX
            and len(one.source) <= SOURCE_MAX
            and "\0" not in one.source
            and (one.kind >= Kind.CONFIRM) == (one.refers is not None)
        )
        if not good:
            return Refused(Reason.MALFORMED, leg)
        seen.add(one.id)
    return None


def post(book: Book, chain: Chain) -> tuple[Book, Posted | Refused]:
    """Post all legs of `chain`, or none."""
    if refused := malformed(chain):
        return book, refused
    if answer := _answered(book, chain):
        return book, answer
    after = book
    for leg, transfer in enumerate(chain):
        if reason := objection(after, transfer):
            return book, Refused(reason, leg)
        entry = Entry(len(after.entries) + 1, chain[0].id, leg, len(chain), transfer)
        after = evolve(after, entry)
    return after, Posted(len(book.entries) + 1)


def _answered(book: Book, chain: Chain) -> Posted | Refused | None:
    """What an ask whose ids are known gets: its earlier answer, or a no."""
    known = [book.entries.get(one.id) for one in chain]
    if not any(known):
        return None
    for leg, (entry, transfer) in enumerate(zip(known, chain, strict=True)):
        place = (chain[0].id, leg, len(chain), transfer)
        if entry is None or (entry.chain, entry.leg, entry.legs, entry.transfer) != place:
            return Refused(Reason.OTHER_CONTENT, leg)
    assert known[0] is not None
    return Posted(known[0].seq)


def objection(book: Book, one: Transfer) -> Reason | None:
    """Why this leg may not be booked as the ledger stands; None if it may."""
    debit, credit = book.accounts.get(one.debit), book.accounts.get(one.credit)
    if debit is None or credit is None:
        return Reason.NO_ACCOUNT
    if debit.ledger != credit.ledger:
        return Reason.LEDGERS_DIFFER
    if one.refers is not None and (reason := _misreferred(book, one, one.refers)):
        return reason
    posted, held = _moves(one)
    sums = (
        debit.debits_posted + posted,
        credit.credits_posted + posted,
        debit.debits_pending + held,
        credit.credits_pending + held,
    )
    if max(sums) > TOTAL_MAX:
        return Reason.TOTAL_TOO_LARGE
    if debit.rule is Rule.OWES and sums[0] + sums[2] > debit.credits_posted:
        return Reason.NOT_ENOUGH
    if credit.rule is Rule.HOLDS and sums[1] + sums[3] > credit.debits_posted:
        return Reason.NOT_ENOUGH
    return None


def _misreferred(book: Book, one: Transfer, refers: UUID) -> Reason | None:
    found = book.entries.get(refers)
    if found is None:
        return Reason.NO_TRANSFER
    other = found.transfer
    if one.kind is Kind.REVERSE:
        if other.kind not in (Kind.POST, Kind.CONFIRM):
            return Reason.NOT_POSTED
        terms = (other.credit, other.debit, other.amount)
    else:
        if other.kind is not Kind.PEND:
            return Reason.NOT_PENDING
        terms = (other.debit, other.credit, other.amount)
    if terms != (one.debit, one.credit, one.amount):
        return Reason.TERMS_DIFFER
    return Reason.SETTLED if refers in book.settled else None


def _moves(one: Transfer) -> tuple[int, int]:
    """How many fen a transfer adds to what is posted, and to what is pending."""
    match one.kind:
        case Kind.POST | Kind.REVERSE:
            return one.amount, 0
        case Kind.PEND:
            return 0, one.amount
        case Kind.CONFIRM:
            return one.amount, -one.amount
        case Kind.VOID:
            return 0, -one.amount


def evolve(book: Book, entry: Entry) -> Book:
    """The ledger after one more entry."""
    one = entry.transfer
    posted, held = _moves(one)
    debit, credit = book.accounts[one.debit], book.accounts[one.credit]
    debit = replace(
        debit,
        debits_posted=debit.debits_posted + posted,
        debits_pending=debit.debits_pending + held,
    )
    credit = replace(
        credit,
        credits_posted=credit.credits_posted + posted,
        credits_pending=credit.credits_pending + held,
    )
    return Book(
        {**book.accounts, debit.id: debit, credit.id: credit},
        {**book.entries, one.id: entry},
        book.settled | ({one.refers} if one.refers else set()),
    )
