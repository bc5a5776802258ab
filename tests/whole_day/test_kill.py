"""kill -9 in the middle of the window, with asks on their way: of `serve`, and of PostgreSQL.

Every bidder's key was sent and none of the answers but the first had come. Afterwards every line
has resumed, every ask has exactly one answer, and the record holds each tender decrypted once.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from bidroom import clock
from bidroom.cli.centre import Centre
from bidroom.cli.client import Client
from bidroom.cli.line import Line
from bidroom.demo.house import House, running, serving
from bidroom.demo.parties import Bid, desk, hand_in, said
from bidroom.demo.stories import Story, schedule, soon
from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening import record as r
from bidroom.opening.record import Phase
from tests.whole_day.hall import as_sent, written

FIRMS_COUNT: Final = 12
LEAD_S: Final = 15.0  # for twelve robots to seal and upload
PATIENCE_S: Final = 60.0
LOT: Final = "KILL-001"


class Heard(Line):
    """A robot's line that notes what it went through."""

    def __init__(self, client: Client, opening: str) -> None:
        super().__init__(client, opening)
        self.dialled = 0
        self.replies: Counter[str] = Counter()

    async def _once(self) -> None:
        self.dialled += 1
        await super()._once()

    async def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] in ("Done", "Refused"):
            self.replies[frame["re"]] += 1
        await super()._hear(frame)


@asynccontextmanager
async def on_the_line(client: Client) -> AsyncIterator[Heard]:
    line = Heard(client, LOT)
    task = asyncio.create_task(line.run())
    try:
        yield line
        assert not task.done(), "the line gave up"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's: the user that PostgreSQL runs as has to pass."""
    made = Path(tempfile.mkdtemp(prefix="bidroom-kill-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def centre(folder: Path) -> Centre:
    made = Centre(folder / "centre")
    made.make(clock.now(), FIRMS_COUNT)
    return made


@pytest.fixture
def house(folder: Path, centre: Centre, request: pytest.FixtureRequest) -> Iterator[House]:
    data = folder / request.node.name
    data.mkdir(mode=0o711)
    with running(data, centre, 0) as hall:
        yield hall


class Window:
    """All bidders are in the room, the window is open, and nobody has sent a key."""

    def __init__(self, firms: list[Client], lines: list[Heard], host: Heard) -> None:
        self.firms, self.lines, self.host = firms, lines, host
        self.answered_s: dict[int, float] = {}

    @classmethod
    async def open(cls, house: House, stack: AsyncExitStack) -> Window:
        people = await desk(house.url, house.centre)
        for agent in people:
            stack.push_async_callback(agent.close)
        story = Story(LOT, "滨河泵站设备采购", (), window_s=600)
        await schedule(people, house.centre, story, soon(clock.now(), LEAD_S))
        bids = [Bid(firm, 1_000_000_00 + n, 20_000) for n, firm in enumerate(house.centre.firms())]
        firms = await asyncio.gather(
            *(
                hand_in(house.url, LOT, bid, house.data / "sealed" / bid.firm.code, clock.now())
                for bid in bids
            )
        )
        for firm in firms:
            stack.push_async_callback(firm.close)
        lines = [await stack.enter_async_context(on_the_line(firm)) for firm in firms]
        host = await stack.enter_async_context(on_the_line(people.host))
        for phase, command in (
            (Phase.SEALED, "PublishRoster"),
            (Phase.ROSTER, "BeginDecryption"),
        ):
            now = await host.until(lambda now, at=phase: now.phase is at, PATIENCE_S)  # type: ignore[misc]
            await said(host, {"type": command, "version": now.version})
        for line in lines:
            await line.until(lambda now: now.phase is Phase.DECRYPTION, PATIENCE_S)
        return cls(firms, lines, host)

    async def send_keys(self, kill: Callable[[], Awaitable[None]]) -> int:
        """All send their keys at once; `kill` once one is answered. How many were waiting then."""
        keys = await asyncio.gather(*(firm.unlocking(LOT) for firm in self.firms))
        first = asyncio.Event()
        began_s = time.monotonic()

        async def insist(number: int) -> None:
            await said(self.lines[number], keys[number])
            self.answered_s[number] = time.monotonic() - began_s
            first.set()

        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            for number in range(len(self.lines)):
                tasks.create_task(insist(number))
            await first.wait()
            waiting = len(self.lines) - len(self.answered_s)
            await kill()
        return waiting

    async def heard_all(self, house: House) -> list[Any]:
        """The record, once everybody has heard all of it and nothing is left to do."""
        await self.host.until(
            lambda now: now.phase is Phase.SETTLED and all(it.body for it in now.tenders.values()),
            PATIENCE_S,
        )
        record = await written(house.dsn, LOT)
        for line in (*self.lines, self.host):
            await line.until(lambda _, it=line: len(it.envelopes) >= len(record), PATIENCE_S)  # type: ignore[misc]
        return record


async def check(house: House, window: Window, waiting: int, victim: str) -> None:
    record = await window.heard_all(house)
    assert waiting >= FIRMS_COUNT // 2, "too few asks were on their way for this to show anything"
    kinds = Counter(type(it.event).__name__ for it in record)
    decrypted = Counter(it.event.bidder for it in record if isinstance(it.event, r.TenderDecrypted))
    assert decrypted == Counter(firm.me["id"] for firm in window.firms)
    assert kinds["KeyRefused"] == 0
    readers = [Actor(Role.BIDDER, PersonId(firm.me["id"])) for firm in window.firms]
    readers.append(Actor(Role.AGENT, PersonId("agent-host")))
    for line, reader in zip((*window.lines, window.host), readers, strict=True):
        assert line.envelopes == as_sent(record, reader)
        assert set(line.replies.values()) == {1}, "one answer to each ask"
    told = {
        "killed": victim,
        "asks_waiting_when_killed": waiting,
        "lines_resumed": sum(line.dialled > 1 for line in window.lines),
        "answered_after_s": [round(one, 2) for one in sorted(window.answered_s.values())],
        "decrypted": len(decrypted),
        "record": len(record),
    }
    print(json.dumps(told))


async def test_serve_is_killed_while_keys_are_on_their_way(house: House) -> None:
    async with AsyncExitStack() as stack:
        window = await Window.open(house, stack)
        before = [line.dialled for line in window.lines]
        port = urlsplit(house.url).port
        assert port is not None

        async def kill() -> None:
            os.kill(house.serve_pid, signal.SIGKILL)
            again = serving(house.data, house.centre, port, house.dsn)
            await asyncio.to_thread(again.__enter__)
            stack.push_async_callback(asyncio.to_thread, again.__exit__, None, None, None)

        waiting = await window.send_keys(kill)
        await check(house, window, waiting, "serve")
        dialled = [line.dialled for line in window.lines]
        assert all(now > then for now, then in zip(dialled, before, strict=True))


async def test_postgres_is_killed_while_keys_are_on_their_way(house: House) -> None:
    async with AsyncExitStack() as stack:
        window = await Window.open(house, stack)

        async def kill() -> None:
            _kill_all(_postmaster(house.data))

        waiting = await window.send_keys(kill)
        await check(house, window, waiting, "postgres")


def _postmaster(data: Path) -> int:
    """The server's process, by the file that it keeps in its folder."""
    (file,) = (data / "postgres").rglob("postmaster.pid")
    return int(file.read_text().split()[0])


def _kill_all(server: int) -> None:
    """The server and all its processes: as when the machine's power fails, but for the disk."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    for pid in (server, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
