"""Rooms of several halls: what one writes reaches those who sit in another."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from bidroom.envelope import StreamId, Withheld
from bidroom.hall.bus import Hear, Hint
from bidroom.hall.hall import ROOMS_KEPT, NoSuchOpening
from bidroom.opening import record as r
from tests.hall.house import STREAM, House, open_house
from tests.hall.people import FIRMS, HOST, Counter, PaperBox, schedule

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool


class Silence:
    """A bus that loses everything, as it may."""

    async def enclose(self, conn: Connection, hint: Hint) -> None:
        """Lost."""

    async def send(self, hint: Hint) -> None:
        """Lost."""

    async def listen(self, hear: Hear) -> None:
        """Nothing is ever heard."""

    async def close(self) -> None: ...


async def test_who_sits_in_one_hall_hears_what_another_wrote(dsn: str) -> None:
    async with open_house(dsn) as one, open_house(dsn, scheduled=False, alarm=False) as two:
        async with two.person() as viewer:
            sealed = await viewer.hear_event(r.TendersSealed)

        assert two.box.frozen == []
        assert one.box.frozen == ["LOT-001"]
        assert [it.seq for it in viewer.envelopes] == list(range(1, sealed.seq + 1))


async def test_what_the_bus_lost_is_found_with_the_next_beat(dsn: str, pool: Pool) -> None:
    deaf = House(pool, Silence(), PaperBox(FIRMS[:3], await now(pool)), Counter())
    async with open_house(dsn) as one, deaf.open(alarm=False), deaf.person() as viewer:
        sealed = await viewer.hear_event(r.TendersSealed)

        kept = await viewer.hear_event(Withheld)  # whose they are, in the same turn
        assert kept.seq == sealed.seq + 1 == (await one.hall.room(STREAM)).record.seq


async def test_ticks_bring_the_time_and_the_head(dsn: str, pool: Pool) -> None:
    async with open_house(dsn, alarm=False) as house, house.person() as viewer:
        first, second = await viewer.hear_tick(), await viewer.hear_tick()

        assert first.seq == second.seq == 1
        assert first.at < second.at <= await now(pool)


async def test_a_room_is_forgotten_once_nobody_is_there_and_known_again(dsn: str) -> None:
    async with open_house(dsn, scheduled=False, alarm=False) as house:
        far = (await house.at()).replace(year=2050)
        streams = [StreamId(f"opening/MANY-{n:04}") for n in range(ROOMS_KEPT + 2)]
        for stream in streams[:2]:
            order = schedule(far, lot=stream.removeprefix("opening/"))
            await house.hall.answer(stream, f"order {stream}", order, HOST)
        async with house.person(opening="MANY-0000") as viewer:
            await viewer.hear_tick()
            kept = await house.hall.room(streams[0])
            for stream in streams[2:]:
                order = schedule(far, lot=stream.removeprefix("opening/"))
                await house.hall.answer(stream, f"order {stream}", order, HOST)
            await house.hall.room(streams[-1])

            assert await house.hall.room(streams[0]) is kept
            assert (await house.hall.room(streams[1])).record.seq == 1


async def test_there_is_no_room_without_a_record(dsn: str) -> None:
    async with open_house(dsn, scheduled=False, alarm=False) as house:
        with pytest.raises(NoSuchOpening):
            await house.hall.room(STREAM)


async def now(pool: Pool) -> datetime:
    at: datetime = await pool.fetchval("select clock_timestamp()")
    return at
