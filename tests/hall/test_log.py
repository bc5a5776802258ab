"""The log in a real PostgreSQL: numbers without a gap, one answer to an ask, nothing changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bidroom import ids
from bidroom.envelope import Actor, AskId, PersonId, Role
from bidroom.hall.hall import Hall
from bidroom.hall.log import Record
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.policy import canonical
from bidroom.wire import Done, Refused, UnlockTender
from crypto import merkle
from tests.edge.test_line import to_the_window
from tests.hall.house import STREAM, open_house
from tests.hall.people import FIRMS, HOST, RESERVE, act, key_of, schedule

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


async def test_every_entry_stands_in_the_tree_with_its_salt(dsn: str) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)

        entries = await house.hall.log.read(STREAM)
    tree = merkle.Tree()
    for seq, entry in enumerate(entries, 1):
        assert entry.envelope.seq == seq
        assert entry.leaf == merkle.leaf_hash(entry.salt + canonical(entry.envelope))
        tree.append(entry.leaf)
        assert entry.root == tree.root
    assert len({entry.salt for entry in entries}) == len(entries)


def test_peaks_grow_into_the_tree_of_rfc_9162() -> None:
    peaks, tree = merkle.Peaks(), merkle.Tree()
    for number in range(200):
        leaf = merkle.leaf_hash(bytes([number]))
        peaks = peaks.with_leaf(leaf)
        tree.append(leaf)

        assert (peaks.size, peaks.root) == (tree.size, tree.root)


async def test_what_is_kept_is_the_bytes_that_were_hashed(dsn: str, pool: Pool) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)
        entries = await house.hall.log.read(STREAM)

        rows = await pool.fetch("select envelope, salt, leaf from hall.entry order by seq")
    for row, entry in zip(rows, entries, strict=True):
        assert row["envelope"] == canonical(entry.envelope)
        assert merkle.leaf_hash(row["salt"] + row["envelope"]) == row["leaf"]


@pytest.mark.parametrize(
    "change",
    [
        "update hall.entry set salt = salt",
        "delete from hall.entry where seq = 1",
        "truncate hall.entry",
        "truncate hall.stream cascade",
    ],
)
async def test_the_record_is_only_ever_added_to(dsn: str, pool: Pool, change: str) -> None:
    async with open_house(dsn, alarm=False):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(change)


async def test_a_lot_is_scheduled_once_however_many_ask(dsn: str) -> None:
    async with open_house(dsn, scheduled=False) as house:
        order = schedule((await house.at()).replace(year=2030))

        replies = await asyncio.gather(
            *(house.hall.answer(STREAM, ids.new_id(), order, HOST) for _ in range(8))
        )

        assert sorted(type(reply).__name__ for reply in replies) == ["Done", *["Refused"] * 7]
        assert len(await house.hall.log.read(STREAM)) == 1


async def test_two_halls_number_one_record_together(dsn: str) -> None:
    """All bidders at once, through two processes that each believe their own copy."""
    firms = [Actor(Role.BIDDER, PersonId(f"firm-{n:03}")) for n in range(30)]
    async with (
        open_house(dsn, firms=firms) as one,
        open_house(dsn, firms=firms, scheduled=False) as two,
    ):
        await to_the_window(one)

        replies = await asyncio.gather(
            *(
                hall.answer(STREAM, ask, UnlockTender((key_of(firm.id),), act("open")), firm)
                for firm in firms
                for ask in [ids.new_id()]
                for hall in (one.hall, two.hall)
            )
        )
        entries = await one.hall.log.read(STREAM)

    assert [reply for reply in replies if not isinstance(reply, Done)] == []
    assert [entry.envelope.seq for entry in entries] == list(range(1, len(entries) + 1))
    decrypted = [
        it.envelope.by for it in entries if isinstance(it.envelope.event, r.TenderDecrypted)
    ]
    assert sorted(by.id for by in decrypted) == [firm.id for firm in firms]
    assert [entry.envelope.at for entry in entries] == sorted(it.envelope.at for it in entries)


async def test_an_ask_is_known_by_who_asked_it(dsn: str) -> None:
    """Nobody can take another's id and so silence them, not even the hall's own."""
    async with open_house(dsn, alarm=False) as house:
        ask: AskId = "alarm 0001"
        taken = await house.hall.answer(STREAM, ask, c.Terminate(99, "不办了"), RESERVE)
        refused = await house.hall.answer(STREAM, ask, c.Terminate(99, "不办了"), HOST)

        done = await house.hall.answer(STREAM, ask, c.Terminate(1, "不办了"), HOST)

        assert isinstance(taken, Refused)
        assert taken.reason == c.Reason.NOT_YOUR_PART
        assert isinstance(refused, Refused)  # a no that wrote nothing isn't kept
        assert isinstance(done, Done)
        assert await house.hall.answer(STREAM, ask, c.Terminate(1, "又来"), HOST) == done


async def test_a_turn_that_fails_leaves_no_trace(dsn: str, pool: Pool) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)
        before = await house.hall.log.read(STREAM)
        known = (await house.hall.room(STREAM)).record.seq
        untold = UnlockTender((key_of(FIRMS[0].id),), act("something else"))

        reply = await house.hall.answer(STREAM, ids.new_id(), untold, FIRMS[0])

        assert isinstance(reply, Refused)
        assert await house.hall.log.read(STREAM) == before
        assert (await house.hall.room(STREAM)).record.seq == known
        assert await pool.fetchval("select count(*) from hall.answer where role = 'bidder'") == 0


async def test_a_hall_that_begins_anew_knows_what_the_last_one_wrote(dsn: str) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)
        room = await house.hall.room(STREAM)
        before = room.record

    async with open_house(dsn, scheduled=False, alarm=False) as anew:
        after = (await anew.hall.room(STREAM)).record
    assert after.opening == before.opening
    assert after.entries == before.entries


async def test_a_record_takes_news_once_and_in_order(dsn: str) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)
        entries = await house.hall.log.read(STREAM)
    record = Record()

    assert record.extend(entries[:2]) == list(entries[:2])
    assert record.extend(entries[:3]) == [entries[2]]
    assert record.extend(entries[:3]) == []
    with pytest.raises(AssertionError, match="gap"):
        record.extend(entries[4:])


async def test_the_halls_clock_is_the_databases(dsn: str) -> None:
    async with open_house(dsn) as house:
        before, at, after = await house.at(), await house.hall.now(), await house.at()

    assert (before - at).total_seconds() < 0.05
    assert (at - after).total_seconds() < 0.05


async def test_a_room_nobody_wrote_in_is_no_room(dsn: str, pool: Pool) -> None:
    async with open_house(dsn, scheduled=False) as house:
        assert isinstance(house.hall, Hall)
        reply = await house.hall.answer(STREAM, ids.new_id(), c.Terminate(1, "不办了"), HOST)

        assert isinstance(reply, Refused)
        assert reply.reason == c.Reason.NO_SUCH_OPENING
        assert await pool.fetchval("select count(*) from hall.stream") == 0


async def test_time_never_runs_backwards_on_a_record(dsn: str) -> None:
    """A database clock that was set back gives the last entry's instant until it caught up."""
    async with open_house(dsn) as house:
        await to_the_window(house)
        record = Record()
        record.extend(await house.hall.log.read(STREAM))
    last = record.entries[-1].envelope.at
    assert record.not_before(last - timedelta(hours=1)) == last
    assert record.not_before(last + timedelta(seconds=1)) == last + timedelta(seconds=1)
    assert Record().not_before(last) == last
