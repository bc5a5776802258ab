"""Whose deposit a line of a bank's is, and whether it counts: by number alone, purely.

The virtual sub-account that was paid to says which lot and which slot. Remarks are never read, and
nothing is guessed: either all that must hold does, or a person decides, who is told each reason.
Who a slot belongs to is known here by keyed tags only: until the deadline a list of slots names
nobody (条例 §26: paid from the bidder's basic account).
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from bidroom.deposits.days import CHINA
from bidroom.deposits.statements import Line

RENMINBI: Final = "CNY"


class Doubt(StrEnum):
    """Why a line doesn't count by itself."""

    SEEN_BEFORE = "line_seen_before"
    NOT_A_RECEIPT = "not_a_receipt"
    UNKNOWN_ACCOUNT = "unknown_sub_account"
    OTHER_ACCOUNT = "not_the_basic_account"
    OTHER_NAME = "other_payer_name"
    OTHER_CURRENCY = "other_currency"
    TOO_LITTLE = "paid_too_little"
    TOO_MUCH = "paid_too_much"
    LATE = "paid_late"
    TIME_UNKNOWN = "time_unknown"
    PAID_ALREADY = "slot_paid_already"


@dataclass(frozen=True, slots=True)
class Slot:
    """A virtual sub-account that was drawn for a lot: what must come in, until when, from whom."""

    lot: str
    number: str
    required: int  # fen
    deadline: datetime  # counts as in time
    account_tag: bytes  # of the payer's basic account
    name_tag: bytes  # of the payer's name


@dataclass(frozen=True, slots=True)
class Match:
    """`slot` is None if the number is nobody's; it counts if there is no doubt at all."""

    slot: Slot | None
    doubts: frozenset[Doubt]

    @property
    def valid(self) -> bool:
        return self.slot is not None and not self.doubts


def account_tag(key: bytes, number: str) -> bytes:
    """A keyed tag of an account number, whatever blanks are in it."""
    return _tag(key, b"account", re.sub(r"\s", "", number))


def name_tag(key: bytes, name: str) -> bytes:
    """A keyed tag of a firm's name; full-width forms and blanks make no difference."""
    return _tag(key, b"name", re.sub(r"\s", "", unicodedata.normalize("NFKC", name)))


def _tag(key: bytes, what: bytes, text: str) -> bytes:
    return hmac.digest(key, what + b"\0" + text.encode(), "sha256")


def match(
    line: Line,
    slots: Mapping[str, Slot],
    key: bytes,
    seen: Set[UUID] = frozenset(),
    paid: Set[str] = frozenset(),
) -> Match:
    """What a line is. `seen` are the lines taken before, `paid` the numbers that have a deposit."""
    slot = slots.get(line.account)
    doubts = set()
    if line.id in seen:
        doubts.add(Doubt.SEEN_BEFORE)
    if not line.incoming or line.reversal or line.amount <= 0:
        doubts.add(Doubt.NOT_A_RECEIPT)
    if line.currency != RENMINBI:
        doubts.add(Doubt.OTHER_CURRENCY)
    if slot is None:
        return Match(None, frozenset(doubts | {Doubt.UNKNOWN_ACCOUNT}))
    if slot.number in paid:
        doubts.add(Doubt.PAID_ALREADY)
    if not hmac.compare_digest(account_tag(key, line.number), slot.account_tag):
        doubts.add(Doubt.OTHER_ACCOUNT)
    if not hmac.compare_digest(name_tag(key, line.name), slot.name_tag):
        doubts.add(Doubt.OTHER_NAME)
    if line.amount != slot.required:
        doubts.add(Doubt.TOO_LITTLE if line.amount < slot.required else Doubt.TOO_MUCH)
    if late := _lateness(line.booked, slot.deadline):
        doubts.add(late)
    return Match(slot, frozenset(doubts))


def _lateness(booked: str, deadline: datetime) -> Doubt | None:
    """By the bank's time of booking, never the value date; a bare day tells only on other days."""
    try:
        if len(booked) <= len("2026-04-01"):
            day, last = date.fromisoformat(booked), deadline.astimezone(CHINA).date()
            return Doubt.TIME_UNKNOWN if day == last else Doubt.LATE if day > last else None
        at = datetime.fromisoformat(booked)
    except ValueError:
        return Doubt.TIME_UNKNOWN
    if at.tzinfo is None:
        at = at.replace(tzinfo=CHINA)
    return Doubt.LATE if at > deadline else None
