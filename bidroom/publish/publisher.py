"""Publishes the record of every opening that is over, once.

It follows the log: news wake it, a sweep makes sure. What it publishes is stored before anybody
is told, and is the same bytes for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from bidroom.envelope import PersonId, StreamId
from bidroom.ports import SealedPapers
from bidroom.publish.bundle import (
    PUBLISHED_IN,
    Authorities,
    Head,
    Logged,
    Signer,
    bundle,
    read_out_in,
)
from bidroom.publish.pdf import record_pdf
from bidroom.sweeping import sweep_for_ever

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

SWEEP_S: Final = 5.0
AT_ONCE: Final = 20
OVER: Final = tuple(sorted(phase.value for phase in PUBLISHED_IN))
log = structlog.get_logger()

# How the publisher reads what others keep: the log's entries, the box's papers, the trusted
# authorities, and which openings are over and beyond those it has published.
ReadLog = Callable[[StreamId], Awaitable[Sequence[Logged]]]
ReadPapers = Callable[[str, PersonId], Awaitable[SealedPapers]]
ReadHead = Callable[[StreamId, int], Awaitable[Head]]
FindOver = Callable[[Sequence[str]], Awaitable[Sequence[StreamId]]]  # by phase


class Publisher:
    def __init__(
        self,
        pool: Pool,
        signer: Signer,
        authorities: Callable[[], Authorities],
        read_log: ReadLog,
        read_papers: ReadPapers,
        find_over: FindOver,
        read_head: ReadHead,
    ) -> None:
        self._pool, self._signer, self._authorities = pool, signer, authorities
        self._read_log, self._read_papers, self._find_over = read_log, read_papers, find_over
        self._read_head = read_head
        self.news = asyncio.Event()  # set it when something was written; being late is no harm

    async def run(self) -> None:
        """Publish for ever; whatever goes wrong is said in the log and tried again."""
        await sweep_for_ever(
            self.sweep, self.news, SWEEP_S, lambda _: log.exception("publishing failed")
        )

    async def sweep(self) -> int:
        """Publish all that is over and not yet published. Returns how many."""
        streams = await self._unpublished(await self._find_over(OVER))
        for stream in streams[:AT_ONCE]:
            await self._publish(stream)
        return len(streams)

    async def _publish(self, stream: StreamId) -> None:
        logged = await self._read_log(stream)
        opening = stream.removeprefix("opening/")
        papers = {who: await self._read_papers(opening, who) for who in read_out_in(logged)}
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        head = await self._read_head(stream, len(logged))
        record = bundle(logged, papers, self._authorities(), self._signer, at, head)
        sheet = await asyncio.to_thread(record_pdf, record)
        await self._pool.execute(
            "insert into publish.record (opening, at, json, pdf) values ($1, $2, $3, $4)"
            " on conflict (opening) do nothing",
            opening,
            at,
            record,
            sheet,
        )

    async def published(self, opening: str) -> tuple[bytes, bytes] | None:
        """The record of `opening` as JSON and PDF; None while there is none."""
        row = await self._pool.fetchrow(
            "select json, pdf from publish.record where opening = $1", opening
        )
        return (row["json"], row["pdf"]) if row else None

    async def _unpublished(self, streams: Sequence[StreamId]) -> list[StreamId]:
        rows = await self._pool.fetch(
            "select opening from publish.record where opening = any($1)",
            [stream.removeprefix("opening/") for stream in streams],
        )
        done = {row["opening"] for row in rows}
        return [stream for stream in streams if stream.removeprefix("opening/") not in done]
