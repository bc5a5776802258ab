"""`bidroom demo`: a centre, its hall and a story, played through the hall's real doors.

bidroom demo           lots 1 to 3 play by themselves, lot 4 waits for you
bidroom demo --once    lots 1 to 3 at speed, one JSON line each; exits 0 only if a process that
                       reads nothing but the published files verifies every record
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bidroom import clock
from bidroom.cli.centre import Centre
from bidroom.demo.house import House, running
from bidroom.demo.parties import Desk, desk
from bidroom.demo.stories import Story, play, schedule, soon, stories, told
from bidroom.demo.you import wait_for_you

FIRMS_COUNT = 8
LEAD_ONCE_S, LEAD_S = 12, 45  # from the announcement to the deadline
PAUSE_ONCE_S, PAUSE_S = 0.0, 6.0  # how long the host takes for each step


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bidroom demo", description="演示一场真实的开标 / play a real opening"
    )
    parser.add_argument("--once", action="store_true", help="快速演完并核验 / at speed, verified")
    parser.add_argument("--port", type=int, default=0, help="端口（默认任选）/ port (any)")
    parser.add_argument("--minutes", type=int, default=8, help="四标段截标前的分钟数 / for lot 4")
    parser.add_argument("--folder", type=Path, help="数据存放处（默认临时）/ keep the data here")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with folder(given.folder) as data:
        started_s = clock.steady_s()
        centre = Centre(data / "centre")
        if not centre.trust.exists():
            centre.make(clock.now(), FIRMS_COUNT)
        with running(data, centre, given.port) as house:
            if given.once:
                return asyncio.run(once(house, started_s))
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(live(house, given.minutes))
            return 0


@contextlib.contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    """Where the demo's data lie: as told, or for as long as the demo runs."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()
        return
    made = Path(tempfile.mkdtemp(prefix="bidroom-demo-"))
    made.chmod(0o711)  # the database's own user has to pass
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


async def once(house: House, started_s: float) -> int:
    """Play at speed, save what was published, and have it proved by another process."""
    people = await desk(house.url, house.centre)
    told_stories = stories(house.centre, clock.now().strftime("%H%M%S"))
    ready_s = clock.steady_s()
    lines = await asyncio.gather(
        *(play_one(house, people, story, LEAD_ONCE_S, PAUSE_ONCE_S) for story in told_stories)
    )
    for line in lines:
        print(json.dumps(line, ensure_ascii=False), flush=True)
    published = house.data / "published"
    published.mkdir(exist_ok=True)
    for story in told_stories:
        (published / f"{story.lot}.json").write_bytes(await house.record(story.lot, "json"))
        (published / f"{story.lot}.pdf").write_bytes(await house.record(story.lot, "pdf"))
    proof = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bidroom.publish.prove",
        *(str(published / f"{story.lot}.json") for story in told_stories),
    )
    proved = await proof.wait() == 0
    as_told = all(as_planned(story, line) for story, line in zip(told_stories, lines, strict=True))
    summary = {
        "lots": len(lines),
        "as_planned": as_told,
        "verified": proved,
        "ready_s": round(ready_s - started_s, 1),
        "seconds": round(clock.steady_s() - started_s, 1),
    }
    print(json.dumps(summary), flush=True)
    return 0 if proved and as_told else 1


def as_planned(story: Story, line: dict[str, object]) -> bool:
    """Whether a lot came out as its story says: nobody lost, nobody doubled."""
    if len(story.bids) < 3:
        return line["phase"] == "not_opened" and line["decrypted"] == 0
    decrypting = [bid for bid in story.bids if bid.decrypts]
    return (
        line["phase"] == "closed"
        and line["tenders"] == len(story.bids)
        and line["offers"] == {bid.firm.code: bid.price_fen for bid in decrypting}
        and line["left_sealed"] == len(story.bids) - len(decrypting)
        and line["objections"] == sum(bid.objects is not None for bid in story.bids)
        and line["unanswered"] == 0
    )


async def play_one(
    house: House, people: Desk, story: Story, lead_s: float, pause_s: float
) -> dict[str, object]:
    begun_s = clock.steady_s()
    await schedule(people, house.centre, story, soon(clock.now(), lead_s))
    opening = await play(house.url, people, story, house.data / "sealed", clock.now(), pause_s)
    return told(story, opening, clock.steady_s() - begun_s)


async def live(house: House, minutes: int) -> None:
    """Play for people to watch, with a lot for them to take part in."""
    people = await desk(house.url, house.centre)
    day = clock.now().strftime("%m%d-%H%M%S")
    async with asyncio.TaskGroup() as tasks:
        for number, story in enumerate(stories(house.centre, day)):
            lead_s = LEAD_S + 30 * number
            tasks.create_task(play_one(house, people, story, lead_s, PAUSE_S))
        tasks.create_task(wait_for_you(house, people, f"DEMO-{day}-04", minutes))
