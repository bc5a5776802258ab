"""How secret a lot is before its deadline, in figures.

python -m tests.secrecy.measure [COUNT]    with 300 tenders, if no other count is given
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import asyncpg
from starlette.routing import Route

from bidroom import clock
from bidroom.cli.centre import Centre
from bidroom.demo.house import House, running
from bidroom.edge import bidder, console, login, public
from tests.secrecy.eyes import questions
from tests.secrecy.scene import Sight, dump, fill, found_in, names_on_disk, sights


class Secrecy(NamedTuple):
    """What was looked at, and what was found."""

    tenders: int
    answers: int
    different: list[str]
    frames: int
    frames_different: list[str]
    dump_bytes: int
    in_dump: list[str]
    in_log: list[str]
    in_paths: list[str]

    @property
    def holds(self) -> bool:
        return not (
            self.different or self.frames_different or self.in_dump or self.in_log or self.in_paths
        )


def measure(folder: Path, count: int) -> Secrecy:
    """A hall of its own in `folder`, with `count` tenders for one lot and none for the other."""
    folder.chmod(0o711)
    centre = Centre(folder / "centre")
    centre.make(clock.now(), count + 1)
    with running(folder / "hall", centre, 0, durable=False) as house:
        seen = asyncio.run(_look(house))
        dumped = dump(house.dsn)
        kept = names_on_disk(folder / "hall" / "tenders")
    firms = centre.firms()[:-1]
    names = [firm.name for firm in firms] + [firm.code for firm in firms]
    logged = b"".join(path.read_bytes() for path in (folder / "hall").rglob("*.log"))
    return Secrecy(
        tenders=count,
        answers=sum(len(sight.full) for sight in seen),
        different=[difference for sight in seen for difference in differences(sight)],
        frames=sum(len(sight.full_frames) for sight in seen),
        frames_different=[it.who for it in seen if it.nil_frames != it.full_frames],
        dump_bytes=len(dumped),
        in_dump=found_in(dumped, names),
        in_log=found_in(logged, names),
        in_paths=found_in(kept, names),
    )


async def _look(house: House) -> list[Sight]:
    *bidding, stranger = house.centre.firms()
    await fill(house, bidding)
    conn = await asyncpg.connect(house.dsn)
    uploads = [str(row["upload"]) for row in await conn.fetch("select upload from tenders.upload")]
    await conn.close()
    assert len(uploads) == len(bidding), "every firm handed in"
    return await sights(house, stranger, uploads)


def differences(sight: Sight) -> list[str]:
    return [
        f"{sight.who}: {nil.question}"
        for nil, full in zip(sight.nil, sight.full, strict=True)
        if nil != full
    ]


def unasked() -> list[str]:
    """Routes that nobody has asked about: a new one must be looked at, too."""
    asked = {(question.method, question.path) for question in questions("")}
    modules = (public, login, bidder, console)
    there = {
        (method, route.path)
        for module in modules
        for route in module.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    return sorted(f"{method} {path}" for method, path in there - asked)


def told(found: Secrecy) -> dict[str, Any]:
    return {"bench": "secrecy", **found._asdict(), "holds": found.holds}


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if sys.argv[1:] else 300
    with TemporaryDirectory(prefix="bidroom-secrecy-") as made:
        result = measure(Path(made), wanted)
    print(json.dumps(told(result), ensure_ascii=False))
    sys.exit(0 if result.holds and not unasked() else 1)
