"""A whole opening in real browsers, over a network that cuts their lines ten times.

Three bidders, the host, the recorder and a viewer go from logging in to the closed record. What
each page received is then what the record in the database holds for its reader: nothing lost,
nothing twice, nothing out of order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from bidroom.envelope import Envelope
from bidroom.opening import record as r
from tests.browser import open_browser
from tests.whole_day.day import LOT, OFFERS, TITLE, Day
from tests.whole_day.hall import Behind, announce, as_sent, hall_behind_proxy, written
from tests.whole_day.persons import Person
from tests.whole_day.proxy import Kind, Scissors, cutting

SEED: Final = 20260412
CUTS: Final = 10
LEAD_S: Final = 45.0  # for three bidders to log in, seal and upload on a small machine


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    with hall_behind_proxy() as hall:
        yield hall


async def test_a_lot_is_opened_in_browsers_whose_lines_are_cut_ten_times(behind: Behind) -> None:
    scissors = Scissors(SEED)
    async with (
        cutting(behind.listening, behind.port, scissors),
        open_browser() as browser,
    ):
        await announce(behind, LOT, TITLE, LEAD_S)
        day = await Day.begin(browser, behind, behind.centre.firms()[: len(OFFERS)])
        await day.before_the_deadline(behind)
        await day.in_the_room()
        await day.host.until(lambda: day.host.count("BodyOpened") == len(OFFERS))
        record = await written(behind.house.dsn, LOT)
        await day.at_the_end(record)

        for person in day.everybody:
            assert person.faults == [], person.name
            assert person.envelopes == as_sent(record, person.who), person.name
            assert await person.shown() == _to_be_shown(person), person.name
    _everything_happened_once(record)
    _every_ask_was_answered(day, scissors)
    print(_told(day, scissors))


def _to_be_shown(person: Person) -> list[int]:
    """A page's timeline has all but what is withheld from its reader."""
    return [it["seq"] for it in person.envelopes if it["event"]["type"] != "Withheld"]


def _everything_happened_once(record: list[Envelope[r.Event]]) -> None:
    assert [envelope.seq for envelope in record] == list(range(1, len(record) + 1))
    kinds = Counter(type(envelope.event).__name__ for envelope in record)
    once = ("TendersSealed", "RosterPublished", "OffersReadOut", "ObjectionRaised", "OpeningClosed")
    assert {kind: kinds[kind] for kind in once} == dict.fromkeys(once, 1)
    assert kinds["TenderDecrypted"] == kinds["ReadOutConfirmed"] == len(OFFERS)
    assert kinds["KeyRefused"] == kinds["TenderLeftSealed"] == 0


def _every_ask_was_answered(day: Day, scissors: Scissors) -> None:
    asks = {ask: times for person in day.everybody for ask, times in person.asks.items()}
    replies = {ask: said for person in day.everybody for ask, said in person.replies.items()}
    assert set(replies) == set(asks)
    for said in replies.values():
        assert [reply["type"] for reply in said] == ["Done"], "one answer, and never a no"
    kinds = Counter(cut.kind for cut in scissors.cuts)
    assert sum(kinds.values()) == CUTS
    assert kinds[Kind.UNANSWERED] == 4
    assert day.viewer.sockets > 1, "the viewer's line was cut too"
    assert sum(times > 1 for times in asks.values()) >= kinds[Kind.UNANSWERED]


def _told(day: Day, scissors: Scissors) -> str:
    told: dict[str, Any] = {
        "seed": SEED,
        "cuts": [f"{cut.kind}: {cut.what}" for cut in scissors.cuts],
        "pages": {
            person.name: {
                "envelopes": len(person.envelopes),
                "came_again": person.repeated,
                "lines": person.sockets,
                "asks": len(person.asks),
                "asked_again": sum(times > 1 for times in person.asks.values()),
            }
            for person in day.everybody
        },
    }
    return json.dumps(told, ensure_ascii=False)
