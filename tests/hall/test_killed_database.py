"""The database is killed in the middle of the window: nothing is lost, and nothing done twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from bidroom import ids
from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening import record as r
from bidroom.postgres.migrations import migrate
from bidroom.postgres.supervisor import EmbeddedPostgres
from bidroom.wire import Done, UnlockTender
from tests.edge.test_line import to_the_window
from tests.hall.house import STREAM, House, open_house
from tests.hall.people import act, key_of

KILLS = 2
MANY = [Actor(Role.BIDDER, PersonId(f"firm-{n:03}")) for n in range(30)]
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def mortal(open_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A durable server of this story's own, that its supervisor brings back."""
    with EmbeddedPostgres(open_folder / "mortal") as server:
        asyncio.run(migrate(server.dsn))
        yield server


async def insist(house: House, firm: Actor, go: asyncio.Event) -> Done:
    """A bidder's browser: asks under one id, on ever new lines, until it is answered."""
    ask, unlock = ids.new_id(), UnlockTender((key_of(firm.id),), act("open"))
    await go.wait()
    while True:
        try:
            async with house.person(firm) as bidder:
                reply = await bidder.ask(unlock, ask)
        except (ConnectionClosed, TimeoutError):
            continue
        assert isinstance(reply, Done), reply
        return reply


async def kill_now_and_then(server: EmbeddedPostgres, go: asyncio.Event, house: House) -> None:
    """Kill the server whenever a few more have been answered."""
    written = asyncio.Event()
    house.hall.after.append(lambda _: written.set())
    go.set()
    for _ in range(KILLS):
        for _ in range(5):
            await written.wait()
            written.clear()
        pid = server.server_pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)


async def test_every_bidder_is_decrypted_once_through_all_of_it(mortal: EmbeddedPostgres) -> None:
    async with open_house(mortal.dsn, firms=MANY) as house:
        await to_the_window(house)
        go = asyncio.Event()
        asking = [asyncio.create_task(insist(house, firm, go)) for firm in MANY]

        async with asyncio.timeout(PATIENCE_S):
            await kill_now_and_then(mortal, go, house)
            replies = await asyncio.gather(*asking)
        entries = await house.hall.log.read(STREAM)
        room = (await house.hall.room(STREAM)).record

    assert [it.envelope.seq for it in entries] == list(range(1, len(entries) + 1))
    assert room.entries == list(entries)
    decrypted = {
        it.envelope.event.bidder: it.envelope.seq
        for it in entries
        if isinstance(it.envelope.event, r.TenderDecrypted)
    }
    assert len(decrypted) == len(MANY)
    assert sum(isinstance(it.envelope.event, r.TenderDecrypted) for it in entries) == len(MANY)
    for firm, reply in zip(MANY, replies, strict=True):
        assert decrypted[firm.id] <= reply.seq
        assert entries[reply.seq - 1].envelope.by == firm
