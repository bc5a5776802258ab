"""A real hall of its own for a whole day: `serve` in its process, reached by way of the proxy."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import asyncpg
from msgspec import json

from bidroom import clock, wire
from bidroom.cli.centre import Centre
from bidroom.demo.house import House, running
from bidroom.demo.parties import desk
from bidroom.demo.stories import Story, schedule
from bidroom.envelope import Actor, Envelope
from bidroom.hall.log import decode_envelope
from bidroom.opening.audience import redact
from bidroom.opening.record import Event

FIRMS_COUNT: Final = 5
ORIGIN: Final = "BIDROOM_ORIGIN"


class Behind(NamedTuple):
    """A hall behind a proxy that is to listen at `listening`; `origin` is what browsers call it."""

    house: House
    listening: socket.socket
    origin: str

    @property
    def port(self) -> int:
        port = urlsplit(self.house.url).port
        assert port is not None, "the house's address has a port"
        return port

    @property
    def centre(self) -> Centre:
        return self.house.centre


@contextmanager
def hall_behind_proxy() -> Iterator[Behind]:
    """To be entered outside any event loop. The proxy itself is the caller's to start."""
    # Not pytest's folder: the user that PostgreSQL runs as has to pass.
    data = Path(tempfile.mkdtemp(prefix="bidroom-day-"))
    data.chmod(0o711)
    before = os.environ.get(ORIGIN)
    try:
        centre = Centre(data / "centre")
        centre.make(clock.now(), FIRMS_COUNT)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
            os.environ[ORIGIN] = origin
            with running(data, centre, 0, durable=False) as house:
                yield Behind(house, listening, origin)
    finally:
        if before is None:
            os.environ.pop(ORIGIN, None)
        else:
            os.environ[ORIGIN] = before
        shutil.rmtree(data, ignore_errors=True)


async def announce(behind: Behind, lot: str, title: str, lead_s: float) -> None:
    """The host announces a lot whose deadline is in `lead_s`."""
    people = await desk(behind.origin, behind.centre)
    opens_at = clock.now() + timedelta(seconds=lead_s)
    await schedule(people, behind.centre, Story(lot, title, (), window_s=600), opens_at)
    await people.host.close()
    await people.recorder.close()


async def written(dsn: str, lot: str) -> list[Envelope[Event]]:
    """The record as it stands in the database."""
    conn = await asyncpg.connect(dsn)
    try:
        rows = await conn.fetch(
            "select envelope from hall.entry where stream = $1 order by seq", f"opening/{lot}"
        )
    finally:
        await conn.close()
    return [decode_envelope(row[0]) for row in rows]


def as_sent(record: list[Envelope[Event]], reader: Actor) -> list[dict[str, Any]]:
    """What `reader` is to receive of `record`, as JSON says it."""
    return [json.decode(wire.encode(redact(envelope, reader))) for envelope in record]
