"""`./run bench packages`: opening a tender costs the same for 100 KB, 50 MB and 1 GB.

Three bidders hand in packages of these sizes through the real doors of a real `serve`. Then
each sends its keys; measured are the milliseconds until the hall says that the tender is decrypted,
and until the record says that its files are what their sealed index says.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from bidroom import clock
from bidroom.cli.centre import Centre
from bidroom.cli.client import Client
from bidroom.cli.line import open_line
from bidroom.demo.house import House, running
from bidroom.demo.parties import PATIENCE_S, Bid, Desk, conduct, desk, hand_in
from bidroom.demo.stories import ANSWER, Story, schedule, soon
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening

SIZES: Final = {"100 KB": 100_000, "50 MB": 50_000_000, "1 GB": 1_000_000_000}
LEAD_S: Final = 90  # for sealing and uploading 1 GB


class Took(NamedTuple):
    size: str
    decrypted_ms: float
    body_ms: float


def main() -> int:
    with TemporaryDirectory(prefix="bidroom-bench-") as folder:
        data = Path(folder)
        data.chmod(0o711)  # the database's own user has to pass
        centre = Centre(data / "centre")
        centre.make(clock.now(), len(SIZES))
        with running(data, centre, 0) as house:
            took = asyncio.run(measure(house))
    print(json.dumps(machine()))
    smallest = took[0].decrypted_ms
    for one in took:
        print(json.dumps(line(f"decrypted {one.size}", one.decrypted_ms, smallest, took[0].size)))
    for one in took:
        print(json.dumps(line(f"body of {one.size} found right", one.body_ms, None, "")))
    return 0


async def measure(house: House) -> list[Took]:
    people = await desk(house.url, house.centre)
    firms = house.centre.firms()
    bids = [
        Bid(firm, 1_000_000_00 + number, size)
        for number, (firm, size) in enumerate(zip(firms, SIZES.values(), strict=True))
    ]
    story = Story("BENCH-PACKAGES", "大小不同的投标文件", bids, window_s=900)
    await schedule(people, house.centre, story, soon(clock.now(), LEAD_S))
    clients = []
    for bid in bids:  # one after another: the largest has the disk to itself
        begun_s = time.monotonic()
        client = await hand_in(house.url, story.lot, bid, house.data / bid.firm.code, clock.now())
        clients.append(client)
        seconds = round(time.monotonic() - begun_s, 1)
        print(json.dumps({"handed in": bid.body_bytes, "seconds": seconds}), file=sys.stderr)
    hosting = asyncio.create_task(conduct(people, story.lot, ANSWER, 0.0))
    took = []
    for name, client, bid in zip(SIZES, clients, bids, strict=True):
        took.append(await unlock(name, client, story.lot, bid))
    hosting.cancel()
    await close(people, clients)
    return took


async def unlock(name: str, client: Client, lot: str, bid: Bid) -> Took:
    """Send the keys of one tender, and wait until its body was found right."""
    async with open_line(client, lot) as line_:
        await line_.until(lambda now: now.phase is Phase.DECRYPTION, PATIENCE_S)
        command = await client.unlocking(lot)
        sent_s = time.monotonic()
        reply = await line_.ask(command)
        decrypted_s = time.monotonic()
        if reply["type"] != "Done":
            raise RuntimeError(f"{name}: {reply}")

        def checked(now: Opening) -> bool:
            return now.tenders[bid.firm.code].body is not None  # type: ignore[index]

        now = await line_.until(checked, PATIENCE_S)
        body = now.tenders[bid.firm.code].body  # type: ignore[index]
        if type(body).__name__ != "BodyOpened":
            raise RuntimeError(f"{name}: {body}")
        return Took(name, (decrypted_s - sent_s) * 1000, (time.monotonic() - sent_s) * 1000)


async def close(people: Desk, clients: list[Client]) -> None:
    for client in (*clients, *people):
        await client.close()


def line(what: str, ours: float, limit: float | None, name: str) -> dict[str, Any]:
    """One result; `limit` is None where there is nothing to compare with."""
    return {
        "bench": "packages",
        "what": what,
        "ours": round(ours, 1),
        "limit": round(limit, 1) if limit else None,
        "limit_name": f"the same for {name}" if limit else "none: shown for information",
        "ratio": round(ours / limit, 2) if limit else None,
        "unit": "ms",
    }


def machine() -> dict[str, Any]:
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


if __name__ == "__main__":
    sys.exit(main())
