"""The rules of a slip: what one bidder may do for one lot before the deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.record import Phase, Signed
from bidroom.tenders.slip import (
    PackageReceived,
    PackageWithdrawn,
    Receive,
    Rehearse,
    Rehearsed,
    SignedIn,
    SignIn,
    Slip,
    SlipCommand,
    State,
    Withdraw,
    decide,
    evolve,
    replay,
)

T = datetime(2026, 4, 12, 1, 30, tzinfo=UTC)
MS = timedelta(milliseconds=1)
ACT = Signed("{}", "c2ln", "Y2VydA==")
EARLY, IN_TIME = T - timedelta(hours=2), T - MS


def package(number: int) -> Receive:
    return Receive(f"upload-{number}", f"{number:064}", "00" * 32, 10_000, "长河公司")


def told(*commands: SlipCommand, at: datetime = EARLY, phase: Phase = Phase.LOBBY) -> Slip:
    slip = Slip()
    for command in commands:
        for event in decide(slip, command, phase, T, at):
            slip = evolve(slip, event)
    return slip


def no(slip: Slip, command: SlipCommand, at: datetime, phase: Phase = Phase.LOBBY) -> Reason:
    with pytest.raises(Refusal) as refusal:
        decide(slip, command, phase, T, at)
    return refusal.value.reason


@pytest.mark.parametrize("command", [SignIn(), Rehearse(True), package(2), Withdraw(ACT)])
def test_everything_is_in_time_to_the_last_millisecond_and_too_late_at_the_deadline(
    command: SlipCommand,
) -> None:
    slip = told(package(1))
    assert decide(slip, command, Phase.LOBBY, T, IN_TIME)
    assert no(slip, command, T) is Reason.TOO_LATE
    assert no(slip, command, T + MS) is Reason.TOO_LATE
    for phase in set(Phase) - {Phase.SCHEDULED, Phase.LOBBY}:
        assert no(slip, command, IN_TIME, phase) is Reason.TOO_LATE


def test_a_tender_may_be_handed_in_before_the_lobby_but_nobody_signs_in_there() -> None:
    assert decide(Slip(), package(1), Phase.SCHEDULED, T, EARLY)
    assert no(Slip(), SignIn(), EARLY, Phase.SCHEDULED) is Reason.TOO_EARLY


def test_versions_count_on_through_replacement_and_withdrawal() -> None:
    slip = told(package(1), package(2), Withdraw(ACT), package(2))
    assert (slip.state, slip.version) == (State.RECEIVED, 3)
    kinds = [(type(it), it.version) for it in slip.receipts]
    assert kinds == [
        (PackageReceived, 1), (PackageReceived, 2), (PackageWithdrawn, 2), (PackageReceived, 3),
    ]  # fmt: skip
    assert slip.package is not None
    assert slip.package.upload == "upload-2"


def test_the_same_package_twice_is_one() -> None:
    slip = told(package(1))
    assert decide(slip, package(1), Phase.LOBBY, T, EARLY) == []


def test_signing_in_counts_once_and_lasts_through_a_withdrawal() -> None:
    slip = told(SignIn())
    assert slip.signed_in_at == EARLY
    assert decide(slip, SignIn(), Phase.LOBBY, T, IN_TIME) == []
    assert told(SignIn(), package(1), Withdraw(ACT)).signed_in_at == EARLY


def test_a_rehearsal_is_of_the_package_that_is_there() -> None:
    assert no(Slip(), Rehearse(True), EARLY) is Reason.NO_TENDER
    assert told(package(1), Rehearse(False)).rehearsal_ok is False
    assert told(package(1), Rehearse(True)).rehearsal_ok is True
    replaced = told(package(1), Rehearse(True), package(2))
    assert (replaced.rehearsal_ok, replaced.rehearsed_at) == (None, None)


def test_what_was_withdrawn_is_gone() -> None:
    slip = told(package(1), Withdraw(ACT))
    assert (slip.state, slip.package) == (State.WITHDRAWN, None)
    assert no(slip, Withdraw(ACT), EARLY) is Reason.NO_TENDER
    assert no(slip, Rehearse(True), EARLY) is Reason.NO_TENDER
    assert no(Slip(), Withdraw(ACT), EARLY) is Reason.NO_TENDER


def test_a_slip_is_what_its_events_add_up_to() -> None:
    received = PackageReceived(1, "upload-1", "00" * 32, "00" * 32, 10, "长河公司", EARLY)
    slip = replay([SignedIn(EARLY), received, Rehearsed(IN_TIME, True)])
    assert (slip.signed_in_at, slip.package, slip.rehearsed_at) == (EARLY, received, IN_TIME)
    assert slip.receipts == (received,)
