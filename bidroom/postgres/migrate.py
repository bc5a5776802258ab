"""`bidroom migrate`: brings the database of this hall to the newest schema, and says so."""

from __future__ import annotations

import asyncio
import sys

import asyncpg

from bidroom.postgres.address import UnfitServer, database
from bidroom.postgres.migrations import migrate
from bidroom.postgres.programs import NoPrograms
from bidroom.postgres.supervisor import NotServing
from bidroom.settings import BadSettings, load


def main(arguments: list[str]) -> int:
    """Takes no arguments; the database is DATABASE_URL's, or the embedded one."""
    if arguments:
        print("用法 / usage: python -m bidroom migrate", file=sys.stderr)
        return 2
    try:
        settings = load()
        settings.make_folders()
        with database(settings.database_url, settings.postgres) as dsn:
            asyncio.run(migrate(dsn))
    except (BadSettings, NoPrograms, NotServing, UnfitServer) as fault:
        print(fault, file=sys.stderr)
        return 1
    except (OSError, asyncpg.PostgresError) as fault:
        print(f"无法使用数据库 / cannot use the database: {fault}", file=sys.stderr)
        return 1
    print("数据库结构已是最新 / the database is up to date")
    return 0
