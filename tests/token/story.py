"""Two bidders with tokens at real pages of a real hall, from logging in to the confirmed read-out.

The hall counts as a public site for the browser, as it would be: reaching the program on this
machine then needs the person's leave. A third bidder and the agent are the demo's robots.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from playwright.async_api import Browser, Request

from bidroom import clock
from bidroom.cli.centre import Centre, Firm
from bidroom.demo.house import House, free_port, running
from bidroom.demo.parties import Bid, attend, conduct, desk, hand_in
from bidroom.demo.stories import ANSWER, Story, schedule
from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening.state import Opening
from tests.token import holder
from tests.token.holder import Program
from tests.token.softhsm import Slots, module
from tests.whole_day import steps
from tests.whole_day.persons import Person

LOT: Final = "UKEY-001"
TITLE: Final = "滨河大道道路工程施工（一标段）"
PIN: Final = "24681357"
LEAVE: Final = "local-network-access"
LEAD_S: Final = 50.0  # for two bidders to log in, seal and upload on a small machine
OFFERS: Final = (
    steps.Offer("98765432.10", "180", "王志远"),
    steps.Offer("97600000", "175", "李思敏"),
)


class Place(NamedTuple):
    """A hall, the tokens of two of its firms, and the program's port that its pages may reach."""

    house: House
    slots: Slots
    port: int

    @property
    def firms(self) -> list[Firm]:
        return self.house.centre.firms()

    @property
    def public(self) -> str:
        """The browser's flag by which the hall is somewhere on the internet."""
        return f"--ip-address-space-overrides={self.house.url.removeprefix('http://')}=public"

    def label(self, number: int) -> str:
        return f"UKEY-{number + 1}"

    @contextmanager
    def program(self, *words: str, origin: str | None = None) -> Iterator[Program]:
        with holder.running(
            "--module", module(), *words,
            environment=self.slots.environment, origin=origin or self.house.url, pin=PIN,
            port=self.port,
        ) as program:  # fmt: skip
            yield program


@contextmanager
def place() -> Iterator[Place]:
    """To be entered outside any event loop."""
    data = Path(tempfile.mkdtemp(prefix="bidroom-token-"))
    data.chmod(0o711)
    port = free_port()
    before = os.environ.get("BIDROOM_TOKEN_PORT")
    os.environ["BIDROOM_TOKEN_PORT"] = str(port)
    try:
        centre = Centre(data / "centre")
        centre.make(clock.now(), 3)
        slots = Slots(data / "softhsm")
        with running(data, centre, 0, durable=False) as house:
            made = Place(house, slots, port)
            for number, firm in enumerate(centre.firms()[:2]):
                slots.add(made.label(number), PIN, centre.folder, firm.code)
            yield made
    finally:
        if before is None:
            os.environ.pop("BIDROOM_TOKEN_PORT")
        else:
            os.environ["BIDROOM_TOKEN_PORT"] = before
        shutil.rmtree(data, ignore_errors=True)


async def come(
    browser: Browser, here: Place, number: int, lot: str = LOT, *, allowed: bool = True
) -> Person:
    """A bidder opens the page for sealing; the browser may reach this machine, if `allowed`."""
    who = Actor(Role.BIDDER, PersonId(here.firms[number].code))
    person = await Person.come(
        browser, here.label(number), who, f"{here.house.url}/bidder#/lot/{lot}/seal",
        permissions=[LEAVE] if allowed else [],
    )  # fmt: skip
    await person.page.get_by_label("UKey（CA 锁）").check()
    return person


async def log_in(person: Person) -> None:
    """With the token of that label, of the two that are plugged in."""
    await person.press("登录")
    await person.page.get_by_label(person.name).check()
    await person.press("登录")


async def announce(here: Place, lead_s: float, lot: str = LOT) -> None:
    people = await desk(here.house.url, here.house.centre)
    opens_at = clock.now() + timedelta(seconds=lead_s)
    await schedule(people, here.house.centre, Story(lot, TITLE, (), window_s=600), opens_at)
    await people.host.close()
    await people.recorder.close()


async def play(here: Place, bidders: list[Person]) -> Opening:
    """Everything from logging in to the end. Gives what the opening came to."""
    third = Bid(here.firms[2], 99_120_000_05, 100_000)
    client = await hand_in(here.house.url, LOT, third, here.house.data / "third", clock.now())
    people = await desk(here.house.url, here.house.centre)
    try:
        for bidder, offer in zip(bidders, OFFERS, strict=True):
            await log_in(bidder)
            await steps.fill_and_seal(bidder, offer)
            await bidder.page.get_by_role("link", name="返回本标段", exact=True).click()
            await steps.sign_in(bidder)
            await bidder.read("模拟解密通过")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(attend(client, LOT, third))
            ended = tasks.create_task(conduct(people, LOT, ANSWER, 0))
            for bidder in bidders:
                tasks.create_task(_in_the_room(bidder))
        return ended.result()
    finally:
        for one in (client, people.host, people.recorder):
            await one.close()


async def _in_the_room(bidder: Person) -> None:
    await steps.decrypt(bidder)
    await steps.confirm(bidder)


def asked_of(program: Program, person: Person) -> list[Request]:
    """The requests to the program that this page makes from now on, its worker's included."""
    found: list[Request] = []

    def note(request: Request) -> None:
        if request.url.startswith(program.url) and request.method == "POST":
            found.append(request)

    person.page.on("request", note)
    return found
