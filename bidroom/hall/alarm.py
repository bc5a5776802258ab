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

from bidroom import clock
from bidroom.envelope import HALL, StreamId
from bidroom.hall.hall import Hall
from bidroom.opening.rules import due, wake_at
from bidroom.opening.state import Opening
from bidroom.wire import Refused

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

PAUSE_S_MIN: Final = 0.02  # news come in bursts, and are looked at together
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
        self._looks_at: datetime | None = None  # next, by the database's clock
        self._put_off: dict[StreamId, float] = {}  # until then, on the steady clock
        hall.after.append(self.hear)

    def hear(self, opening: Opening) -> None:
        """Something was written: look sooner, if the opening must be woken sooner."""
        at = wake_at(opening)
        if at is not None and (self._looks_at is None or at < self._looks_at):
            self._news.set()

    async def run(self) -> None:
        """Ring for ever; whatever goes wrong is said in the log and tried again."""
        while True:
            self._news.clear()
            pause = RETRY_S
            try:
                pause = await self.ring()
            except Exception:
                log.exception("the alarm could not be rung")
            await asyncio.sleep(min(pause, PAUSE_S_MIN))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()

    async def ring(self) -> float:
        """Do all that is due now. Returns the seconds to wait before the next look."""
        now_s = clock.steady_s()
        self._put_off = {it: until for it, until in self._put_off.items() if until > now_s}
        rows = await self._pool.fetch(
            "select stream, wake_at, clock_timestamp() as at from hall.stream"
            " where wake_at is not null and stream <> all($1) order by wake_at limit $2",
            list(self._put_off),
            DUE_MAX,
        )
        pause = PAUSE_S_MAX
        self._looks_at = None
        for row in rows:
            stream = StreamId(row["stream"])
            ahead: timedelta = row["wake_at"] - row["at"]
            if ahead > timedelta(0):
                pause = min(pause, ahead.total_seconds())
                self._looks_at = row["at"] + timedelta(seconds=pause)
                break
            try:
                await self._ring_one(stream)
                pause = 0.0  # what it led to may be due at once
            except Exception:
                log.exception("an opening's alarm failed", stream=stream)
                self._put_off[stream] = now_s + RETRY_S
        return pause

    async def _ring_one(self, stream: StreamId) -> None:
        room = await self._hall.room(stream)
        step = due(room.opening)
        if step is not None:
            cause = f"alarm {room.opening.version:04}"
            reply = await self._hall.answer(stream, cause, step, HALL)
            if isinstance(reply, Refused):
                raise AlarmRefused(step.command.__name__, reply.reason)
