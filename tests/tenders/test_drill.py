"""The drill: when it is due, what counts, and that it takes the very key that opens the tender."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bidroom.opening.commands import Reason
from bidroom.opening.record import Phase
from bidroom.tenders.drill import Mark, Standing, standings
from bidroom.tenders.slip import Drill, Slip, Withdraw, decide, evolve
from tests.tenders.test_slip import ACT, MS, T, no, package, told

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
SECOND = timedelta(seconds=1)


def after(slip: Slip, *drills: tuple[timedelta, bool]) -> Slip:
    """The slip after drills, so long before the deadline each, with their outcomes."""
    for lead, ok in drills:
        for event in decide(slip, Drill(ok), Phase.SCHEDULED, T, T - lead):
            slip = evolve(slip, event)
    return slip


def seen(slip: Slip, lead: timedelta) -> list[Standing]:
    return [it.standing for it in standings(slip, T, T - lead)]


RECEIVED = told(package(1), at=T - timedelta(days=3))


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (DAY + MS, [Standing.TO_COME, Standing.TO_COME]),
        (DAY, [Standing.DUE, Standing.TO_COME]),
        (HOUR + MS, [Standing.DUE, Standing.TO_COME]),
        (HOUR, [Standing.MISSED, Standing.DUE]),
        (MS, [Standing.MISSED, Standing.DUE]),
        (timedelta(0), [Standing.MISSED, Standing.MISSED]),
    ],
)
def test_a_drill_is_due_a_day_and_an_hour_before(lead: timedelta, expected: list[Standing]) -> None:
    assert seen(RECEIVED, lead) == expected


def test_one_that_was_done_when_due_is_done_for_good() -> None:
    early = after(RECEIVED, (DAY + MS, True))
    assert seen(early, DAY) == [Standing.DUE, Standing.TO_COME], "it was not due yet"
    done = after(RECEIVED, (DAY, True), (HOUR, True))
    assert seen(done, timedelta(0)) == [Standing.DONE, Standing.DONE]
    assert [it.at for it in standings(done, T, T)] == [T - DAY, T - HOUR]
    day_only = after(RECEIVED, (HOUR + MS, True))
    assert seen(day_only, HOUR) == [Standing.DONE, Standing.DUE]


def test_one_that_failed_may_be_tried_again() -> None:
    failed = after(RECEIVED, (DAY, False))
    assert seen(failed, HOUR * 3) == [Standing.FAILED, Standing.TO_COME]
    assert seen(after(failed, (HOUR * 2, True)), HOUR) == [Standing.DONE, Standing.DUE]
    assert seen(failed, HOUR) == [Standing.MISSED, Standing.DUE]


def test_another_package_is_another_key() -> None:
    done = after(RECEIVED, (DAY, True))
    for event in decide(done, package(2), Phase.SCHEDULED, T, T - HOUR * 5):
        done = evolve(done, event)
    assert seen(done, HOUR * 4) == [Standing.DUE, Standing.TO_COME]
    for event in decide(done, Withdraw(ACT), Phase.SCHEDULED, T, T - HOUR * 3):
        done = evolve(done, event)
    assert standings(done, T, T - HOUR * 2) == ()


def test_there_is_none_without_a_tender_or_after_the_deadline() -> None:
    assert no(Slip(), Drill(True), T - HOUR) is Reason.NO_TENDER
    assert no(RECEIVED, Drill(True), T) is Reason.TOO_LATE
    assert standings(Slip(), T, T - HOUR) == ()


def test_the_same_again_within_a_minute_is_not_kept() -> None:
    slip = after(RECEIVED, (HOUR, True))
    assert decide(slip, Drill(True), Phase.LOBBY, T, T - HOUR + 59 * SECOND) == []
    assert decide(slip, Drill(True), Phase.LOBBY, T, T - HOUR + 60 * SECOND)
    assert decide(slip, Drill(False), Phase.LOBBY, T, T - HOUR + SECOND)


def test_the_marks_are_told_in_their_order() -> None:
    assert [it.mark for it in standings(RECEIVED, T, T - DAY)] == [Mark.DAY, Mark.HOUR]
