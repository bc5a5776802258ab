"""The verifier and a draw: whatever way it went holds, and what an insider alters is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from bidroom.envelope import HALL, PersonId
from bidroom.opening import drawing as d
from bidroom.opening.detail import bid_open_detail
from bidroom.opening.drawing import Stage
from bidroom.opening.record import Event
from bidroom.opening.state import replay
from bidroom.publish.bundle import decode
from bidroom.publish.findings import Fault, RecordFails
from bidroom.publish.lawful import judge
from bidroom.publish.verify import verify
from tests.publish.drawn import NOTARY, SUPERVISOR, OpenedDraw
from tests.publish.forge import Entries, draw_altered, forged, silenced
from tests.publish.opened import Opened
from tests.web.test_verify import browser, ours

WAYS = {
    "all reveal": (),
    "the supervisor withholds": (SUPERVISOR,),
    "the platform withholds": (HALL.id,),
    "two withhold": (SUPERVISOR, HALL.id),
}


@pytest.fixture(scope="module", params=WAYS)
def opened(request: pytest.FixtureRequest) -> OpenedDraw:
    return OpenedDraw(*WAYS[request.param]).closed()


def test_a_record_with_a_draw_holds_whatever_way_it_went(
    opened: OpenedDraw, tmp_path: Path
) -> None:
    record = opened.published()
    proof = verify(record, roots=[opened.ca.root.der])
    assert proof.phase == "closed"
    assert browser([record], tmp_path) == [ours(record)]
    opening = replay(entry.envelope.event for entry in opened.record.entries)
    assert opening.draw is not None
    expected = {0: Stage.MADE, 1: Stage.MADE, 2: Stage.MANUAL}[len(opened.silent)]
    assert opening.draw.stage is expected
    assert len(bid_open_detail(opening)) == 3


def altered(change: Callable[[Event], Event]) -> Callable[[Opened, Entries], Entries]:
    return lambda opened, entries: silenced([replace(it, event=change(it.event)) for it in entries])


def fault_of(opened: Opened, how: Callable[[Opened, Entries], Entries]) -> RecordFails:
    with pytest.raises(RecordFails) as fails:
        verify(forged(opened, how).record)
    return fails.value


def test_a_draw_that_an_insider_altered_and_signed_again_is_named(tmp_path: Path) -> None:
    opened = OpenedDraw().closed()
    made = forged(opened, draw_altered)
    with pytest.raises(RecordFails) as fails:
        verify(made.record)
    assert (fails.value.fault, fails.value.where) == (
        Fault.OTHER_HISTORY,
        "entry 8 (ShareRevealed)",
    )
    assert browser([made.record], tmp_path) == [ours(made.record)]
    with pytest.raises(RecordFails) as unlawful:  # and without any signature the rules say so
        judge(entry.envelope for entry in decode(made.record).contents.entries)
    assert unlawful.value.fault is Fault.AGAINST_THE_RULES
    assert unlawful.value.where == "entry 6 (DrawBegan)"


def test_other_balls_than_the_seed_gives_are_named() -> None:
    def better(event: Event) -> Event:
        if not isinstance(event, d.DrawMade):
            return event
        first = event.rounds[0]
        picks = (first.picks[0] % 6 + 1,)
        return replace(event, rounds=(replace(first, picks=picks), *event.rounds[1:]))

    opened = OpenedDraw().closed()
    assert fault_of(opened, altered(better)).fault is Fault.OTHER_HISTORY
    with pytest.raises(RecordFails) as unlawful:
        judge(altered(better)(opened, [entry.envelope for entry in opened.record.entries]))
    assert unlawful.value.fault is Fault.AGAINST_THE_RULES


def test_another_root_than_the_records_is_named() -> None:
    def other(event: Event) -> Event:
        return replace(event, log_root="00" * 32) if isinstance(event, d.DrawBegan) else event

    assert fault_of(OpenedDraw().closed(), altered(other)).fault is Fault.DRAW


def test_an_act_of_a_draw_is_its_own_persons_and_over_what_was_committed_to() -> None:
    opened = OpenedDraw().closed()

    def swapped(person: PersonId) -> Callable[[Event], Event]:
        other = opened.revealed(person, 1.15).act

        def change(event: Event) -> Event:
            of_notary = isinstance(event, d.ShareRevealed) and event.person == NOTARY
            return replace(event, act=other) if of_notary else event

        return change

    fails = fault_of(opened, altered(swapped(SUPERVISOR)))
    assert fails.fault is Fault.SIGNED_BY_ANOTHER
    fails = fault_of(opened, altered(swapped(HALL.id)))
    assert fails.fault is Fault.SIGNED_BY_ANOTHER


def test_a_machines_result_stands_under_two_signatures_over_the_same_content() -> None:
    opened = OpenedDraw(SUPERVISOR, HALL.id).closed()

    def other_reason(event: Event) -> Event:
        entered = isinstance(event, d.ManualDrawEntered)
        return replace(event, reason="另一原因") if entered else event

    assert fault_of(opened, altered(other_reason)).fault is Fault.SIGNED_FOR_ANOTHER
    acts = [
        it.envelope.event.act
        for it in opened.record.entries
        if isinstance(it.envelope.event, d.ManualDrawEntered)
    ]

    def host_twice(event: Event) -> Event:
        cosigned = isinstance(event, d.ManualDrawCosigned)
        return replace(event, act=acts[0]) if cosigned else event

    assert fault_of(opened, altered(host_twice)).fault is Fault.SIGNED_BY_ANOTHER


def test_a_share_that_could_be_restored_cannot_be_given_up() -> None:
    opened = OpenedDraw(SUPERVISOR).closed()

    def given_up(opened_: Opened, entries: Entries) -> Entries:
        kept = []
        for it in entries:
            if isinstance(it.event, d.ShareRestored):
                continue
            event: Event = it.event
            if isinstance(event, d.DrawMade):
                event = d.DrawFailed((SUPERVISOR,), event.goes_on_at)
            kept.append(replace(it, event=event))
        return silenced(kept)

    assert fault_of(opened, given_up).fault in {Fault.DRAW, Fault.AGAINST_THE_RULES}
