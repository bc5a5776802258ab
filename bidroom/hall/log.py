"""Where records are kept. The log is the truth, and everything else is a copy of it.

A number is given out under the lock of its stream's row, in the transaction that writes the entry:
there is no gap, and nobody can read number 8 before number 7 is there to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from bidroom import ids, wire
from bidroom.envelope import Actor, AskId, Envelope, StreamId
from bidroom.hall.bus import Bus, Hint
from bidroom.opening.policy import canonical
from bidroom.opening.record import Event
from bidroom.opening.rules import wake_at
from bidroom.opening.state import Opening, evolve
from bidroom.postgres.pool import transact
from crypto import merkle

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

decode_envelope = msgspec.json.Decoder(Envelope[Event]).decode
decode_reply = msgspec.json.Decoder(wire.Done | wire.Refused).decode


class Entry(NamedTuple):
    """An envelope as it is kept: the bytes that were hashed, and its place in the tree."""

    envelope: Envelope[Event]
    salt: bytes
    leaf: bytes
    root: bytes


class Said(NamedTuple):
    """What became of an ask. `entries` are all that the asker's room did not have yet."""

    reply: wire.Done | wire.Refused
    entries: tuple[Entry, ...]


class Decision(NamedTuple):
    """What a turn led to: events for the record, and a no to tell, where they record one."""

    events: Sequence[Event]
    refused: wire.Refused | None = None


class Turn(Protocol):
    """Decides, within the transaction, what follows. Raises Refusal or Rejected to say no."""

    async def __call__(
        self, conn: Connection, opening: Opening | None, at: datetime
    ) -> Decision: ...


class Log:
    def __init__(self, pool: Pool, bus: Bus) -> None:
        self._pool, self._bus = pool, bus

    async def read(self, stream: StreamId, after: int = 0) -> tuple[Entry, ...]:
        async with self._pool.acquire() as conn:
            return await _read(conn, stream, after)

    async def turn(
        self, stream: StreamId, by: Actor, ask: AskId, known: Record, decide: Turn
    ) -> Said:
        """One command's turn at the record: lock, look up, decide, append, answer, commit.

        A repeated ask finds its answer before the rules are asked again. `known` is what the
        caller already has of the record, and spares reading it anew. If the connection goes
        during the commit the turn is taken again, and then finds what it did the first time.
        """

        async def attempt(conn: Connection) -> Said:
            head = await conn.fetchval(
                "select head from hall.stream where stream = $1 for update", stream
            )
            if head is None:  # the first entry is fenced by the primary key instead
                await conn.execute("select pg_advisory_xact_lock(hashtext($1))", stream)
                head = await conn.fetchval(
                    "select head from hall.stream where stream = $1 for update", stream
                )
            news = await _read(conn, stream, known.seq) if head and head > known.seq else ()
            reply, at = await _answered(conn, stream, by, ask)
            if reply is not None:
                return Said(reply, news)
            record = known.with_entries(news)
            decision = await decide(conn, record.opening, at)
            if not decision.events:
                return Said(decision.refused or wire.Done(ask, record.seq), news)
            entries = record.sealed(stream, record.not_before(at), by, ask, decision.events)
            last = entries[-1].envelope.seq
            reply = decision.refused or wire.Done(ask, last)
            await _write(conn, stream, entries, record, by, reply)
            await self._bus.enclose(conn, Hint(stream, last))
            return Said(reply, (*news, *entries))

        return await transact(self._pool, attempt, repeatable=True)

    async def root(self, stream: StreamId, size: int) -> bytes | None:
        """The tree's root when it had `size` entries."""
        root: bytes | None = await self._pool.fetchval(
            "select root from hall.entry where stream = $1 and seq = $2", stream, size
        )
        return root


