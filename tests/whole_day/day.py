"""Everybody who takes part in a whole opening, each at a page, and what they do together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from playwright.async_api import Browser

from bidroom.cli.centre import Firm
from bidroom.envelope import PUBLIC, Actor, Envelope, PersonId, Role
from bidroom.opening import record as r
from tests.whole_day import steps
from tests.whole_day.hall import Behind
from tests.whole_day.persons import Person

LOT: Final = "DAY-001"
TITLE: Final = "滨河大道道路工程施工（一标段）"
OFFERS: Final = (
    steps.Offer("98765432.10", "180", "王志远"),
    steps.Offer("97600000", "175", "李思敏"),
    steps.Offer("99120000.05", "190", "陈国栋"),
)


class Day:
    """Everybody who is there."""

    def __init__(
        self,
        firms: Sequence[Firm],
        bidders: list[Person],
        host: Person,
        recorder: Person,
        viewer: Person,
    ) -> None:
        self.firms, self.bidders = firms, bidders
        self.host, self.recorder, self.viewer = host, recorder, viewer

    @property
    def everybody(self) -> list[Person]:
        return [*self.bidders, self.host, self.recorder, self.viewer]

    @classmethod
    async def begin(cls, browser: Browser, behind: Behind, firms: Sequence[Firm]) -> Day:
        async def come(name: str, role: Role, ident: str, path: str) -> Person:
            who = Actor(role, PersonId(ident))
            return await Person.come(browser, name, who, behind.origin + path)

        bidders = [
            await come(f"bidder {n}", Role.BIDDER, firm.code, f"/bidder#/lot/{LOT}/seal")
            for n, firm in enumerate(firms, 1)
        ]
        desk = f"/console#/openings/{LOT}"
        host = await come("host", Role.AGENT, "agent-host", desk)
        recorder = await come("recorder", Role.AGENT, "agent-recorder", desk)
        viewer = await Person.come(browser, "viewer", PUBLIC, f"{behind.origin}/live?opening={LOT}")
        return cls(firms, bidders, host, recorder, viewer)

    async def before_the_deadline(self, behind: Behind) -> None:
        async with asyncio.TaskGroup() as tasks:
            for bidder, firm, offer in zip(self.bidders, self.firms, OFFERS, strict=True):
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
            await bidder.read("本页面已自行核对：您的投标文件在截标封存的清单中")
        await self.viewer.page.locator("[aria-current=step]", has_text="开标结束").wait_for()
        for offer in OFFERS:
            await self.viewer.read(f"{float(offer.price):,.2f}")
        await self.viewer.read(steps.ANSWER)
        await steps.check_the_record(self.viewer)
