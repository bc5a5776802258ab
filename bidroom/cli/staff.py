"""`bidroom staff add ID NAME`, `bidroom staff list`: who of the agent's the hall knows."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import asyncpg

from bidroom import settings as settings_module
from bidroom.envelope import PersonId
from bidroom.opening.record import Person
from bidroom.people import staff
from bidroom.postgres.address import UnfitServer, database
from bidroom.postgres.migrations import migrate
from bidroom.postgres.pool import open_pool
from bidroom.postgres.programs import NoPrograms
from bidroom.postgres.supervisor import NotServing
from bidroom.settings import BadSettings

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bidroom staff", description="登记代理机构人员 / register people of the agent"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="登记或改名 / register, or rename")
    add.add_argument("id", help="证书主题中的 serialNumber / serialNumber of the certificate")
    add.add_argument("name", help="姓名 / name")
    verbs.add_parser("list", help="列出 / list")
    given = parser.parse_args(arguments)

    async def work(pool: Pool) -> None:
        if given.verb == "add":
            await staff.add(pool, Person(PersonId(given.id), given.name))
        for person in await staff.everybody(pool):
            print(f"{person.id}\t{person.name}")

    try:
        with_database(work)
    except (BadSettings, NoPrograms, NotServing, UnfitServer, staff.BadStaff) as fault:
        print(fault, file=sys.stderr)
        return 1
    except asyncpg.exceptions.ClientConfigurationError:  # what it says may quote the address
        print("DATABASE_URL 不是数据库地址 / is no address of a database", file=sys.stderr)
        return 1
    except (OSError, asyncpg.PostgresError) as fault:
        print(f"无法使用数据库 / cannot use the database: {fault}", file=sys.stderr)
        return 1
    return 0


def with_database(work: Callable[[Pool], Awaitable[None]]) -> None:
    """Do `work` on the database that the settings name, brought up to date."""
    settings = settings_module.load()
    settings.make_folders()

    async def run(dsn: str) -> None:
        await migrate(dsn)
        pool = await open_pool(dsn)
        try:
            await work(pool)
        finally:
            await pool.close()

    with database(settings.database_url, settings.postgres) as dsn:
        asyncio.run(run(dsn))
