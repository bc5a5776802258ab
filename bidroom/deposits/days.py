"""The chain of days, recomputed: what a published hash of a day says of every transfer before it.

The text and the order are those of `deposits.said` and `deposits.hash_of` (migration 0009), so that
whoever holds the transfers can check a day without the database that closed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Final

from bidroom.deposits.ledger import Entry

CHINA: Final = timezone(timedelta(hours=8))
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dated:
    """An entry and the instant at which it was posted, as the database's clock said."""

    entry: Entry
    at: datetime


def day_of(at: datetime) -> date:
    """The bank's day: that of China, which knows one time zone and no summer time."""
    return at.astimezone(CHINA).date()


def said(dated: Dated) -> str:
    """What is hashed of a transfer. Its free text stands last, so no two say the same."""
    entry, one = dated.entry, dated.entry.transfer
    cells = (
        entry.seq,
        one.id,
        entry.chain,
        entry.leg,
        entry.legs,
        one.debit,
        one.credit,
        one.amount,
        int(one.kind),
        one.refers or "-",
        one.purpose,
        (dated.at - EPOCH) // timedelta(microseconds=1),
        one.source,
    )
    return "|".join(map(str, cells))


def hash_of(day: date, previous: bytes, entries: Iterable[Dated]) -> bytes:
    """The hash of a day whose transfers are `entries`, in their order; `previous` may be empty."""
    total = sha256(previous + day.isoformat().encode())
    for dated in entries:
        total.update(sha256(said(dated).encode()).digest())
    return total.digest()
