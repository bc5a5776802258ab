"""The draw as the official data set has it: BID_OPEN_DETAIL (开标明细), one row a round.

Pure, for whoever publishes. The fields' names are the data set's own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bidroom.opening.minutes import minutes
from bidroom.opening.plan import Ball
from bidroom.opening.state import Opening


def bid_open_detail(opening: Opening) -> list[dict[str, Any]]:
    """A row for every round that was drawn: none where nothing was.

    NOTARY 摇球公证人, ROUND 轮次, ROLL_BALL_LIST 摇球列表, VALUE_RESULT 各项取值结果, CONTENT 明细.
    Values read as people read them: the ball 125 with two decimals is "1.25".
    """
    said = minutes(opening).draw
    if said is None:
        return []
    notary = said.notary.name if said.notary else ""
    return [
        {
            "NOTARY": notary,
            "ROUND": number,
            "ROLL_BALL_LIST": [read(ball, it.decimals, it.unit) for ball in it.balls],
            "VALUE_RESULT": [read(ball, it.decimals, it.unit) for ball in it.values],
            "CONTENT": it.label_zh,
        }
        for number, it in enumerate(said.rounds, 1)
        if it.picks
    ]


def read(ball: Ball, decimals: int, unit: str) -> str:
    """What stands on a ball, for people."""
    if isinstance(ball, str):
        return ball
    return f"{Decimal(ball).scaleb(-decimals):f}{unit}"
