"""The pure rules and the database decide the same; and nobody gets round the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bidroom.deposits.bookkeeper import Done, open_accounts, post_now
from bidroom.deposits.ledger import (
    AMOUNT_MAX,
    LEGS_MAX,
    TOTAL_MAX,
    Account,
    Book,
    Chain,
    Kind,
    Posted,
    Reason,
    Refused,
    Rule,
    Transfer,
    malformed,
    post,
)
from bidroom.postgres.pool import open_pool
from tests.conftest import RUN, administer, dsn_of
from tests.deposits.books import (
    ALL,
    BANK,
    FREE,
    GUARANTEE,
    LIN,
    MA,
    accounts_in,
    audited,
    entries_in,
    paid,
    refund,
    settling,
)

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

EMPTY = Book({one.id: Account(one.id, one.ledger, one.rule) for one in ALL})


@pytest.fixture
async def books(pool: Pool) -> AsyncIterator[Pool]:
    """A database with accounts; whatever a test does to it, the audit finds nothing."""
    assert await open_accounts(pool, ALL) == []
    yield pool
    assert await audited(pool) == []


# --- stories, in the rules and in the database ---


STORIES: dict[str, tuple[list[Chain], list[Posted | Refused]]] = {
    "a deposit comes and is paid back": (
        [[paid(1)], [refund(1)], [settling(1, refund(1), Kind.CONFIRM)]],
        [Posted(1), Posted(2), Posted(3)],
    ),
    "a second refund does not fit beside one that is on its way": (
        [[paid(1)], [refund(1)], [refund(2, 1)]],
        [Posted(1), Posted(2), Refused(Reason.NOT_ENOUGH, 0)],
    ),
    "a refund that the bank rejects gives the money back to its deposit": (
        [[paid(1)], [refund(1)], [settling(1, refund(1), Kind.VOID)], [refund(2)]],
        [Posted(1), Posted(2), Posted(3), Posted(4)],
    ),
    "what is pending is settled once": (
        [
            [paid(1)],
            [refund(1)],
            [settling(1, refund(1), Kind.VOID)],
            [settling(2, refund(1), Kind.CONFIRM)],
        ],
        [Posted(1), Posted(2), Posted(3), Refused(Reason.SETTLED, 0)],
    ),
    "what is posted is reversed once, and not by a void": (
        [
            [paid(1)],
            [settling(1, paid(1), Kind.VOID)],
            [settling(2, paid(1), Kind.REVERSE)],
            [settling(3, paid(1), Kind.REVERSE)],
        ],
        [
            Posted(1),
            Refused(Reason.NOT_PENDING, 0),
            Posted(2),
            Refused(Reason.SETTLED, 0),
        ],
    ),
    "what is pending can't be reversed": (
        [[paid(1)], [refund(1)], [settling(1, refund(1), Kind.REVERSE)]],
        [Posted(1), Posted(2), Refused(Reason.NOT_POSTED, 0)],
    ),
    "asked again, the answer is the same": (
        [[paid(1)], [paid(2)], [paid(1)], [paid(2)]],
        [Posted(1), Posted(2), Posted(1), Posted(2)],
    ),
    "one id for two things is refused": (
        [[paid(1)], [paid(1, 80_000_01)], [paid(1, to=MA)], [paid(1), paid(2)]],
        [Posted(1), *[Refused(Reason.OTHER_CONTENT, 0)] * 3],
    ),
    "a chain is posted whole or not at all": (
        [[paid(1), paid(2, to=MA), refund(1, 80_000_01)], [paid(1), paid(2, to=MA)]],
        [Refused(Reason.NOT_ENOUGH, 2), Posted(1)],
    ),
    "a chain may spend what it brings": (
        [[paid(1), refund(1), settling(1, refund(1), Kind.CONFIRM)]],
        [Posted(1)],
    ),
    "a chain known in part is another chain": (
        [[paid(1), paid(2)], [paid(1), paid(3)], [paid(2)], [paid(1), paid(2)]],
        [
            Posted(1),
            Refused(Reason.OTHER_CONTENT, 1),
            Refused(Reason.OTHER_CONTENT, 0),
            Posted(1),
        ],
    ),
    "to the fen": (
        [[paid(1, 100)], [refund(1, 101)], [refund(2, 100)], [refund(3, 1)]],
        [Posted(1), Refused(Reason.NOT_ENOUGH, 0), Posted(2), Refused(Reason.NOT_ENOUGH, 0)],
    ),
    "a bank account can't give what it has not": (
        [[Transfer(UUID(int=9), FREE.id, BANK.id, 1, 1)]],
        [Refused(Reason.NOT_ENOUGH, 0)],
    ),
    "terms are repeated exactly": (
        [[paid(1)], [refund(1)], [settling(1, replace(refund(1), amount=1), Kind.CONFIRM)]],
        [Posted(1), Posted(2), Refused(Reason.TERMS_DIFFER, 0)],
    ),
    "nobody is nobody": (
        [
            [replace(paid(1), credit=UUID(int=99))],
            [replace(paid(2), credit=GUARANTEE.id)],
            [settling(3, paid(7), Kind.REVERSE)],
        ],
        [
            Refused(Reason.NO_ACCOUNT, 0),
            Refused(Reason.LEDGERS_DIFFER, 0),
            Refused(Reason.NO_TRANSFER, 0),
        ],
    ),
    "a side has an end": (
        [[paid(n, AMOUNT_MAX) for n in range(k, k + 10)] for k in range(0, 510, 10)],
        [*[Posted(n) for n in range(1, 501, 10)], Refused(Reason.TOTAL_TOO_LARGE, 0)],
    ),
}


def decided(chains: list[Chain], book: Book = EMPTY) -> tuple[Book, list[Posted | Refused]]:
    answers = []
    for chain in chains:
        book, answer = post(book, chain)
        answers.append(answer)
    return book, answers


def bare(answers: list[Done | Refused]) -> list[Posted | Refused]:
    return [one.posted if isinstance(one, Done) else one for one in answers]


@pytest.mark.parametrize("story", STORIES)
def test_a_story_by_the_rules(story: str) -> None:
    chains, expected = STORIES[story]

    assert decided(chains)[1] == expected


@pytest.mark.parametrize("together", [True, False], ids=["in one commit", "one by one"])
@pytest.mark.parametrize("story", STORIES)
async def test_a_story_in_the_database(books: Pool, story: str, together: bool) -> None:
    chains, expected = STORIES[story]
    if together:
        answers = await post_now(books, chains)
    else:
        answers = [one for chain in chains for one in await post_now(books, [chain])]

    assert bare(answers) == expected
    assert await accounts_in(books) == decided(chains)[0].accounts


@pytest.mark.parametrize(
    "chain",
    [
        [],
        [paid(n) for n in range(LEGS_MAX + 1)],
        [paid(1), paid(1)],
        [paid(1, 0)],
        [paid(1, -1)],
        [paid(1, AMOUNT_MAX + 1)],
        [replace(paid(1), credit=BANK.id)],
        [replace(paid(1), source="x" * 201)],
        [replace(paid(1), source="a\0b")],
        [replace(paid(1), purpose=0)],
        [replace(paid(1), refers=UUID(int=5))],
        [replace(paid(1), kind=Kind.VOID)],
    ],
)
def test_what_is_malformed_goes_nowhere(chain: Chain) -> None:
    assert isinstance(malformed(chain), Refused)
    assert malformed([paid(n, AMOUNT_MAX) for n in range(LEGS_MAX)]) is None
    assert 2 * TOTAL_MAX < 2**63


# --- any sequence of asks, in any batches ---

accounts = st.sampled_from([*(one.id for one in ALL), UUID(int=99)])
ids = st.integers(1, 12).map(lambda number: UUID(int=number))
transfers = st.builds(
    Transfer,
    id=ids,
    debit=accounts,
    credit=accounts,
    amount=st.integers(1, 4),
    purpose=st.just(1),
    source=st.sampled_from(["", "a"]),
    kind=st.just(Kind.POST),
).filter(lambda one: one.debit != one.credit)


@st.composite
def any_transfer(draw: st.DrawFn, before: list[Transfer]) -> Transfer:
    """Something new, the very same again, or one that refers to an earlier one, rightly or not."""
    how = draw(st.integers(0, 6))
    one = draw(transfers)
    if how == 0 or not before:
        return replace(one, kind=draw(st.sampled_from([Kind.POST, Kind.PEND])))
    if how == 1:
        return replace(one, debit=BANK.id, credit=draw(st.sampled_from([LIN.id, MA.id])))
    if how == 2:
        return draw(st.sampled_from(before))
    other = draw(st.sampled_from(before))
    kind = draw(st.sampled_from([Kind.CONFIRM, Kind.VOID, Kind.REVERSE]))
    made = replace(settling(0, other, kind), id=one.id)
    return replace(made, amount=one.amount) if how == 3 else made


@st.composite
def batches(draw: st.DrawFn) -> list[list[list[Transfer]]]:
    made: list[Transfer] = []
    whole = []
    for _ in range(draw(st.integers(1, 5))):
        batch = []
        for _ in range(draw(st.integers(1, 5))):
            chain: list[Transfer] = []
            for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
                one = draw(any_transfer(made))
                if one.id not in {other.id for other in chain}:
                    chain.append(one)
                    made.append(one)
            batch.append(chain)
        whole.append(batch)
    return whole


@given(whole=batches())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_asks_in_any_batches_are_decided_as_the_rules_say(
    server: str, template: str, whole: list[list[list[Transfer]]]
) -> None:
    name = f"{RUN}_model"

    async def compare() -> None:
        await administer(server, f'create database "{name}" template "{template}" strategy wal_log')
        pool = await open_pool(dsn_of(name, server))
        try:
            await open_accounts(pool, ALL)
            book = EMPTY
            for batch in whole:
                book, expected = decided(list(batch), book)
                assert bare(await post_now(pool, batch)) == expected
            assert await accounts_in(pool) == book.accounts
            entries = {one.entry.transfer.id: one.entry for one in await entries_in(pool)}
            assert entries == book.entries
            assert await audited(pool) == []
        finally:
            await asyncio.wait_for(pool.close(), 10)
            await administer(server, f'drop database "{name}" with (force)')

    asyncio.run(compare())


# --- accounts ---


async def test_an_account_opens_once_and_keeps_its_terms(books: Pool) -> None:
    other = replace(LIN, rule=Rule.NONE)
    same_name = replace(LIN, id=UUID(int=77))

    assert await open_accounts(books, ALL) == []
    assert await open_accounts(books, [other, MA]) == [LIN.id]
    assert await open_accounts(books, [same_name]) == [same_name.id]
    assert len(await accounts_in(books)) == len(ALL)


# --- round the back ---

PAID = "insert into deposits.transfer values (2, $1, $1, 0, 1, $2, $3, 5, 1, null, 1, '', now())"
BY_HAND = {
    "change a transfer": "update deposits.transfer set amount = 1",
    "lose a transfer": "delete from deposits.transfer",
    "lose them all": "truncate deposits.transfer",
    "change a balance": "update deposits.account set debits_posted = debits_posted + 1",
    "lose an account": "delete from deposits.account where id <> all (select debit from"
    " deposits.transfer)",
    "turn back the numbers": "update deposits.head set seq = 0",
    "forget a day": "delete from deposits.day",
    "open an account with money": "insert into deposits.account (id, ledger, rule, name,"
    " debits_posted, credits_posted) values (gen_random_uuid(), 1, 0, 'x', 5, 5)",
    "leave a gap": "insert into deposits.transfer select 9, gen_random_uuid(), id, 0, 1, debit,"
    " credit, 1, 1, null, 1, '', now() from deposits.transfer",
    "post into the past": "with n as (select gen_random_uuid() id) insert into deposits.transfer"
    " select 2, n.id, n.id, 0, 1, debit, credit, 1, 1, null, 1, '', '2020-01-01'"
    " from deposits.transfer, n",
    "post to nobody": "with n as (select gen_random_uuid() id) insert into deposits.transfer"
    " select 2, n.id, n.id, 0, 1, n.id, credit, 1, 1, null, 1, '', now()"
    " from deposits.transfer, n",
    "cross ledgers": "with n as (select gen_random_uuid() id) insert into deposits.transfer"
    " select 2, n.id, n.id, 0, 1, t.debit, a.id, 1, 1, null, 1, '', now()"
    " from n, deposits.transfer t, deposits.account a where a.ledger = 2",
    "overdraw": "with n as (select gen_random_uuid() id) insert into deposits.transfer"
    " select 2, n.id, n.id, 0, 1, credit, debit, amount + 1, 1, null, 1, '', now()"
    " from deposits.transfer, n",
    "confirm what is posted": "with n as (select gen_random_uuid() id) insert into"
    " deposits.transfer select 2, n.id, n.id, 0, 1, debit, credit, amount, 3, t.id, 1, '', now()"
    " from deposits.transfer t, n",
    "half a fen": "with n as (select gen_random_uuid() id) insert into deposits.transfer"
    " select 2, n.id, n.id, 0, 1, debit, credit, 0.4, 1, null, 1, '', now()"
    " from deposits.transfer, n",
    "not a number": "with n as (select gen_random_uuid() id) insert into deposits.transfer"
    " select 2, n.id, n.id, 0, 1, debit, credit, 'NaN'::float, 1, null, 1, '', now()"
    " from deposits.transfer, n",
    "an account with itself": "with n as (select gen_random_uuid() id) insert into"
    " deposits.transfer select 2, n.id, n.id, 0, 1, debit, debit, 1, 1, null, 1, '', now()"
    " from deposits.transfer, n",
}


@pytest.mark.parametrize("who", ["its owner", "a clerk"])
@pytest.mark.parametrize("what", BY_HAND)
async def test_nobody_writes_by_hand_what_does_not_hold(books: Pool, what: str, who: str) -> None:
    await post_now(books, [[paid(1)]])
    before = (await accounts_in(books), await entries_in(books))

    async with books.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        if who == "a clerk":
            await connection.execute("set local role bidroom_ledger_clerk")
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(BY_HAND[what])
        await transaction.rollback()

    assert (await accounts_in(books), await entries_in(books)) == before


async def test_a_clerk_can_only_post(books: Pool) -> None:
    allowed = await books.fetch(
        "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where nspname = 'deposits' and prosecdef"
        " and has_function_privilege('bidroom_ledger_clerk', p.oid, 'execute')"
    )
    writable = await books.fetch(
        "select relname from pg_class where relnamespace = 'deposits'::regnamespace and"
        " has_table_privilege('bidroom_ledger_clerk', oid, 'insert, update, delete, truncate')"
    )

    assert {row[0] for row in allowed} == {"post", "open_accounts", "close_days"}
    assert not writable


async def test_what_the_owner_writes_well_by_hand_is_booked_all_the_same(books: Pool) -> None:
    await post_now(books, [[paid(1)]])
    await books.execute(PAID, UUID(int=8), BANK.id, MA.id)

    assert (await accounts_in(books))[MA.id].credits_posted == 5
