"""Warnings about certificates that run out. Pure; each bidder is told about its own only.

A certificate that ran out still opens what was sealed to it, but nothing new is signed with it or
sealed to it, and a token that was handed back for a renewed one can't open anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

HOUR: Final = timedelta(hours=1)
MARKS_H: Final = (24, 72, 15 * 24, 30 * 24, 90 * 24)
OVER: Final = 0


class Lasting(Struct, frozen=True):
    """A certificate of the bidder's, as far as warnings go."""

    fingerprint: str
    usage: str  # sign, encrypt
    name: str
    not_after: datetime


class Coming(Struct, frozen=True):
    """An opening, and the certificates that its sealed tender was made with."""

    opening: str
    opens_at: datetime
    certificates: tuple[Lasting, ...]


class Alarm(Struct, frozen=True):
    """`certificate` ends, or (with an `opening`) will have ended when that opening comes."""

    certificate: Lasting
    opening: str | None
    at: datetime  # what comes: the certificate's end, or the opening
    within_h: int  # the nearest of MARKS_H, or OVER


def within(left: timedelta) -> int | None:
    """The nearest mark, in hours, that `left` doesn't exceed; OVER below zero."""
    if left < timedelta(0):
        return OVER
    return next((hours for hours in MARKS_H if left <= hours * HOUR), None)


def alarms(
    certificates: Sequence[Lasting], coming: Sequence[Coming], at: datetime
) -> tuple[Alarm, ...]:
    """What to warn of at `at`, the nearest first; a certificate is told of once."""
    known = {it.fingerprint: it for it in certificates}
    for one in coming:
        known.update((it.fingerprint, it) for it in one.certificates)
    found = [_alarm(it, None, it.not_after, at) for it in known.values()]
    found += [
        _alarm(it, one.opening, one.opens_at, at)
        for one in coming
        for it in one.certificates
        if it.not_after < one.opens_at
    ]
    kept = [it for it in found if it is not None]
    return tuple(sorted(kept, key=lambda it: (it.at, it.certificate.fingerprint)))


def _alarm(
    certificate: Lasting, opening: str | None, comes: datetime, at: datetime
) -> Alarm | None:
    hours = within(comes - at)
    return None if hours is None else Alarm(certificate, opening, comes, hours)
