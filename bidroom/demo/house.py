"""The hall that a demo runs in: an embedded database, and the real `serve` in its own process."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx2

from bidroom.cli.centre import Centre
from bidroom.people import staff
from bidroom.postgres.address import database
from bidroom.postgres.migrations import migrate
from bidroom.postgres.pool import open_pool

READY_S_MAX: Final = 60
RECORD_S_MAX: Final = 30
PAUSE_S: Final = 0.05


class House(NamedTuple):
    url: str
    data: Path
    centre: Centre
    dsn: str
    serve_pid: int

    async def record(self, lot: str, kind: str) -> bytes:
        """The published record of a lot, once it is there: `json` or `pdf`."""
        async with httpx2.AsyncClient(base_url=self.url) as http, asyncio.timeout(RECORD_S_MAX):
            while True:
                answer = await http.get(f"/api/openings/{lot}/record.{kind}")
                if answer.status_code == 200:
                    return answer.content
                await asyncio.sleep(PAUSE_S)


@contextmanager
def running(data: Path, centre: Centre, port: int, *, durable: bool = True) -> Iterator[House]:
    """Everything a hall needs, in `data`, until the context is left."""
    port = port or free_port()
    with database(None, data / "postgres", durable=durable) as dsn:
        asyncio.run(_prepare(dsn, centre))
        with serving(data, centre, port, dsn) as house:
            yield house


@contextmanager
def serving(data: Path, centre: Centre, port: int, dsn: str) -> Iterator[House]:
    """`serve` in its own process, once it is ready; it may have been killed meanwhile."""
    environment = os.environ | {
        "BIDROOM_DATA": str(data),
        "BIDROOM_PORT": str(port),
        "BIDROOM_TRUST": str(centre.trust),
        "BIDROOM_SECRETS": str(centre.secrets),
        "DATABASE_URL": dsn,
    }
    log = (data / "serve.log").open("ab")
    serve = subprocess.Popen(
        [sys.executable, "-m", "bidroom", "serve"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    house = House(f"http://127.0.0.1:{port}", data, centre, dsn, serve.pid)
    try:
        _await_ready(serve, house)
        yield house
    finally:
        serve.terminate()
        try:
            serve.wait(10)
        except subprocess.TimeoutExpired:
            serve.kill()
            serve.wait()
        log.close()


async def _prepare(dsn: str, centre: Centre) -> None:
    await migrate(dsn)
    pool = await open_pool(dsn)
    try:
        for person in centre.everybody:
            await staff.add(pool, person.id, person.name, person.role)
    finally:
        await pool.close()


def _await_ready(serve: subprocess.Popen[bytes], house: House) -> None:
    last = time.monotonic() + READY_S_MAX
    while time.monotonic() < last:
        if serve.poll() is not None:
            said = (house.data / "serve.log").read_text()[-2000:]
            raise RuntimeError(f"serve 未能启动 / serve ended with {serve.returncode}:\n{said}")
        try:
            if httpx2.get(f"{house.url}/api/board", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(PAUSE_S)
    raise TimeoutError("serve 未就绪 / serve did not become ready")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
