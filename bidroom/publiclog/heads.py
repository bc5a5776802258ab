"""Tells the head of every log, signed: at every step, and within a second of any event.

It follows the record: news wake it, a sweep makes sure. Of one log and size there is one root,
which the database fences, however many processes follow. Every head of an opening is also a leaf
of the hall-wide log, so that a whole opening can't be hidden from some and shown to others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidroom.envelope import StreamId
from bidroom.postgres.pool import transact
from bidroom.sweeping import sweep_for_ever
from crypto import merkle, notes
from crypto.errors import Reason, SealRefused

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

SWEEP_S: Final = 1.0
HALL: Final = "hall"
AT_ONCE: Final = 200
log = structlog.get_logger()


# How the log reads what the hall keeps: which streams stand at which number, and a stream's roots.
FindHeads = Callable[[], Awaitable[Sequence[tuple[StreamId, int]]]]
ReadRoot = Callable[[StreamId, int], Awaitable[bytes]]


class NoSuchHead(Exception):
    """Nothing was told of this log yet, or not at this size."""


class Heads:
    def __init__(
        self,
        pool: Pool,
        key: Ed25519PrivateKey,
        place: str,
        witnesses: Sequence[notes.Key],
        find_heads: FindHeads,
        read_root: ReadRoot,
    ) -> None:
        """`place`: the hall's host, with which the names of all its logs begin."""
        self._pool, self._key, self._place = pool, key, place
        self._find_heads, self._read_root = find_heads, read_root
        self.witnesses = tuple(witnesses)
        self._tree, self._reading = merkle.Tree(), asyncio.Lock()
        self.news = asyncio.Event()  # set it when something was written; being late is no harm

    def name(self, log: str) -> str:
        """The origin of a log, which is also the name of its key."""
        return f"{self._place}/{log}"

    def key(self, log: str) -> notes.Key:
        return notes.Key(self.name(log), self._key.public_key().public_bytes_raw())

    async def run(self) -> None:
        """Tell heads for ever; whatever goes wrong is said in the log and tried again."""
        await sweep_for_ever(
            self.sweep,
            self.news,
            SWEEP_S,
            lambda _: log.exception("heads of the public log could not be told"),
        )

    async def sweep(self) -> int:
        """Tell the head of every log that has grown. Returns how many."""
        rows = await self._pool.fetch(
            "select log, max(size) as size from publiclog.head group by log"
        )
        told = {row["log"]: row["size"] for row in rows}
        grown = [it for it in await self._find_heads() if it[1] > told.get(it[0], 0)]
        for stream, size in grown[:AT_ONCE]:
            await self.tell(stream, size)
        return len(grown)

    async def tell(self, stream: StreamId, size: int) -> None:
        """Sign and keep the head of an opening's log at `size`, unless it was told before."""
        root = await self._read_root(stream, size)
        head = notes.Checkpoint(self.name(stream), size, root)
        note = notes.sign(str(head), head.origin, self._key)

        async def attempt(conn: Connection) -> None:
            # One at a time: the hall-wide log has an order.
            await conn.execute("select pg_advisory_xact_lock(hashtext('publiclog'))")
            kept = await conn.fetchval(
                "select root from publiclog.head where log = $1 and size = $2", stream, size
            )
            if kept is not None:
                assert kept == root, "two roots of one size: the record was altered"
                return
            await _insert_head(conn, stream, size, root, note)
            await self._grow_hall(conn, stream, size, merkle.leaf_hash(str(head).encode()))

        await transact(self._pool, attempt, repeatable=True)

    async def _grow_hall(self, conn: Connection, stream: str, size: int, leaf: bytes) -> None:
        row = await conn.fetchrow("select size, peaks from publiclog.hall")
        assert row is not None, "the migration puts the one row there"
        peaks = merkle.Peaks(tuple(row["peaks"]), row["size"]).with_leaf(leaf)
        await conn.execute(
            "update publiclog.hall set size = $1, peaks = $2", peaks.size, list(peaks.hashes)
        )
        await conn.execute(
            "insert into publiclog.leaf (seq, log, size, leaf) values ($1, $2, $3, $4)",
            peaks.size,
            stream,
            size,
            leaf,
        )
        head = notes.Checkpoint(self.name(HALL), peaks.size, peaks.root)
        note = notes.sign(str(head), head.origin, self._key)
        await _insert_head(conn, HALL, peaks.size, peaks.root, note)

    async def head(self, log: str, size: int | None = None) -> notes.Note:
        """The newest head of a log, or that of `size`, with its cosignatures.

        Raises NoSuchHead.
        """
        row = await self._pool.fetchrow(
            "select size, note from publiclog.head where log = $1 and size = coalesce($2,"
            " (select max(size) from publiclog.head where log = $1))",
            log,
            size,
        )
        if row is None:
            raise NoSuchHead(log)
        note = notes.parse(row["note"])
        lines = await self._pool.fetch(
            "select witness, line from publiclog.cosignature where log = $1 and size = $2"
            " order by witness",
            log,
            row["size"],
        )
        cosigned = tuple((it["witness"], it["line"][:4], it["line"][4:]) for it in lines)
        return notes.Note(note.text, (*note.lines, *cosigned))

    async def cosigned(self, log: str, given: notes.Note) -> int:
        """Keep what witnesses that this hall knows said of one of its heads. Returns how many.

        Raises NoSuchHead, SealRefused(signature_bad | signer_unknown).
        """
        said = given.checkpoint
        ours = await self.head(log, said.size)
        if ours.text != given.text:
            raise NoSuchHead(log)
        vouched = notes.vouched(given, self.witnesses)
        if not vouched:
            raise SealRefused(Reason.SIGNER_UNKNOWN, "no witness of this hall's")
        for key in vouched:
            line = next(it for it in given.lines if it[:2] == (key.name, key.hash))
            await self._pool.execute(
                "insert into publiclog.cosignature (log, size, witness, line)"
                " values ($1, $2, $3, $4) on conflict do nothing",
                log,
                said.size,
                key.name,
                line[1] + line[2],
            )
        return len(vouched)

    async def hall_tree(self) -> merkle.Tree:
        """The hall-wide log as far as it is told; what is known of it already isn't read again."""
        async with self._reading:
            rows = await self._pool.fetch(
                "select leaf from publiclog.leaf where seq > $1 order by seq", self._tree.size
            )
            for row in rows:
                self._tree.append(row["leaf"])
        return self._tree

    async def place_of(self, log: str, size: int) -> int | None:
        """The index of an opening's head in the hall-wide log."""
        seq: int | None = await self._pool.fetchval(
            "select seq from publiclog.leaf where log = $1 and size = $2", log, size
        )
        return None if seq is None else seq - 1


async def _insert_head(
    conn: Connection, log: str, size: int, root: bytes, note: notes.Note
) -> None:
    await conn.execute(
        "insert into publiclog.head (log, size, root, note, at)"
        " values ($1, $2, $3, $4, clock_timestamp())",
        log,
        size,
        root,
        str(note),
    )
