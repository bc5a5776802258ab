"""One event to a thousand viewers: the hall's CPU per delivery against `websockets.broadcast()`.

    ./run bench fanout [viewers] [rounds]

The hall is the real one: `serve` in a process of its own, on PostgreSQL. Its host postpones a lot
again and again over a line, and each postponement is decided, hashed, committed and sent. The limit
sends the same bytes, at the same pace, to as many viewers from a process that does nothing else.
Rounds alternate; all threads of a server count, by the kernel's own accounting.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import uvloop
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bidroom import clock, ids, wire
from bidroom.cli.centre import Centre
from bidroom.cli.client import Client
from bidroom.cli.line import Line, open_line
from bidroom.demo.house import House, running
from bidroom.opening.policy import Notice, Policy, standard_fields
from loadtest.viewers import Crowd

LOT: Final = "FANOUT-001"
VIEWERS: Final = 1_000
ROUNDS: Final = 5
EVENTS: Final = 40  # a round
PACE_S: Final = 0.11  # between events: a line may ask ten times a second
SETTLE_S_MAX: Final = 20.0
RATIO_MAX: Final = 1.0
REASON: Final = "因场地调整，开标时间顺延。请各投标人留意本平台公告，已递交的投标文件继续有效。"
LIMIT: Final = "--limit"


def main(arguments: list[str]) -> int:
    allow_many_sockets()
    if arguments[:1] == [LIMIT]:
        uvloop.run(limit_server(int(arguments[1])))
        return 0
    viewers, rounds = (*map(int, arguments), *(VIEWERS, ROUNDS)[len(arguments) :])
    with tempfile.TemporaryDirectory(prefix="bidroom-fanout-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        centre = Centre(folder / "centre")
        centre.make(clock.now(), 1)
        with running(folder / "data", centre, 0) as house, limit_process() as limit:
            measured = uvloop.run(measure(house, centre, limit, viewers, rounds))
    print(json.dumps(machine()))
    print(json.dumps(measured, ensure_ascii=False))
    return 0 if measured["ratio"] < RATIO_MAX else 1


async def measure(
    house: House, centre: Centre, limit: tuple[int, int], viewers: int, rounds: int
) -> dict[str, Any]:
    limit_pid, limit_port = limit
    ours, theirs = Crowd(), Crowd()
    async with host_line(house, centre) as line:
        head = request(f"/line/openings/{LOT}", house.url, wire.SUBPROTOCOL)
        hall_port = int(house.url.rpartition(":")[2])
        hello = wire.encode(wire.Hello(None, 0))
        before = len(line.envelopes)
        await ours.come(viewers, hall_port, head, hello)
        await theirs.come(viewers, limit_port, request("/", house.url, None), None)
        assert ours.envelopes == before * viewers, "everybody has the record so far"
        async with connect(f"ws://127.0.0.1:{limit_port}/say", compression=None) as sayer:

            async def postpone() -> None:
                assert line.state is not None
                later = line.state.opens_at + timedelta(minutes=1)
                order = {"type": "Postpone", "version": line.state.version}
                said = await line.ask(order | {"opens_at": later, "reason": REASON})
                assert said["type"] == "Done", said
                await line.until(lambda opening: opening.opens_at == later)

            async def say() -> None:
                frame = json.dumps(line.envelopes[-1], ensure_ascii=False, separators=(",", ":"))
                await sayer.send(frame)

            costs: dict[str, list[float]] = {"ours": [], "limit": []}
            await one_round(house.serve_pid, ours, viewers, postpone)  # warm
            await one_round(limit_pid, theirs, viewers, say)
            for _ in range(rounds):
                costs["limit"].append(await one_round(limit_pid, theirs, viewers, say))
                costs["ours"].append(await one_round(house.serve_pid, ours, viewers, postpone))
        assert ours.lost == theirs.lost == 0, (ours.lost, theirs.lost)
        size = len(json.dumps(line.envelopes[-1], ensure_ascii=False).encode())
    ours.go()
    theirs.go()
    mine, best = statistics.median(costs["ours"]), statistics.median(costs["limit"])
    return {
        "bench": "fanout",
        "what": f"CPU µs a delivery, {viewers} viewers, events of {size} bytes, ticks included",
        "ours": round(mine, 2),
        "limit": round(best, 2),
        "limit_name": "websockets.broadcast(), no deflate, uvloop, its own process",
        "ratio": round(mine / best, 3),
        "ours_rounds": [round(cost, 2) for cost in costs["ours"]],
        "limit_rounds": [round(cost, 2) for cost in costs["limit"]],
        "delivered": ours.envelopes,
    }


async def one_round(
    pid: int, crowd: Crowd, viewers: int, happen: Callable[[], Awaitable[None]]
) -> float:
    """CPU µs of `pid` per delivery, over EVENTS events that everybody has received."""
    until = crowd.envelopes + EVENTS * viewers
    arrived = crowd.expect(until)
    before = cpu_s(pid)
    for _ in range(EVENTS):
        due_s = time.monotonic() + PACE_S
        await happen()
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
    async with asyncio.timeout(SETTLE_S_MAX):
        await arrived
    spent = cpu_s(pid) - before
    assert crowd.envelopes == until, "everything once"
    return spent / (EVENTS * viewers) * 1e6


def cpu_s(pid: int) -> float:
    """What all threads of a process have run for, in seconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@asynccontextmanager
async def host_line(house: House, centre: Centre) -> AsyncIterator[Line]:
    """A lot years ahead, and its host on the line."""
    host, *rest, recorder = centre.staff
    client = Client(house.url, centre.staff_keys(host.id))
    try:
        await client.log_in()
        order = {
            "type": "Schedule",
            "title": "一号路工程施工一标段",
            "project": "一号路工程",
            "notice": Notice(lot=LOT, fields=standard_fields()),
            "opens_at": datetime(2090, 1, 1, tzinfo=UTC),
            "policy": Policy(),
            "hosts": [host, *rest],
            "recorder": recorder,
        }
        await client.post("console/openings", {"id": ids.new_id(), "schedule": order})
        async with open_line(client, LOT) as line:
            await line.until(lambda _: True)
            yield line
    finally:
        await client.close()


def request(path: str, origin: str, subprotocol: str | None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Origin: {origin}"]
    lines += [f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []
    return "".join(f"{line}\r\n" for line in lines).encode()


async def limit_server(port: int) -> None:
    """What is measured against: every text from /say goes to all others."""
    viewers: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        if connection.request.path == "/say":
            async for text in connection:
                broadcast(viewers, text)
            return
        viewers.add(connection)
        try:
            await connection.wait_closed()
        finally:
            viewers.discard(connection)

    async with serve(handle, "127.0.0.1", port, compression=None, backlog=4096) as server:
        print("ready", flush=True)
        await server.serve_forever()


@contextmanager
def limit_process() -> Iterator[tuple[int, int]]:
    """Its process id and its port. Fails loudly where it can't run."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "loadtest.fanout", LIMIT, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the limit did not start: no ratio without it")
            yield process.pid, port
        finally:
            process.kill()


def machine() -> dict[str, object]:
    load = os.getloadavg()
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load": [round(one, 2) for one in load],
    }


def allow_many_sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
