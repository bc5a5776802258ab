"""What happens in the demo's lots, told as people with plans."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from bidroom import ids
from bidroom.cli.centre import Centre
from bidroom.demo.parties import MIB, Bid, Desk, attend, conduct, hand_in
from bidroom.opening.commands import Schedule
from bidroom.opening.policy import Field, FieldKind, Notice, Policy, standard_fields
from bidroom.opening.state import Opening

ANSWER: Final = "经核对，开标一览表与投标函一致，唱标内容准确。"
OBJECTION: Final = "请核对：我方唱标工期是否与投标函一致？"
PROJECT: Final = "滨河新区基础设施工程"
DISCOUNT: Final = Field("discount", FieldKind.DISCOUNT_BP, "下浮率", "Discount", required=False)


class Story(NamedTuple):
    lot: str
    title: str
    bids: Sequence[Bid]
    window_s: int


def stories(centre: Centre, day: str) -> list[Story]:
    """Lots 1 to 3. `day` makes their codes unique in a hall that has seen other demos."""
    a, b, c, d, e = centre.firms()[:5]
    return [
        Story(
            f"DEMO-{day}-01",
            "滨河大道道路工程施工（一标段）",
            [
                Bid(a, 98_765_432_10, 50 * MIB),
                Bid(b, 97_600_000_00, 20 * MIB),
                Bid(c, 99_120_000_00, 5 * MIB, objects=OBJECTION),
                Bid(d, 96_888_800_00, MIB),
                Bid(e, 98_000_000_05, 100_000),
            ],
            window_s=600,
        ),
        Story(
            f"DEMO-{day}-02",
            "滨河公园景观工程施工（二标段）",
            [
                Bid(a, 12_345_678_90, 2 * MIB),
                Bid(b, 12_500_000_00, 100_000),
                Bid(c, 12_999_999_99, 100_000),
                Bid(d, 11_980_000_00, 100_000, decrypts=False),
            ],
            window_s=5,
        ),
        Story(
            f"DEMO-{day}-03",
            "滨河泵站设备采购（三标段）",
            [Bid(a, 3_200_000_00, 100_000), Bid(e, 3_150_000_00, 100_000)],
            window_s=600,
        ),
    ]


async def schedule(people: Desk, centre: Centre, story: Story, opens_at: datetime) -> None:
    """The agent announces the lot."""
    host, reserve, recorder = centre.staff
    command = Schedule(
        title=story.title,
        project=PROJECT,
        notice=Notice(lot=story.lot, fields=(*standard_fields(), DISCOUNT)),
        opens_at=opens_at,
        policy=Policy(sign_in_s=600, window_s=story.window_s, confirmation_s=120),
        hosts=(host, reserve),
        recorder=recorder,
    )
    await people.host.post("console/openings", {"id": ids.new_id(), "schedule": command})


async def play(
    url: str, people: Desk, story: Story, folder: Path, at: datetime, pause_s: float
) -> Opening:
    """Everybody hands in, comes, and goes through the opening to its end."""
    clients = await asyncio.gather(
        *(
            hand_in(url, story.lot, bid, folder / story.lot / bid.firm.code, at)
            for bid in story.bids
        )
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            for client, bid in zip(clients, story.bids, strict=True):
                tasks.create_task(attend(client, story.lot, bid))
            ended = tasks.create_task(conduct(people, story.lot, ANSWER, pause_s))
        return ended.result()
    finally:
        for client in clients:
            await client.close()


def told(story: Story, opening: Opening, seconds: float) -> dict[str, Any]:
    """One line about a lot that is over."""
    return {
        "lot": story.lot,
        "phase": opening.phase.value,
        "tenders": len(opening.seals),
        "decrypted": opening.decrypted_count,
        "left_sealed": opening.left_sealed_count,
        "offers": {str(who): offer.offer.values["price"] for who, offer in opening.offers.items()},
        "objections": len(opening.objections),
        "unanswered": len(opening.unanswered),
        "seconds": round(seconds, 1),
    }


def soon(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
