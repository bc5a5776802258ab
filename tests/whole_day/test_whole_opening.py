"""A whole opening in real browsers, over a network that cuts their lines ten times.

Three bidders, the host, the recorder and a viewer go from logging in to the closed record. What
each page received is then what the record in the database holds for its reader: nothing lost,
nothing twice, nothing out of order.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.async_api import Browser

from bidroom.envelope import PUBLIC, Actor, Envelope, PersonId, Role
from bidroom.opening import record as r
from tests.browser import open_browser
from tests.whole_day import steps
from tests.whole_day.hall import Behind, announce, as_sent, hall_behind_proxy, written
from tests.whole_day.persons import Person
from tests.whole_day.proxy import Kind, Scissors, cutting

SEED: Final = 20260412
CUTS: Final = 10
LEAD_S: Final = 45.0  # for three bidders to log in, seal and upload on a small machine
LOT: Final = "DAY-001"
OFFERS: Final = (
    steps.Offer("98765432.10", "180", "王志远"),
    steps.Offer("97600000", "175", "李思敏"),
    steps.Offer("99120000.05", "190", "陈国栋"),
)


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    with hall_behind_proxy() as hall:
        yield hall


class Day:
    """Everybody who is there."""

    def __init__(self, bidders: list[Person], host: Person, recorder: Person, viewer: Person):
        self.bidders, self.host, self.recorder, self.viewer = bidders, host, recorder, viewer

    @property
    def everybody(self) -> list[Person]:
        return [*self.bidders, self.host, self.recorder, self.viewer]

    @classmethod
    async def begin(cls, browser: Browser, behind: Behind) -> Day:
        async def come(name: str, role: Role, ident: str, path: str) -> Person:
            who = Actor(role, PersonId(ident))
            return await Person.come(browser, name, who, behind.origin + path)

        bidders = [
            await come(f"bidder {n}", Role.BIDDER, firm.code, f"/bidder#/lot/{LOT}/seal")
            for n, firm in enumerate(behind.centre.firms(), 1)
        ]
        desk = f"/console#/openings/{LOT}"
        host = await come("host", Role.AGENT, "agent-host", desk)
        recorder = await come("recorder", Role.AGENT, "agent-recorder", desk)
        viewer = await Person.come(browser, "viewer", PUBLIC, f"{behind.origin}/live?opening={LOT}")
        return cls(bidders, host, recorder, viewer)

    async def before_the_deadline(self, behind: Behind) -> None:
        firms = behind.centre.firms()
        async with asyncio.TaskGroup() as tasks:
            for bidder, firm, offer in zip(self.bidders, firms, OFFERS, strict=True):
                tasks.create_task(steps.hand_in(bidder, firm, offer))
            for agent in (self.host, self.recorder):
                key = behind.centre.staff_file(agent.who.id)
                tasks.create_task(steps.sit_down(agent, key))

    async def in_the_room(self) -> None:
        host, (first, second, third) = self.host, self.bidders
        await host.press("公布投标人名单")
        await host.press("开始解密")
        await asyncio.gather(*(steps.decrypt(bidder) for bidder in self.bidders))
        await host.press("开始唱标")
        await host.press("开始结果确认")
        await steps.object_(second)
        await asyncio.gather(
            steps.answer(host), *(steps.confirm(bidder) for bidder in (first, second, third))
        )
        await steps.sign(host)
        await steps.sign(self.recorder)
        await steps.close(host)

    async def at_the_end(self, record: list[Envelope[r.Event]]) -> None:
        """Everybody has heard all of the record, and the pages show its end."""
        for person in self.everybody:
            await person.until(lambda one=person: len(one.envelopes) >= len(record))  # type: ignore[misc]
        for bidder in self.bidders:
            await bidder.page.get_by_role("link", name="开标记录（PDF）", exact=True).wait_for()
        await self.viewer.page.locator("[aria-current=step]", has_text="开标结束").wait_for()
        for offer in OFFERS:
            await self.viewer.read(f"{float(offer.price):,.2f}")
        await self.viewer.read(steps.ANSWER)


async def test_a_lot_is_opened_in_browsers_whose_lines_are_cut_ten_times(behind: Behind) -> None:
    scissors = Scissors(SEED)
    async with (
        cutting(behind.listening, behind.port, scissors),
        open_browser() as browser,
    ):
        await announce(behind, LOT, "滨河大道道路工程施工（一标段）", LEAD_S)
        day = await Day.begin(browser, behind)
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
    once = ("TendersSealed", "RosterPublished", "OffersReadOut", "ObjectionRaised", "Closed")
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
    assert kinds[Kind.UNANSWERED] >= 4
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
