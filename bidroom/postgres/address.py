"""Which PostgreSQL the hall uses: the one it is told of, or its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg

from bidroom.postgres.supervisor import EmbeddedPostgres

SERVER_VERSION_MIN: Final = 15


class UnfitServer(Exception):
    """数据库不合要求 / DATABASE_URL names a server the hall cannot use."""


@contextmanager
def database(url: str | None, folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The address (DSN) of the database: `url` as it is, or that of the one run in `folder`.

    To be entered by a command, before any event loop: the embedded server outlives loops.
    """
    if url:
        yield url
        return
    with EmbeddedPostgres(folder, durable=durable) as server:
        yield server.dsn


async def check_server(dsn: str) -> None:
    """Refuse, in words, a server that is too old or stores text in another encoding.

    Raises `UnfitServer`; `OSError` or `asyncpg.PostgresError` when it can't be reached at all.
    """
    connection = await asyncpg.connect(dsn)
    try:
        version = int(await connection.fetchval("show server_version_num")) // 10_000
        encoding = await connection.fetchval("show server_encoding")
    finally:
        await connection.close()
    if version < SERVER_VERSION_MIN:
        raise UnfitServer(
            f"DATABASE_URL 指向 PostgreSQL {version}，至少需要 {SERVER_VERSION_MIN} / DATABASE_URL "
            f"names PostgreSQL {version}; at least {SERVER_VERSION_MIN} is needed"
        )
    if encoding != "UTF8":
        raise UnfitServer(
            f"数据库编码为 {encoding}，须为 UTF8 / the database's encoding is {encoding}, not UTF8"
        )