class Record:
    """A record as far as it is known: its entries, what they add up to, and their tree."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.opening: Opening | None = None
        self._peaks = merkle.Peaks()

    @property
    def seq(self) -> int:
        return len(self.entries)

    def extend(self, news: Sequence[Entry]) -> list[Entry]:
        """Add what is new in `news`; log and bus may both bring the same. Returns what was new."""
        added = []
        for entry in news:
            if entry.envelope.seq <= self.seq:
                continue
            assert entry.envelope.seq == self.seq + 1, f"{entry.envelope.seq} leaves a gap"
            self.entries.append(entry)
            self._peaks = self._peaks.with_leaf(entry.leaf)
            self.opening = evolve(self.opening, entry.envelope.event)
            added.append(entry)
        return added

    def not_before(self, at: datetime) -> datetime:
        """`at`, or the last entry's instant if the database's clock was set back meanwhile."""
        return max(at, self.entries[-1].envelope.at) if self.entries else at

    def with_entries(self, news: Sequence[Entry]) -> Record:
        """This record, or a longer copy of it: a turn that fails must leave no trace in a room."""
        if not news:
            return self
        longer = Record()
        longer.extend([*self.entries, *news])
        return longer

    def sealed(
        self, stream: StreamId, at: datetime, by: Actor, cause: AskId, events: Sequence[Event]
    ) -> list[Entry]:
        """`events` as the entries that would come next, salted and put into the tree."""
        peaks, entries = self._peaks, []
        for seq, event in enumerate(events, self.seq + 1):
            envelope, salt = Envelope(stream, seq, at, by, cause, event), ids.salt()
            leaf = merkle.leaf_hash(salt + canonical(envelope))
            peaks = peaks.with_leaf(leaf)
            entries.append(Entry(envelope, salt, leaf, peaks.root))
        return entries


async def _read(conn: Connection, stream: StreamId, after: int) -> tuple[Entry, ...]:
    rows = await conn.fetch(
        "select envelope, salt, leaf, root from hall.entry"
        " where stream = $1 and seq > $2 order by seq",
        stream,
        after,
    )
    return tuple(Entry(decode_envelope(row[0]), row[1], row[2], row[3]) for row in rows)


async def _answered(
    conn: Connection, stream: StreamId, by: Actor, ask: AskId
) -> tuple[wire.Done | wire.Refused | None, datetime]:
    """What was answered to this ask, if anything, and the time: read once the lock is ours."""
    row = await conn.fetchrow(
        "select clock_timestamp(), (select reply from hall.answer"
        " where stream = $1 and role = $2 and person = $3 and ask = $4)",
        stream, by.role, by.id, ask,
    )  # fmt: skip
    assert row is not None, "a select without a table has a row"
    at, reply = row
    return (decode_reply(reply) if reply is not None else None), at


async def _write(
    conn: Connection,
    stream: StreamId,
    entries: Sequence[Entry],
    before: Record,
    by: Actor,
    reply: wire.Done | wire.Refused,
) -> None:
    """The entries, what they add up to, and the answer: in one statement."""
    opening = before.opening
    for entry in entries:
        opening = evolve(opening, entry.envelope.event)
    assert opening is not None, "entries were appended"
    await conn.execute(
        _WRITE,
        stream,
        entries[-1].envelope.seq,
        opening.phase,
        opening.version,
        opening.opens_at,
        wake_at(opening),
        opening.due_at,
        canonical(opening.facts),
        [it.envelope.seq for it in entries],
        [canonical(it.envelope) for it in entries],
        [it.salt for it in entries],
        [it.leaf for it in entries],
        [it.root for it in entries],
        by.role,
        by.id,
        reply.re,
        wire.encode(reply),
    )


_WRITE: Final = """
with standing as (
    insert into hall.stream (stream, head, phase, version, opens_at, wake_at, due_at, facts)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (stream) do update set
        head = $2, phase = $3, version = $4, opens_at = $5, wake_at = $6, due_at = $7
), added as (
    insert into hall.entry (stream, seq, envelope, salt, leaf, root)
    select $1, * from unnest($9::int[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[])
)
insert into hall.answer (role, person, ask, stream, reply) values ($14, $15, $16, $1, $17)
"""
