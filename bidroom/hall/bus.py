"""How one process of a hall tells the others that a record has grown.

A message is a hint, "stream seq", and never the news itself: it may come late, twice or not at all,
and whoever hears it reads the log. Whenever a bus may have missed one it says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

import asyncpg
import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

from bidroom.envelope import StreamId
from bidroom.postgres.pool import LOST

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection

CHANNEL: Final = "hall"
CALL_S: Final = 5.0  # between questions to a silent connection: is it still there?
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)  # before connecting again
REDIS_CONNECTIONS_MAX: Final = 10
log = structlog.get_logger()


class Hint(NamedTuple):
    stream: StreamId
    seq: int  # of the last entry


Hear: TypeAlias = Callable[[Hint | None], None]  # None: some may have been missed, look everywhere


class Bus(Protocol):
    async def enclose(self, conn: Connection, hint: Hint) -> None:
        """In the transaction that writes: what is sent so is heard if it commits."""

    async def send(self, hint: Hint) -> None:
        """After the commit. Never raises: a lost hint is found by the next sweep."""

    async def listen(self, hear: Hear) -> None:
        """Hear all hints, one's own too, for ever; connects again whenever it must."""

    async def close(self) -> None: ...


class NotifyBus:
    """LISTEN and NOTIFY of PostgreSQL. Listens on a connection of its own."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def enclose(self, conn: Connection, hint: Hint) -> None:
        await conn.execute("select pg_notify($1, $2)", CHANNEL, _written(hint))

    async def send(self, hint: Hint) -> None:
        """The commit has sent it."""

    async def listen(self, hear: Hear) -> None:
        tries = 0
        while True:
            with suppress(*LOST, OSError, TimeoutError, asyncpg.InterfaceError):
                conn = await asyncpg.connect(self._dsn, timeout=CALL_S)
                tries = 0
                try:
                    await self._follow(conn, hear)
                finally:
                    conn.terminate()
            log.warning("the bus lost its database", tries=tries)
            await asyncio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1

    async def _follow(self, conn: asyncpg.Connection[asyncpg.Record], hear: Hear) -> None:
        gone = asyncio.Event()
        conn.add_termination_listener(lambda _: gone.set())
        await conn.add_listener(CHANNEL, lambda *heard: hear(_read(str(heard[-1]))))
        hear(None)  # whatever was said before we listened
        while not gone.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(CALL_S):
                    await gone.wait()
            if not gone.is_set():
                await conn.execute("select 1", timeout=CALL_S)

    async def close(self) -> None:
        """Nothing is left open: `listen` closes its connection when it is cancelled."""


class RedisBus:
    """Publish and subscribe of Redis, for halls of many processes."""

    def __init__(self, url: str) -> None:
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=REDIS_CONNECTIONS_MAX,
            timeout=CALL_S,
            socket_connect_timeout=CALL_S,
            socket_timeout=CALL_S,
        )
        self._redis = redis.Redis.from_pool(pool)

    async def enclose(self, conn: Connection, hint: Hint) -> None:
        """Redis knows nothing of transactions: it is told by `send`."""

    async def send(self, hint: Hint) -> None:
        try:
            await self._redis.publish(CHANNEL, _written(hint))
        except (RedisError, OSError, TimeoutError):
            log.warning("the bus could not send")

    async def listen(self, hear: Hear) -> None:
        tries = 0
        while True:
            with suppress(RedisError, OSError, TimeoutError):
                async with self._redis.pubsub() as subscribed:
                    await subscribed.subscribe(CHANNEL)
                    tries = 0
                    await self._follow(subscribed, hear)
            log.warning("the bus lost its Redis", tries=tries)
            await asyncio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1

    async def _follow(self, subscribed: redis.client.PubSub, hear: Hear) -> None:
        while True:
            said = await subscribed.get_message(timeout=CALL_S)
            if said is None:
                await subscribed.ping()
            elif said["type"] == "subscribe":  # also after it has connected again by itself
                hear(None)
            elif said["type"] == "message":
                hear(_read(said["data"].decode()))

    async def close(self) -> None:
        await self._redis.aclose()


def _written(hint: Hint) -> str:
    return f"{hint.stream} {hint.seq}"


def _read(text: str) -> Hint | None:
    """A hint; None for what is none, since whoever said it meant something."""
    stream, _, seq = text.rpartition(" ")
    return Hint(StreamId(stream), int(seq)) if stream and seq.isdecimal() else None
