"""What boards and inboxes list: the rows of openings, without any of their records.

Nothing in a row depends on the tenders of a lot before its deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from bidroom.envelope import StreamId
from bidroom.opening.record import OpeningScheduled, Phase

if TYPE_CHECKING:
    import asyncpg

    from bidroom.postgres.pool import Pool

ROWS_MAX: Final = 1_000
PREFIX: Final = "opening/"
_facts = msgspec.json.Decoder(OpeningScheduled).decode
_COLUMNS: Final = "select stream, head, phase, version, opens_at, due_at, facts from hall.stream"


class Row(Struct, frozen=True):
    """One opening, as a list shows it."""

    id: str
    lot: str
    title: str
    project: str
    opens_at: datetime
    phase: Phase
    due_at: datetime | None


class Listed(Struct, frozen=True):
    """One opening with all that was published of it before it began."""

    row: Row
    facts: OpeningScheduled
    version: int
    seq: int


async def between(pool: Pool, start: datetime, end: datetime) -> Sequence[Listed]:
    """The openings from `start` to before `end`, in their order."""
    rows = await pool.fetch(
        f"{_COLUMNS} where opens_at >= $1 and opens_at < $2 order by opens_at, stream limit $3",
        start,
        end,
        ROWS_MAX,
    )
    return [_listed(row) for row in rows]


async def latest(pool: Pool, start: datetime) -> Sequence[Listed]:
    """The openings from `start` on, the nearest to now and the future ones first to be kept."""
    rows = await pool.fetch(
        f"{_COLUMNS} where opens_at >= $1 order by opens_at desc, stream limit $2", start, ROWS_MAX
    )
    return [_listed(row) for row in reversed(rows)]


async def one(pool: Pool, stream: StreamId) -> Listed | None:
    row = await pool.fetchrow(f"{_COLUMNS} where stream = $1", stream)
    return None if row is None else _listed(row)


async def in_phases(pool: Pool, phases: Sequence[str]) -> Sequence[StreamId]:
    rows = await pool.fetch(
        "select stream from hall.stream where phase = any($1) order by stream", phases
    )
    return [StreamId(row["stream"]) for row in rows]


async def heads(pool: Pool) -> Sequence[tuple[StreamId, int]]:
    """Every opening's record, and how many entries it has."""
    rows = await pool.fetch("select stream, head from hall.stream order by stream")
    return [(StreamId(row["stream"]), row["head"]) for row in rows]


def _listed(row: asyncpg.Record) -> Listed:
    facts = _facts(row["facts"])
    shown = Row(
        id=str(row["stream"]).removeprefix(PREFIX),
        lot=facts.notice.lot,
        title=facts.title,
        project=facts.project,
        opens_at=row["opens_at"],
        phase=Phase(row["phase"]),
        due_at=row["due_at"],
    )
    return Listed(shown, facts, row["version"], row["head"])
