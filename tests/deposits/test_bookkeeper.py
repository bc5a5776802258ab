"""Many callers, few commits, an answer to each; and the chain of days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bidroom.deposits import bookkeeper
from bidroom.deposits.bookkeeper import (
    BATCH_LEGS_MAX,
    Bookkeeper,
    Done,
    LedgerBusy,
    LedgerClosed,
    open_accounts,
)
from bidroom.deposits.days import day_of, hash_of
from bidroom.deposits.ledger import LEGS_MAX, Reason, Refused
from tests.deposits.books import ALL, BANK, accounts_in, audited, entries_in, paid, refund

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


@pytest.fixture
async def books(pool: Pool) -> AsyncIterator[Pool]:
    await open_accounts(pool, ALL)
    yield pool
    assert await audited(pool) == []


async def commits(pool: Pool) -> int:
    """How many different transactions wrote what is in the ledger."""
    return int(await pool.fetchval("select count(distinct xmin::text) from deposits.transfer"))


async def test_many_callers_share_a_commit_and_each_is_answered(books: Pool) -> None:
    async with Bookkeeper(books) as keeper:
        answers = await asyncio.gather(*(keeper.post([paid(n, n)]) for n in range(1, 1001)))

    numbers = [one.posted.seq for one in answers if isinstance(one, Done)]
    assert sorted(numbers) == list(range(1, 1001))
    assert await commits(books) <= 1000 // BATCH_LEGS_MAX + 1
    assert (await accounts_in(books))[BANK.id].debits_posted == 500_500


async def test_the_same_asked_at_the_same_time_is_posted_once(books: Pool) -> None:
    async with Bookkeeper(books) as keeper:
        answers = await asyncio.gather(*(keeper.post([paid(1)]) for _ in range(50)))
        later = await keeper.post([paid(1)])

    assert len({(one.posted, one.at) for one in (*answers, later) if isinstance(one, Done)}) == 1
    assert len(await entries_in(books)) == 1


async def test_a_no_to_one_is_no_harm_to_its_neighbours(books: Pool) -> None:
    async with Bookkeeper(books) as keeper:
        good, bad, malformed, too = await asyncio.gather(
            keeper.post([paid(1)]),
            keeper.post([refund(1, 80_000_01)]),
            keeper.post([paid(2, 0)]),
            keeper.post([paid(3)]),
        )

    assert isinstance(good, Done)
    assert isinstance(too, Done)
    assert bad == Refused(Reason.NOT_ENOUGH, 0)
    assert malformed == Refused(Reason.MALFORMED, 0)


async def test_what_the_database_can_not_read_is_its_own_askers_fault(books: Pool) -> None:
    async with Bookkeeper(books) as keeper:
        good, bad = await asyncio.gather(
            keeper.post([paid(1)]),
            keeper.post([replace(paid(2), source="\ud800")]),
            return_exceptions=True,
        )

    assert isinstance(good, Done)
    assert isinstance(bad, asyncpg.DataError | UnicodeError)


async def test_a_batch_is_never_longer_than_it_may_be(books: Pool) -> None:
    chains = [[paid(LEGS_MAX * k + n) for n in range(LEGS_MAX)] for k in range(100)]
    async with Bookkeeper(books) as keeper:
        await asyncio.gather(*(keeper.post(chain) for chain in chains))

    sizes = await books.fetch("select count(*) from deposits.transfer group by xmin::text")
    assert max(row[0] for row in sizes) == BATCH_LEGS_MAX // LEGS_MAX * LEGS_MAX


async def test_no_more_wait_than_may(books: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeper, "WAITING_MAX", 3)
    async with Bookkeeper(books) as keeper:
        answers = await asyncio.gather(
            *(keeper.post([paid(n)]) for n in range(5)), return_exceptions=True
        )

    assert [type(one) for one in answers] == [Done, Done, Done, LedgerBusy, LedgerBusy]


async def test_a_caller_that_has_gone_is_not_posted_for(books: Pool) -> None:
    async with Bookkeeper(books) as keeper:
        gone = asyncio.create_task(keeper.post([paid(1)]))
        first = asyncio.create_task(keeper.post([paid(2)]))
        await asyncio.sleep(0)  # both wait now
        gone.cancel()
        await first

    assert [one.entry.transfer for one in await entries_in(books)] == [paid(2)]


async def test_who_waits_at_the_end_is_told_so(books: Pool) -> None:
    async with Bookkeeper(books) as keeper:
        waiting = asyncio.create_task(keeper.post([paid(1)]))
        await asyncio.sleep(0)

    with pytest.raises(LedgerClosed):
        await waiting
    with pytest.raises(LedgerClosed):
        await keeper.post([paid(2)])


# --- days ---


async def posted_on(books: Pool, *days: int) -> None:
    """A payment on each of these days of April 2026, at noon UTC, written by the owner's hand."""
    for n, day in enumerate(days, 1):
        one = paid(n)
        await books.execute(
            "insert into deposits.transfer values ($1,$2,$2,0,1,$3,$4,$5,1,null,1,$6,$7)",
            n,
            one.id,
            one.debit,
            one.credit,
            one.amount,
            one.source,
            datetime(2026, 4, day, 12, tzinfo=UTC),
        )


async def test_days_are_chained_as_anybody_can_recompute(books: Pool) -> None:
    await posted_on(books, 1, 1, 3)
    yesterday = day_of(await books.fetchval("select clock_timestamp()")) - timedelta(days=1)

    assert await books.fetchval("select deposits.close_days($1)", yesterday) == 2
    assert await books.fetchval("select deposits.close_days($1)", yesterday) == 0

    days = await books.fetch("select * from deposits.day order by day")
    entries, previous, done = await entries_in(books), b"", 0
    for row in days:
        assert row["previous"] == previous
        assert row["hash"] == hash_of(row["day"], previous, entries[done : row["last_seq"]])
        previous, done = row["hash"], row["last_seq"]
    assert done == 3


async def test_today_is_not_closed(books: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="not over"):
        await books.fetchval("select deposits.close_days((clock_timestamp() + '9h')::date)")


def test_a_bank_day_is_a_day_in_china() -> None:
    assert day_of(datetime(2026, 4, 1, 15, 59, 59, tzinfo=UTC)).day == 1
    assert day_of(datetime(2026, 4, 1, 16, tzinfo=UTC)).day == 2


FORGERIES = {
    "an amount": ("update deposits.transfer set amount = 1 where seq = 1", "balance_not_rebuilt"),
    "a balance": (
        "update deposits.account set debits_posted = 9 where rule = 0",
        "ledger_unbalanced",
    ),
    "an origin": ("update deposits.transfer set source = 'x' where seq = 1", "day_altered"),
    "a day": ("update deposits.day set hash = sha256('x')", "day_altered"),
    "a loss": ("delete from deposits.transfer where seq = 1", "numbers_with_gaps"),
    "half a chain": ("update deposits.transfer set legs = 2 where seq = 1", "chain_incomplete"),
    "a kind": (
        "update deposits.transfer set kind = 5, refers = gen_random_uuid() where seq = 1",
        "not_what_it_refers_to",
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
async def test_a_forgery_behind_the_triggers_shows_in_the_audit(pool: Pool, what: str) -> None:
    """What a superuser can do who switches the triggers off."""
    await open_accounts(pool, ALL)
    await posted_on(pool, 1)
    await pool.fetchval("select deposits.close_days('2026-04-30')")
    statement, finding = FORGERIES[what]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(statement)

    assert finding in {row[0] for row in await audited(pool)}
