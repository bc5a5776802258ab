"""A service that keeps a bookkeeper and a client that posts through it, each to be killed.

    python -m tests.deposits.processes service DSN SOCKET
    python -m tests.deposits.processes client SOCKET FIRST COUNT

The client pays deposits FIRST, FIRST+1, …, some at a time, and asks each until it has its answer:
`asked N AT`, and `done N AT SEQ` once it is answered; AT is seconds on the machine's steady
clock. A line of the wire is a number, and its answer.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from bidroom.clock import steady_s
from bidroom.deposits.bookkeeper import Bookkeeper, Done
from bidroom.postgres.pool import open_pool
from tests.deposits.books import LIN, MA, paid

AT_ONCE = 20
PATIENCE_S = 60


async def service(dsn: str, socket: str) -> None:
    pool = await open_pool(dsn)
    async with Bookkeeper(pool) as keeper:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):  # the client was killed
                while line := await reader.readline():
                    number = int(line)
                    said = await keeper.post([paid(number, number, to=MA if number % 2 else LIN)])
                    assert isinstance(said, Done), said
                    writer.write(f"{said.posted.seq}\n".encode())

        server = await asyncio.start_unix_server(answer, socket)
        print("ready", flush=True)
        await server.serve_forever()


async def client(socket: str, first: int, count: int) -> None:
    numbers = iter(range(first, first + count))

    async def ask() -> None:
        for number in numbers:
            print("asked", number, steady_s(), flush=True)
            seq = await _asked(socket, number)
            print("done", number, steady_s(), seq, flush=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(ask())


async def _asked(socket: str, number: int) -> int:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(OSError, ValueError):
                reader, writer = await asyncio.open_unix_connection(socket)
                try:
                    writer.write(f"{number}\n".encode())
                    return int(await reader.readline())
                finally:
                    writer.close()
            await asyncio.sleep(0.02)  # nobody is there: somebody is starting it again


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "service":
        asyncio.run(service(*rest))
    else:
        asyncio.run(client(rest[0], int(rest[1]), int(rest[2])))
