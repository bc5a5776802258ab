"""Whether the verifier takes for lawful what the rules lead to, and nothing else."""

from __future__ import annotations

from bidroom.envelope import Envelope
from bidroom.opening.record import Event
from bidroom.opening.state import replay
from bidroom.publish.findings import Fault, RecordFails
from bidroom.publish.lawful import judge
from tests.opening.spoilt import WALKS, changes, steps_twice_and_left_out, walked


def lawful(record: list[Envelope[Event]]) -> bool:
    try:
        judge(record)
    except RecordFails as fails:
        return fails.fault is not Fault.AGAINST_THE_RULES
    return True


def test_whatever_the_rules_lead_to_is_lawful() -> None:
    for record in walked(WALKS):
        assert judge(record) == replay(entry.event for entry in record)


def test_whatever_the_rules_fix_cannot_be_changed() -> None:
    chosen = changes(walked(WALKS))
    assert {what for what, changed in chosen if lawful(changed)} == set()


def test_nothing_can_be_left_out_or_said_twice_of_a_step() -> None:
    assert not any(map(lawful, steps_twice_and_left_out(walked(WALKS))))


def test_a_record_that_begins_in_the_middle_is_none() -> None:
    longer = [record for record in walked(20) if len(record) > 3]
    assert longer
    assert not any(lawful(record[1:]) for record in longer)
