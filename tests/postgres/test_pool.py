"""Connections, and transactions that outlive the server they were begun on."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bidroom.postgres.address import UnfitServer, check_server
from bidroom.postgres.pool import CommitUnknown, open_pool, transact
from bidroom.postgres.supervisor import EmbeddedPostgres
from tests.conftest import administer, dsn_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bidroom.postgres.pool import Connection, Pool


@pytest.fixture
def mortal(open_folder: Path, request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, to be killed."""
    name = f"mortal-{abs(hash(request.node.name)) % 10**8}"
    with EmbeddedPostgres(open_folder / name) as server:
        yield server


@pytest.fixture
async def its_pool(mortal: EmbeddedPostgres) -> AsyncIterator[Pool]:
    opened = await open_pool(mortal.dsn)
    await opened.execute("create table kept (id text primary key)")
    yield opened
    opened.terminate()


def kill(server: EmbeddedPostgres) -> None:
    assert server.server_pid is not None
    os.kill(server.server_pid, signal.SIGKILL)


async def test_json_comes_and_goes_as_bytes(pool: Pool) -> None:
    sent = '{"fen": 12300, "name": "华建𠮷"}'.encode()

    assert await pool.fetchval("select $1::jsonb", sent) == sent
    assert await pool.fetchval("select $1::jsonb ->> 'fen'", sent) == "12300"


async def test_a_session_keeps_utc(pool: Pool) -> None:
    assert await pool.fetchval("show timezone") == "UTC"


async def test_work_is_done_again_when_the_server_is_killed_under_it(
    mortal: EmbeddedPostgres, its_pool: Pool
) -> None:
    attempts: list[int] = []

    async def work(connection: Connection) -> str:
        attempts.append(len(attempts))
        await connection.execute("insert into kept values ('once')")
        if len(attempts) == 1:
            kill(mortal)
            await connection.fetchval("select pg_sleep(30)")  # it ends with its server
        return str(await connection.fetchval("select id from kept"))

    assert await transact(its_pool, work) == "once"
    assert len(attempts) > 1
    assert await its_pool.fetchval("select count(*) from kept") == 1


async def test_a_mistake_of_ours_is_not_repeated(its_pool: Pool) -> None:
    attempts: list[int] = []

    async def work(connection: Connection) -> None:
        attempts.append(1)
        await connection.execute("insert into kept values ('twice'), ('twice')")

    with pytest.raises(asyncpg.UniqueViolationError):
        await transact(its_pool, work)
    assert attempts == [1]


async def test_two_that_collide_both_get_through(its_pool: Pool) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute("set transaction isolation level serializable")
        count = await connection.fetchval("select count(*) from kept")
        rival = its_pool if count == 0 else None
        if rival is not None:
            async with rival.acquire() as other, other.transaction(isolation="serializable"):
                seen = await other.fetchval("select count(*) from kept")
                await other.execute("insert into kept values ($1)", f"rival {seen}")
        await connection.execute("insert into kept values ($1)", f"after {count}")

    await transact(its_pool, work)

    found = await its_pool.fetch("select id from kept order by id")
    assert [row["id"] for row in found] == ["after 1", "rival 0"]


async def test_a_connection_lost_while_committing_is_told_apart(
    mortal: EmbeddedPostgres, its_pool: Pool
) -> None:
    """A deferred trigger kills its own server process in the commit."""
    await its_pool.execute(
        "create function die() returns trigger language plpgsql as "
        "$$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$"
    )
    await its_pool.execute(
        "create constraint trigger dies after insert on kept "
        "deferrable initially deferred for each row execute function die()"
    )

    async def work(connection: Connection) -> None:
        await connection.execute("insert into kept values ('perhaps')")

    with pytest.raises(CommitUnknown):
        await transact(its_pool, work)


async def test_a_server_that_is_new_enough_is_let_be(dsn: str) -> None:
    await check_server(dsn)


async def test_a_database_in_another_encoding_is_refused(server: str) -> None:
    await administer(
        server,
        "create database latin encoding 'LATIN1' locale 'C' locale_provider libc "
        "template template0",
    )
    try:
        with pytest.raises(UnfitServer, match="LATIN1"):
            await check_server(dsn_of("latin", server))
    finally:
        await administer(server, "drop database latin")
