"""Connections to the database, and work that is done in one transaction or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

T = TypeVar("T")

CONNECTIONS_MAX: Final = 10  # a process; a query takes well below a millisecond of it
COMMAND_SECONDS_MAX: Final = 30.0
IDLE_IN_TRANSACTION_SECONDS_MAX: Final = 30  # a stuck process may not hold its locks for ever
PAUSES_SECONDS: Final = (0.0, 0.05, 0.1, 0.2, 0.3, *[0.5] * 10)  # a killed server is back in 0.3 s
JSONB_VERSION: Final = b"\x01"  # the binary format's first byte

LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # said of a connection that is just breaking
    ConnectionError,
    FileNotFoundError,  # the socket of an embedded server that is being started again
)
COLLIDED: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class CommitUnknown(Exception):
    """提交结果未知 / The connection was lost while committing: it may have happened or not."""


async def open_pool(dsn: str, *, connections_max: int = CONNECTIONS_MAX) -> Pool:
    """A pool whose sessions keep UTC and hand out `jsonb` as the bytes of its JSON text.

    Those bytes are what msgspec decodes and encodes: no other JSON library comes between.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=connections_max,
        command_timeout=COMMAND_SECONDS_MAX,
        init=_prepare,
        reset=_leave_as_is,
        server_settings={
            "application_name": "bidroom",
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS_MAX}s",
        },
    )


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda text: JSONB_VERSION + text,
        decoder=lambda sent: bytes(sent[1:]),
        format="binary",
    )


async def _leave_as_is(connection: Connection) -> None:
    """Nobody here changes a session, so none is reset: it would be a query more after each use.

    (asyncpg itself rolls back what was left open.)
    """


async def transact(
    pool: Pool, work: Callable[[Connection], Awaitable[T]], *, repeatable: bool = False
) -> T:
    """Run `work` in one transaction, and again if the connection went before the commit did.

    Until the commit is sent nothing has happened, so a lost connection, a deadlock or a
    collision only means to start anew: `work` must therefore change nothing but the database.
    Lost *during* the commit, the outcome is unknown: then `CommitUnknown`, unless the caller
    says that `work` finds its earlier self (`repeatable`: an ask id, a unique key).
    """
    for attempt, pause in enumerate(PAUSES_SECONDS, 1):
        await asyncio.sleep(pause)
        try:
            return await _once(pool, work)
        except CommitUnknown:
            if not repeatable or attempt == len(PAUSES_SECONDS):
                raise
        except (*LOST, *COLLIDED, asyncpg.InterfaceError) as fault:
            if not _worth_repeating(fault) or attempt == len(PAUSES_SECONDS):
                raise
    raise AssertionError("the last attempt returns or raises")


async def _once(pool: Pool, work: Callable[[Connection], Awaitable[T]]) -> T:
    async with pool.acquire(timeout=COMMAND_SECONDS_MAX) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            done = await work(connection)
        except BaseException:
            with suppress(*LOST, asyncpg.InterfaceError):  # gone with its connection anyway
                await transaction.rollback()
            raise
        try:
            await transaction.commit()
        except (*LOST, TimeoutError) as fault:
            raise CommitUnknown("提交结果未知 / it is not known whether this was stored") from fault
        return done


def _worth_repeating(fault: BaseException) -> bool:
    """asyncpg says "connection is closed" with the class it also uses for mistakes of ours."""
    return not isinstance(fault, asyncpg.InterfaceError) or "connection is closed" in str(fault)
