"""The slip: what one bidder did for one lot before the deadline. Pure, and nobody else's to see.

It is an aggregate of its own, with its own numbers, because a number in the opening's record would
already be a count. At the deadline one event brings into the record what belongs there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Final, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from bidroom.opening.commands import Reason, Refusal, require
from bidroom.opening.record import Phase, Signed

DRILLS_KEPT: Final = 20
DRILL_AGAIN: Final = timedelta(minutes=1)
OLD_KEYS_KEPT: Final = 8


class State(StrEnum):
    NONE = "none"  # 未递交
    RECEIVED = "received"  # 已签收
    WITHDRAWN = "withdrawn"  # 已撤回


# What can happen.


class SignedIn(Struct, frozen=True, tag=True):
    at: datetime


class Rehearsed(Struct, frozen=True, tag=True):
    at: datetime
    ok: bool  # as the bidder's own browser says


class Drilled(Struct, frozen=True, tag=True):
    """The bidder unwrapped a word with its key, or couldn't (drill.py)."""

    at: datetime
    ok: bool


class OldKeyKept(Struct, frozen=True, tag=True):
    """Told that the package needs an older key, the bidder said that it keeps that key."""

    at: datetime
    certificate: str  # fingerprint of the renewed one


class PackageReceived(Struct, frozen=True, tag=True):
    version: int
    upload: str
    seal: str  # SH, hex
    notice_sha256: str
    size_bytes: int
    name: str  # the firm's, as its certificate says it
    at: datetime


class PackageWithdrawn(Struct, frozen=True, tag=True):
    version: int
    act: Signed
    at: datetime


SlipEvent: TypeAlias = (
    SignedIn | Rehearsed | Drilled | OldKeyKept | PackageReceived | PackageWithdrawn
)


class Slip(Struct, frozen=True):
    state: State = State.NONE
    package: PackageReceived | None = None  # the last one received and not withdrawn
    receipts: tuple[PackageReceived | PackageWithdrawn, ...] = ()
    version: int = 0
    signed_in_at: datetime | None = None
    rehearsed_at: datetime | None = None
    rehearsal_ok: bool | None = None
    drills: tuple[Drilled, ...] = ()  # with the present package
    old_key_kept: tuple[str, ...] = ()  # renewed certificates, with the present package


def evolve(slip: Slip, event: SlipEvent) -> Slip:
    match event:
        case SignedIn(at):
            return replace(slip, signed_in_at=at)
        case Rehearsed(at, ok):
            return replace(slip, rehearsed_at=at, rehearsal_ok=ok)
        case Drilled():
            return replace(slip, drills=(*slip.drills, event)[-DRILLS_KEPT:])
        case OldKeyKept(_, certificate):
            kept = (*slip.old_key_kept, certificate)[-OLD_KEYS_KEPT:]
            return replace(slip, old_key_kept=kept)
        case PackageReceived(version):
            return replace(
                slip,
                state=State.RECEIVED,
                package=event,
                receipts=(*slip.receipts, event),
                version=version,
                rehearsed_at=None,
                rehearsal_ok=None,
                drills=(),
                old_key_kept=(),
            )
        case PackageWithdrawn():
            return replace(
                slip, state=State.WITHDRAWN, package=None, receipts=(*slip.receipts, event)
            )
        case _:
            assert_never(event)


def replay(events: Iterable[SlipEvent]) -> Slip:
    return reduce(evolve, events, Slip())


# What may happen.


class SignIn(Struct, frozen=True, tag=True):
    pass


class Rehearse(Struct, frozen=True, tag=True):
    ok: bool


class Drill(Struct, frozen=True, tag=True):
    ok: bool


class KeepOldKey(Struct, frozen=True, tag=True):
    certificate: str  # fingerprint of the renewed one


class Receive(Struct, frozen=True, tag=True):
    upload: str
    seal: str
    notice_sha256: str
    size_bytes: int
    name: str


class Withdraw(Struct, frozen=True, tag=True):
    act: Signed


SlipCommand: TypeAlias = SignIn | Rehearse | Drill | KeepOldKey | Receive | Withdraw


def decide(
    slip: Slip, command: SlipCommand, phase: Phase, deadline: datetime, at: datetime
) -> Sequence[SlipEvent]:
    """What follows, or a Refusal. Nothing is done at the deadline or after it (法 §28, §29)."""
    require(at < deadline, Reason.TOO_LATE)
    require(phase in {Phase.SCHEDULED, Phase.LOBBY}, Reason.TOO_LATE)
    match command:
        case SignIn():
            require(phase is Phase.LOBBY, Reason.TOO_EARLY)
            return [] if slip.signed_in_at else [SignedIn(at)]
        case Rehearse(ok):
            require(slip.package is not None, Reason.NO_TENDER)
            return [Rehearsed(at, ok)]
        case Drill(ok):
            require(slip.package is not None, Reason.NO_TENDER)
            last = slip.drills[-1] if slip.drills else None
            # Trying again and again at once tells nothing new.
            again = last is not None and last.ok == ok and at - last.at < DRILL_AGAIN
            return [] if again else [Drilled(at, ok)]
        case KeepOldKey(certificate):
            require(slip.package is not None, Reason.NO_TENDER)
            return [] if certificate in slip.old_key_kept else [OldKeyKept(at, certificate)]
        case Receive(upload, seal, notice_sha256, size_bytes, name):
            if slip.package is not None and slip.package.upload == upload:
                return []  # its last part was sent again
            return [
                PackageReceived(slip.version + 1, upload, seal, notice_sha256, size_bytes, name, at)
            ]
        case Withdraw(act):
            if slip.package is None:
                raise Refusal(Reason.NO_TENDER)
            return [PackageWithdrawn(slip.package.version, act, at)]
        case _:
            assert_never(command)
