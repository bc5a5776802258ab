"""Brings a database to the newest schema: numbered files of plain SQL, run by Alembic.

A migration is two files in `versions/`: `0002_hall.sql`, which says what changes, and
`0002_hall.py`, three lines that read it (copy `0001_schemas.py`). The number is its name for ever;
the order is that of the numbers. There is no way back: a mistake is mended by a new migration.

All that is missing runs in one transaction under a lock, so that any number of processes may ask
for it at once, and a killed one leaves nothing half done.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any, Final

from alembic import command, op
from alembic.config import Config

from bidroom.postgres.address import check_server

VERSIONS: Final = Path(__file__).with_name("versions")
_one_at_a_time: Final = threading.Lock()  # Alembic keeps what it works on in globals


async def migrate(dsn: str, *, versions: Path = VERSIONS) -> None:
    """Bring the database at `dsn` to the newest schema; does nothing when it is there already.

    Raises `bidroom.postgres.address.UnfitServer` for a server that is too old, and what asyncpg
    or SQLAlchemy raise when the SQL fails: then nothing has changed.
    """
    await check_server(dsn)
    await asyncio.to_thread(_upgrade, dsn, versions)


def _upgrade(dsn: str, versions: Path) -> None:
    config = Config()
    config.set_main_option("script_location", _option(VERSIONS.parent))
    config.set_main_option("version_locations", _option(versions))
    config.set_main_option("path_separator", "newline")
    config.attributes["dsn"] = dsn
    with _one_at_a_time:
        command.upgrade(config, "head")


def _option(path: Path) -> str:
    return str(path).replace("%", "%%")  # as in an .ini file


def numbered(file: str) -> tuple[str, str | None]:
    """The number of a migration's file, and that of the one before it, if any."""
    number = Path(file).stem[:4]
    numbers = [path.stem[:4] for path in Path(file).parent.glob("[0-9]*.py")]
    return number, max((other for other in numbers if other < number), default=None)


def run_sql_beside(file: str) -> None:
    """Run the `.sql` file that stands beside a migration: any number of statements."""
    sql = Path(file).with_suffix(".sql").read_text(encoding="utf-8")

    async def execute(connection: Any) -> None:
        await connection.execute(sql)  # asyncpg's own: SQLAlchemy would take one statement only

    driver: Any = op.get_bind().connection.dbapi_connection
    driver.run_async(execute)
