"""A real hall an hour before a deadline: one lot with nobody, one with many, alike but for that."""

from __future__ import annotations

import asyncio
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from bidroom import clock, ids
from bidroom.cli.centre import Centre, Firm
from bidroom.cli.client import Client
from bidroom.cli.line import open_line
from bidroom.demo.house import House
from bidroom.demo.parties import Bid, hand_in
from bidroom.opening.commands import Schedule
from bidroom.opening.policy import Notice, Policy, standard_fields
from bidroom.opening.record import Phase
from bidroom.postgres import programs
from tests.secrecy.eyes import Seen, hear, look

NIL, FULL = "LOT-AAA-001", "LOT-BBB-001"
AT_ONCE: Final = 8


class Sight(NamedTuple):
    """What one person saw of each lot."""

    who: str
    nil: list[Seen]
    full: list[Seen]
    nil_frames: list[str]
    full_frames: list[str]


async def fill(house: House, firms: list[Firm]) -> None:
    """Both lots are announced and in their lobby; all `firms` hand in for one, and sign in."""
    host = Client(house.url, house.centre.staff_keys("agent-host"))
    await host.log_in()
    people = house.centre.staff
    opens_at = clock.now() + timedelta(hours=1)
    for lot in (NIL, FULL):
        command = Schedule(
            title="保密测试标段",
            project="保密测试项目",
            notice=Notice(lot=lot, fields=standard_fields()),
            opens_at=opens_at,
            policy=Policy(sign_in_s=7200),
            hosts=tuple(people[:2]),
            recorder=people[2],
        )
        await host.post("console/openings", {"id": ids.new_id(), "schedule": command})
    await host.close()
    await _lobby(house)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, firm: Firm) -> None:
        async with gate:
            bid = Bid(firm, 1_000_000_00 + number, 20_000 + number)
            client = await hand_in(house.url, FULL, bid, house.data / "x" / firm.code, clock.now())
            await client.sign_in(FULL)
            await client.close()

    async with asyncio.TaskGroup() as tasks:
        for number, firm in enumerate(firms):
            tasks.create_task(one(number, firm))


async def _lobby(house: House) -> None:
    client = Client(house.url)
    for lot in (NIL, FULL):
        async with open_line(client, lot) as line:
            await line.until(lambda now: now.phase is Phase.LOBBY, within_s=10)
    await client.close()


async def sights(house: House, stranger: Firm, uploads: list[str]) -> list[Sight]:
    """Both lots as everybody sees them who has no tender there."""
    centre: Centre = house.centre
    everybody = {
        "public": None,
        "another bidder": stranger.keys(),
        "host": centre.staff_keys("agent-host"),
        "reserve host": centre.staff_keys("agent-reserve"),
        "recorder": centre.staff_keys("agent-recorder"),
    }
    found = []
    for who, keys in everybody.items():
        told = []
        for lot, known in ((NIL, []), (FULL, uploads)):
            client = Client(house.url, keys)
            if keys is not None:
                await client.log_in()
            frames = await hear(client, lot)
            told.append((await look(client, lot, known), frames))
            await client.close()
        found.append(Sight(who, told[0][0], told[1][0], told[0][1], told[1][1]))
    return found


def dump(dsn: str) -> bytes:
    """All that a backup would hold."""
    program = programs.find() / "pg_dump"
    done = subprocess.run([program, "--dbname", dsn], capture_output=True, check=True)
    return done.stdout


def written(name: str) -> Iterator[bytes]:
    """`name` in every coat it might wear in a dump or a log."""
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        plain = name.encode(encoding)
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
    for lead in range(3):
        coded = b64encode(b"\0" * lead + name.encode())
        yield coded[4 if lead else 0 : -4]  # what doesn't depend on its neighbours
    yield name.encode("unicode_escape")


def found_in(data: bytes, names: list[str]) -> list[str]:
    return [name for name in names if any(coat in data for coat in written(name))]


def names_on_disk(folder: Path) -> bytes:
    """The paths of everything that the hall keeps."""
    return "\n".join(str(path) for path in folder.rglob("*")).encode()
