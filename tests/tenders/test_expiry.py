"""Warnings about certificates: how near, of what, and once each."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import json

from bidroom.opening.record import Phase
from bidroom.tenders.expiry import Alarm, Coming, Lasting, alarms, within
from bidroom.tenders.slip import KeepOldKey, decide
from tests.tenders.test_slip import EARLY, T, no, package, told

CASES = json.decode((Path(__file__).parent / "expiry.json").read_bytes())
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
SIGN = Lasting("aa", "sign", "甲", T + 200 * DAY)


def encrypt(ends: timedelta) -> Lasting:
    return Lasting("bb", "encrypt", "甲", T + ends)


@pytest.mark.parametrize("case", CASES)
def test_marks_are_met_to_the_second(case: dict[str, int | None]) -> None:
    assert within(timedelta(seconds=case["left_s"] or 0)) == case["within_h"]


def test_an_end_is_told_once_and_an_opening_after_it_besides() -> None:
    old = encrypt(-DAY)
    first, second = Coming("LOT-1", T, (old,)), Coming("LOT-2", T + DAY, (old,))
    assert alarms([SIGN], [second, first], T - 2 * DAY) == (
        Alarm(old, None, T - DAY, 24),
        Alarm(old, "LOT-1", T, 72),
        Alarm(old, "LOT-2", T + DAY, 72),
    )


def test_an_opening_at_the_certificates_last_second_is_no_matter() -> None:
    at = T - 100 * DAY
    assert alarms([SIGN], [Coming("LOT-1", T, (encrypt(timedelta(0)),))], at) == ()
    (alarm,) = alarms([SIGN], [Coming("LOT-1", T, (encrypt(-SECOND),))], T - 90 * DAY)[1:]
    assert (alarm.opening, alarm.within_h) == ("LOT-1", 2160)


def test_keeping_an_old_key_is_said_once_for_each_renewed_certificate_and_package() -> None:
    assert no(told(), KeepOldKey("aa"), EARLY) == "no_tender"
    slip = told(package(1), KeepOldKey("aa"), KeepOldKey("bb"))
    assert slip.old_key_kept == ("aa", "bb")
    assert not decide(slip, KeepOldKey("aa"), Phase.LOBBY, T, EARLY)
    assert told(package(1), KeepOldKey("aa"), package(2)).old_key_kept == ()
    many = told(package(1), *(KeepOldKey(f"{it}") for it in range(9)))
    assert many.old_key_kept == tuple(f"{it}" for it in range(1, 9))
    assert no(slip, KeepOldKey("cc"), T) == "too_late"
