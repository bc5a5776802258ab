"""Migrations: once, whoever asks, however many at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bidroom.postgres import migrations
from bidroom.postgres.migrations import migrate, numbered
from tests.conftest import administer, dsn_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bidroom.postgres.pool import Pool

NEWEST = max(path.stem[:4] for path in migrations.VERSIONS.glob("[0-9]*.py"))


@pytest.fixture
async def empty(server: str) -> AsyncIterator[str]:
    """A database without any of ours in it."""
    await administer(server, "create database not_migrated")
    yield dsn_of("not_migrated", server)
    await administer(server, "drop database not_migrated with (force)")


async def version(dsn: str) -> str | None:
    connection = await asyncpg.connect(dsn)
    try:
        found: str | None = await connection.fetchval("select version_num from alembic_version")
        return found
    finally:
        await connection.close()


async def test_five_processes_may_migrate_at_once(empty: str) -> None:
    await asyncio.gather(*(migrate(empty) for _ in range(5)))

    assert await version(empty) == NEWEST


async def test_migrating_again_changes_nothing(dsn: str) -> None:
    await migrate(dsn)

    assert await version(dsn) == NEWEST


async def test_each_service_finds_its_schema(pool: Pool) -> None:
    schemas = {row[0] for row in await pool.fetch("select nspname from pg_namespace")}

    assert {"hall", "tenders", "people", "publish"} <= schemas


async def test_a_migration_that_fails_leaves_nothing_behind(empty: str, tmp_path: Path) -> None:
    for path in migrations.VERSIONS.glob("0001_*"):
        (tmp_path / path.name).write_text(path.read_text())
    broken = tmp_path / "0002_broken.py"
    broken.write_text((tmp_path / "0001_schemas.py").read_text())
    broken.with_suffix(".sql").write_text("create table hall.half (id int); select 1 / 0;")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, versions=tmp_path)

    connection = await asyncpg.connect(empty)
    try:
        assert await connection.fetchval("select to_regnamespace('hall')") is None
    finally:
        await connection.close()


def test_a_migration_follows_the_one_with_the_number_before() -> None:
    assert numbered(str(migrations.VERSIONS / "0001_schemas.py")) == ("0001", None)
    assert numbered(str(migrations.VERSIONS / "9999_last.py")) == ("9999", NEWEST)
