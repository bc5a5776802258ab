"""`bidroom staff add ID NAME [--as ROLE]`, `bidroom staff list`: whom the hall lets in by name.

ROLE is agent (招标代理), supervisor (监督人) or notary (公证人).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import asyncpg

from bidroom import settings as settings_module
from bidroom.envelope import STAFF, PersonId, Role
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
        prog="bidroom staff",
        description="登记代理、监督、公证人员 / register agent's people, supervisors, notaries",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="登记或改名 / register, or rename")
    add.add_argument("id", help="证书主题中的 serialNumber / serialNumber of the certificate")
    add.add_argument("name", help="姓名 / name")
    add.add_argument(
        "--as",
        dest="role",
        choices=sorted(STAFF),
        default=Role.AGENT.value,
        help="代理、监督人或公证人 / in which role (agent)",
    )
    verbs.add_parser("list", help="列出 / list")
    given = parser.parse_args(arguments)

    async def work(pool: Pool) -> None:
        if given.verb == "add":
            await staff.add(pool, PersonId(given.id), given.name, Role(given.role))
        for person in await staff.everybody(pool):
            print(f"{person.id}\t{person.name}\t{person.role}")

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
