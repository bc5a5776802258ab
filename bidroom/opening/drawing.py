"""A draw as it happens: its events, and what they add up to.

The contributors reveal their shares in a window. What somebody withholds the others restore in a
second one; what can't be restored ends the draw, and a ball machine may take its place under the
signatures of host and notary.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from bidroom.envelope import PersonId
from bidroom.opening.draw import Drawn
from bidroom.opening.plan import Hash
from bidroom.opening.signed import Remark, Signed


class DrawBegan(Struct, frozen=True, tag=True):
    """Every share is asked for, and what goes into the seed besides them is fixed."""

    log_size: int  # the record up to here, with all seals in it …
    log_root: str  # … and its root, hex
    ends_at: datetime


class ShareRevealed(Struct, frozen=True, tag=True):
    person: PersonId
    share: Hash
    act: Signed  # over the commitment that the plan has


class SharesMissing(Struct, frozen=True, tag=True):
    """The window is over. Who withheld a share stands here; the others are asked for its parts."""

    persons: tuple[PersonId, ...]
    ends_at: datetime


class PartReleased(Struct, frozen=True, tag=True):
    of: PersonId
    person: PersonId
    part: Hash
    act: Signed  # over the part's commitment


class ShareRestored(Struct, frozen=True, tag=True):
    of: PersonId
    share: Hash


class DrawMade(Struct, frozen=True, tag=True):
    """All shares are known, and so the seed and every ball: anybody can compute them."""

    seed: Hash
    rounds: tuple[Drawn, ...]
    goes_on_at: datetime


class DrawFailed(Struct, frozen=True, tag=True):
    """Shares stayed unknown. Until `goes_on_at` a ball machine's result may be entered."""

    persons: tuple[PersonId, ...]
    goes_on_at: datetime


class ManualDrawEntered(Struct, frozen=True, tag=True):
    """The host typed in what a ball machine gave. It counts once the notary has signed it, too."""

    person: PersonId
    rounds: tuple[Drawn, ...]
    reason: Remark
    act: Signed


class ManualDrawCosigned(Struct, frozen=True, tag=True):
    person: PersonId
    act: Signed  # over the same content as the host's
    goes_on_at: datetime


DrawEvent: TypeAlias = (
    DrawBegan
    | ShareRevealed
    | SharesMissing
    | PartReleased
    | ShareRestored
    | DrawMade
    | DrawFailed
    | ManualDrawEntered
    | ManualDrawCosigned
)


class Stage(StrEnum):
    REVEALING = "revealing"  # 公开份额
    RESTORING = "restoring"  # 恢复份额
    FAILED = "failed"  # 无法抽取
    MADE = "made"  # 已抽取
    MANUAL = "manual"  # 摇球机结果，公证人已签


class Drawing(Struct, frozen=True):
    log_size: int
    log_root: str
    stage: Stage = Stage.REVEALING
    shares: dict[PersonId, str] = {}
    missing: tuple[PersonId, ...] = ()  # who withheld, whatever came later
    restored: tuple[PersonId, ...] = ()
    parts: dict[PersonId, dict[PersonId, str]] = {}  # of whose share, by who released them
    seed: str | None = None
    rounds: tuple[Drawn, ...] = ()  # of a manual entry: once it is entered
    entered_by: PersonId | None = None
    reason: str | None = None

    @property
    def is_over(self) -> bool:
        return self.stage in (Stage.MADE, Stage.MANUAL)


def drawing_after(drawing: Drawing | None, event: DrawEvent) -> Drawing:
    """The draw with `event` taken in."""
    if isinstance(event, DrawBegan):
        return Drawing(event.log_size, event.log_root)
    assert drawing is not None, "a draw begins with DrawBegan"
    match event:
        case ShareRevealed(person, share):
            return replace(drawing, shares=drawing.shares | {person: share})
        case SharesMissing(persons):
            return replace(drawing, stage=Stage.RESTORING, missing=persons)
        case PartReleased(of, person, part):
            released = drawing.parts.get(of, {}) | {person: part}
            return replace(drawing, parts=drawing.parts | {of: released})
        case ShareRestored(of, share):
            shares, restored = drawing.shares | {of: share}, (*drawing.restored, of)
            return replace(drawing, shares=shares, restored=restored)
        case DrawMade(seed, rounds):
            return replace(drawing, stage=Stage.MADE, seed=seed, rounds=rounds)
        case DrawFailed():
            return replace(drawing, stage=Stage.FAILED)
        case ManualDrawEntered(person, rounds, reason):
            return replace(drawing, rounds=rounds, entered_by=person, reason=reason)
        case ManualDrawCosigned():
            return replace(drawing, stage=Stage.MANUAL)
        case _:
            assert_never(event)
