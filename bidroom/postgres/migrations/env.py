"""What Alembic runs: one connection, one transaction, one migrating process at a time.

Also serves `alembic current` and the like; they take the address from DATABASE_URL.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

LOCK: Final = 0x_B1D_0_0000_0001  # any fixed number: whoever migrates this database holds it


def upgrade(connection: Connection) -> None:
    # The first statement opens the transaction in which the files' statements then run.
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def run(dsn: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


asyncio.run(run(context.config.attributes.get("dsn") or os.environ["DATABASE_URL"]))
