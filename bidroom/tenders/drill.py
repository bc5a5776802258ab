"""The drill (开箱自检): a bidder shows that it still holds its key, on a word that means nothing.

The hall wraps a fresh random word to the certificates that the tender is sealed to, in a key
envelope like the tender's own; the bidder unwraps it and says it. No content is touched. It is due
a day and an hour before the deadline, and may be done at any time. Pure rules; nobody but the
bidder sees them applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from bidroom.tenders.slip import Drilled, Slip

ANSWER_S_MAX: Final = 600  # for finding the token, and its PIN


class Mark(StrEnum):
    """When a drill is due, before the deadline."""

    DAY = "day"
    HOUR = "hour"


LEAD: Final = {Mark.DAY: timedelta(hours=24), Mark.HOUR: timedelta(hours=1)}


class Standing(StrEnum):
    TO_COME = "to_come"
    DUE = "due"
    DONE = "done"
    FAILED = "failed"  # the last try since it was due; another may be made
    MISSED = "missed"  # the next one is due already, or the deadline is past


class DrillState(Struct, frozen=True):
    mark: Mark
    due_at: datetime
    standing: Standing
    at: datetime | None  # of the last try since it was due


def standings(slip: Slip, deadline: datetime, at: datetime) -> tuple[DrillState, ...]:
    """How it stands with each drill at `at`; none while there is no tender."""
    if slip.package is None:
        return ()
    ends = (deadline - LEAD[Mark.HOUR], deadline)
    return tuple(
        _state(slip.drills, mark, deadline - LEAD[mark], end, at)
        for mark, end in zip(Mark, ends, strict=True)
    )


def _state(
    drills: Sequence[Drilled], mark: Mark, due_at: datetime, end: datetime, at: datetime
) -> DrillState:
    if at < due_at:
        return DrillState(mark, due_at, Standing.TO_COME, None)
    tries = [drill for drill in drills if due_at <= drill.at < end]
    last = tries[-1].at if tries else None
    if any(drill.ok for drill in tries):
        return DrillState(mark, due_at, Standing.DONE, last)
    if at >= end:
        return DrillState(mark, due_at, Standing.MISSED, last)
    return DrillState(mark, due_at, Standing.FAILED if tries else Standing.DUE, last)
