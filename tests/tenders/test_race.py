"""The deadline race: what has a receipt from before T is in the freeze, and nothing else is."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bidroom import clock
from bidroom.cli.centre import demo_code
from bidroom.envelope import PersonId
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.record import SealedTender
from tests.tenders.boxes import LOT, Box, open_box

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

COUNT = 500
LAST = (1, 0)  # the part that completes a package of two parts
SOON = timedelta(milliseconds=20)


async def test_five_hundred_completions_straddle_the_deadline(pool: Pool, tmp_path: Path) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = box.packed(0)
    await box.begin(packed)
    async with pool.acquire() as conn:
        first = await box.uploads.papers(conn, LOT, (await box.begin(packed)).upload)
    waiting = []
    for number in range(COUNT):  # sealing each by itself would take half a minute
        bidder = PersonId(demo_code(number))
        upload = await box.uploads.keep(LOT, replace(first, bidder=bidder, name=f"公司{number}"))
        await box.uploads.put(upload, bidder, 0, 0, packed.parts[0, 0])
        waiting.append((upload, bidder))

    race = Race(box, packed.parts[LAST])
    async with asyncio.TaskGroup() as tasks:
        freezing = tasks.create_task(race.freeze())
        completing = [tasks.create_task(race.complete(*one)) for one in waiting]

    (deadline, frozen), ended = freezing.result(), [task.result() for task in completing]
    receipts = {it[0]: it[1] for it in ended if it is not None}
    assert {tender.bidder: tender.received_at for tender in frozen} == receipts
    assert all(at < deadline for at in receipts.values())
    assert all(tender.intact for tender in frozen)
    assert [tender.bidder for tender in frozen] == sorted(tender.bidder for tender in frozen)
    assert 0 < len(receipts) < COUNT, "the deadline fell among them"
    for upload, bidder in waiting:  # asked again afterwards, each is told the same
        after = await box.uploads.progress(upload, bidder)
        assert (after.received is not None) == (bidder in receipts)


class Race:
    """Completions that flow, and a deadline that falls among them however slow the machine is."""

    def __init__(self, box: Box, part: bytes) -> None:
        self._box, self._part = box, part
        self._received, self._under_way = 0, asyncio.Event()

    async def complete(self, upload: str, bidder: PersonId) -> tuple[PersonId, datetime] | None:
        try:
            taken = await self._box.uploads.put(upload, bidder, *LAST, self._part)
        except Refusal as refusal:
            if refusal.reason is not Reason.TOO_LATE:
                raise
            return None
        assert taken.received is not None
        self._received += 1
        if self._received == COUNT // 10:
            self._under_way.set()
        return bidder, taken.received.at

    async def freeze(self) -> tuple[datetime, tuple[SealedTender, ...]]:
        """At the first moment at which the alarm may ring, in the sealing transaction."""
        async with self._box.pool.acquire() as conn:
            await self._under_way.wait()  # with a connection: the queue for one is long by then
            async with conn.transaction():  # nobody is under way by the old deadline meanwhile
                await conn.execute("select from tenders.lot for update")
                deadline = await conn.fetchval("select clock_timestamp()") + SOON
                await self._box.box.announce(conn, LOT, deadline)
            await conn.execute(
                "select pg_sleep(extract(epoch from $1::timestamptz - clock_timestamp()))", deadline
            )
            async with conn.transaction():
                return deadline, await self._box.box.freeze(conn, LOT)
