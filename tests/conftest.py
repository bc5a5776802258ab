"""A real PostgreSQL for whoever asks: one server a session, one fresh database a test.

The server is our own embedded one, or that of BIDROOM_TEST_DATABASE_URL (its user must be allowed
to create databases and roles). Migrations run once, into a template that each test's database is
copied from.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio

from bidroom.postgres.address import database
from bidroom.postgres.migrations import migrate
from bidroom.postgres.pool import open_pool

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

RUN = f"bidroom_test_{os.getpid()}"
_numbers = count(1)


def dsn_of(name: str, server: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that the user PostgreSQL runs as can pass, which pytest's own ones forbid."""
    folder = Path(tempfile.mkdtemp(prefix="bidroom-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(open_folder: Path) -> Iterator[str]:
    """The address of a running server, which the whole session shares."""
    given = os.environ.get("BIDROOM_TEST_DATABASE_URL")
    with database(given, open_folder / "postgres", durable=False) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """The name of a database at the newest schema, that nobody is connected to."""
    name = f"{RUN}_template"

    async def make() -> None:
        await administer(server, f'create database "{name}"')
        await migrate(dsn_of(name, server))

    asyncio.run(make())
    yield name
    asyncio.run(administer(server, f'drop database "{name}" with (force)'))


@pytest_asyncio.fixture
async def dsn(server: str, template: str) -> AsyncIterator[str]:
    """The address of a database of this test's own: migrated, empty."""
    name = f"{RUN}_{next(_numbers)}"
    await administer(server, f'create database "{name}" template "{template}" strategy wal_log')
    yield dsn_of(name, server)
    await administer(server, f'drop database "{name}" with (force)')


@pytest_asyncio.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """A pool on this test's own database."""
    opened = await open_pool(dsn)
    yield opened
    await asyncio.wait_for(opened.close(), 10)


async def administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
