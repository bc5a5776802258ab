"""What the hall does when its clock runs out and nobody says a word.

Every process asks the database which openings are due, by the database's clock. Several may ring
the same alarm: it is rung under the same cause, fenced by the opening's version, and done once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bidroom.envelope import HALL, StreamId
from bidroom.hall.hall import Hall
from bidroom.opening.rules import due
from bidroom.wire import Refused

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

PAUSE_S_MAX: Final = 1.0  # what another process scheduled is noticed this late at the most
RETRY_S: Final = 5.0  # after a failure, so that one opening can't keep the others waiting
DUE_MAX: Final = 100  # a round
log = structlog.get_logger()


class AlarmRefused(Exception):
    """The rules refused what they had said was due: a fault of ours."""


class Alarm:
    def __init__(self, pool: Pool, hall: Hall) -> None:
        self._pool, self._hall = pool, hall
        self._news = asyncio.Event()
        self._put_off: dict[StreamId, datetime] = {}
        hall.committed.append(self._news)

    async def run(self) -> None:
        """Ring for ever; whatever goes wrong is said in the log and tried again."""
        while True:
            pause = RETRY_S
            try:
                pause = await self.ring()
            except Exception:
                log.exception("alarm failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()
            self._news.clear()

    async def ring(self) -> float:
        """Do all that is due now. Returns the seconds to wait before the next look."""
        rows = await self._pool.fetch(
            "select stream, clock_timestamp() as at from hall.stream"
            " where wake_at <= clock_timestamp() order by wake_at limit $1",
            DUE_MAX,
        )
        for row in rows:
            stream = StreamId(row["stream"])
            if self._put_off.get(stream, row["at"]) > row["at"]:
                continue
            try:
                await self._ring_one(stream)
                self._put_off.pop(stream, None)
            except Exception:
                log.exception("an opening's alarm failed", stream=stream)
                self._put_off[stream] = row["at"] + timedelta(seconds=RETRY_S)
        wait: float | None = await self._pool.fetchval(
            "select extract(epoch from min(wake_at) - clock_timestamp())::float8"
            " from hall.stream where wake_at > clock_timestamp()"
        )
        return max(0.0, min(PAUSE_S_MAX, PAUSE_S_MAX if wait is None else wait))

    async def _ring_one(self, stream: StreamId) -> None:
        room = await self._hall.room(stream)
        step = due(room.opening)
        if step is not None:
            cause = f"alarm {room.opening.version:04}"
            reply = await self._hall.answer(stream, cause, step, HALL)
            if isinstance(reply, Refused):
                raise AlarmRefused(step.command.__name__, reply.reason)
