"""`bidroom serve`: the hall, on its database, until it is told to stop.

The embedded database is run by this command, before any event loop, and outlives them. With several
workers this process keeps the port and the database, and looks after those who serve.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import asyncpg
import uvicorn
import uvloop

from bidroom import clock, logs
from bidroom.app import opened
from bidroom.edge.cable import Cable
from bidroom.postgres.address import UnfitServer, database
from bidroom.postgres.migrations import migrate
from bidroom.postgres.programs import NoPrograms
from bidroom.postgres.supervisor import NotServing
from bidroom.settings import BadSettings, Settings, load, refuse_exposed
from bidroom.vault import HallKey, WrongSecret
from bidroom.wire import FRAME_BYTES_MAX
from bidroom.workers import WORKER, look_after

BACKLOG: Final = 4096  # handshakes waiting: a whole room comes back in the same second
GRACE_S: Final = 5  # for lines to hear that the hall restarts
GARBAGE: Final = (50_000, 20, 50)  # objects live long here: looking at them often costs a quarter


class Server(uvicorn.Server):
    """uvicorn's, told to stop by us: it would end the process before the database is left."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


def main(arguments: list[str]) -> int:
    """Takes no arguments: everything is set by the environment (bidroom/settings.py).

    (A worker is given the number of the socket it shares.)
    """
    if arguments and not (arguments[0] == WORKER and len(arguments) == 2):
        print("用法 / usage: python -m bidroom serve", file=sys.stderr)
        return 2
    try:
        settings = load()
        refuse_exposed(settings)
        settings.make_folders()
        logs.configure()
        _allow_many_lines()
        if arguments:
            assert settings.database_url, "a worker is told where the database is"
            serve(settings, settings.database_url, socket.socket(fileno=int(arguments[1])))
            return 0
        with listening(settings) as port, database(settings.database_url, settings.postgres) as dsn:
            asyncio.run(migrate(dsn))
            if settings.workers > 1:
                print(_where(settings), flush=True)
                look_after(settings.workers, dsn, port)
            else:
                serve(settings, dsn, port, say=True)
    except (BadSettings, NoPrograms, NotServing, UnfitServer, WrongSecret) as fault:
        print(fault, file=sys.stderr)
        return 1
    except (OSError, asyncpg.PostgresError) as fault:
        print(f"无法启动 / cannot serve: {fault}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The port, taken before anything else is done. Raises OSError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    address = (settings.host, settings.port)
    with socket.create_server(address, family=family, backlog=BACKLOG) as port:
        yield port


def serve(settings: Settings, dsn: str, port: socket.socket, *, say: bool = False) -> None:
    """Serve at `port` until SIGTERM or SIGINT."""
    uvloop.run(_serve(settings, dsn, port, say))


async def _serve(settings: Settings, dsn: str, port: socket.socket, say: bool) -> None:
    key = HallKey.load(settings.secrets, clock.now())
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(opened(settings, dsn, key))
        config = uvicorn.Config(
            app,
            http="httptools",
            ws=Cable,
            ws_max_size=FRAME_BYTES_MAX,
            ws_per_message_deflate=False,
            lifespan="off",
            backlog=BACKLOG,
            access_log=False,  # it would tie addresses to lots
            log_config=None,
            server_header=False,
            proxy_headers=settings.tls_proxy,
            forwarded_allow_ips="*" if settings.tls_proxy else "",
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        server = Server(config)
        await stack.enter_async_context(_told_to_stop(server))
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        if say:
            print(_where(settings), flush=True)
        await server.serve(sockets=[port])


@asynccontextmanager
async def _told_to_stop(server: Server) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _where(settings: Settings) -> str:
    return f"开标大厅 / the hall: {settings.origin}"


def _allow_many_lines() -> None:
    """As many open sockets as the system lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
