"""What happens when nobody says a word: the hall's own steps, by the database's clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from bidroom.envelope import HALL
from bidroom.hall.alarm import Alarm
from bidroom.opening import record as r
from bidroom.opening.commands import OpenLobby
from bidroom.opening.policy import Policy
from bidroom.opening.rules import Due
from tests.hall.house import PATIENCE_S, STREAM, House, open_house
from tests.hall.people import FIRMS, HOST, schedule

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

BRISK = Policy(sign_in_s=3600, host_grace_s=1, window_s=1, confirmation_s=1)


async def heard_of(house: House, kind: type) -> None:
    """Wait until that event stands on the record, asking the log and no room."""
    news = asyncio.Event()
    house.hall.after.append(lambda _: news.set())
    async with asyncio.timeout(PATIENCE_S):
        while kind not in [type(it.envelope.event) for it in await house.hall.log.read(STREAM)]:
            await news.wait()
            news.clear()


async def test_tenders_are_sealed_at_the_deadline_and_not_before(dsn: str) -> None:
    async with open_house(dsn) as house:
        await heard_of(house, r.TendersSealed)
        entries = await house.hall.log.read(STREAM)

    sealed, kept = (entry.envelope for entry in entries[-2:])
    assert isinstance(sealed.event, r.TendersSealed)
    assert isinstance(kept.event, r.RosterKept)
    assert sealed.by == HALL
    opening = entries[0].envelope.event
    assert isinstance(opening, r.OpeningScheduled)
    assert timedelta(0) <= sealed.at - opening.opens_at < timedelta(seconds=1)


async def test_a_room_with_no_one_in_it_goes_its_way_to_the_confirmation(dsn: str) -> None:
    async with open_house(dsn, scheduled=False) as house:
        opens_at = await house.at() + timedelta(milliseconds=200)
        await house.told(schedule(opens_at, policy=BRISK), HOST)

        await heard_of(house, r.HostPassed)
        entries = await house.hall.log.read(STREAM)

    kinds = [type(entry.envelope.event) for entry in entries]
    assert kinds == [
        r.OpeningScheduled,
        r.LobbyOpened,
        r.TendersSealed,
        r.RosterKept,
        r.RosterPublished,
        r.DecryptionBegan,
        r.TenderLeftSealed,
        r.TenderLeftSealed,
        r.TenderLeftSealed,
        r.DecryptionSettled,
        r.OffersReadOut,
        r.ConfirmationBegan,
        r.ConfirmationEnded,
        r.SigningBegan,
        r.HostPassed,
    ]
    assert {entry.envelope.by for entry in entries[1:]} == {HALL}


async def test_an_alarm_that_many_halls_ring_is_answered_once(dsn: str) -> None:
    async with open_house(dsn) as one, open_house(dsn, scheduled=False) as two:
        await heard_of(one, r.TendersSealed)
        await asyncio.gather(*(alarm.ring() for alarm in (one.alarm, two.alarm) for _ in range(5)))
        entries = await one.hall.log.read(STREAM)

    assert [type(it.envelope.event) for it in entries] == [
        r.OpeningScheduled,
        r.LobbyOpened,
        r.TendersSealed,
        r.RosterKept,
    ]
    assert one.box.frozen + two.box.frozen == ["LOT-001"]


async def test_an_alarm_rung_too_early_or_too_late_does_nothing(dsn: str) -> None:
    async with open_house(dsn, scheduled=False, alarm=False) as house:
        opens_at = await house.at() + timedelta(hours=2)
        await house.told(schedule(opens_at), HOST)
        step = Due(opens_at - timedelta(hours=1), OpenLobby)

        early = await house.hall.answer(STREAM, "alarm 0001", step, HALL)
        other = Due(opens_at - timedelta(hours=3), OpenLobby)
        wrong = await house.hall.answer(STREAM, "alarm 0001", other, HALL)

        assert early == wrong
        assert len(await house.hall.log.read(STREAM)) == 1


async def test_one_failing_opening_does_not_stop_the_others(dsn: str, pool: Pool) -> None:
    async with open_house(dsn, alarm=False) as house:
        await pool.execute(
            "insert into hall.stream (stream, head, phase, version, opens_at, wake_at, facts)"
            " values ('opening/broken', 1, 'lobby', 1, now(), now() - interval '1 day', '{}')"
        )
        alarm = Alarm(pool, house.hall)

        assert await alarm.ring() <= 1.0

        assert (await house.opening()).phase is r.Phase.LOBBY


async def test_too_few_tenders_are_not_opened_and_named_to_nobody(dsn: str) -> None:
    async with open_house(dsn, firms=FIRMS[:2]) as house, house.person(HOST) as host:
        await host.hear_event(r.OpeningNotOpened)
        record = (await house.hall.log.read(STREAM))[2].envelope.event

        assert isinstance(record, r.TendersSealed)
        assert len(record.seals) == 2
        assert record.goes_on_at is None
