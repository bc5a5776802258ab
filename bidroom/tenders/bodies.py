"""The files of decrypted tenders: checked in the background, and read from the read-out on.

However large they are, nobody in the room waits for them, and nothing of them is written down in
the clear: they are decrypted as they are read, in pieces of 1 MiB, in a thread. What is still to be
checked stands in the database, so that a hall that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from bidroom.envelope import PersonId
from bidroom.opening.commands import NoteBody, NoteUnreadableBody, Reason
from bidroom.sweeping import sweep_for_ever
from bidroom.tenders.box import Package, TenderBox
from bidroom.tenders.uploads import Damaged
from crypto import letter
from crypto import opening as unsealing
from crypto.errors import SealRefused
from crypto.letter import BodyIndex, FileEntry, FilePiece

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

AT_ONCE_MAX: Final = 2
SWEEP_S: Final = 15.0
BODY: Final = 1
Note: TypeAlias = Callable[[str, NoteBody | NoteUnreadableBody], Awaitable[object]]
log = structlog.get_logger()


class NotHeld(LookupError):
    """There is no key to this tender here."""


class NoSuchFile(LookupError):
    """The tender has no file of that number."""


class Bodies:
    """`note` puts what was found to the record, and does nothing the second time."""

    def __init__(self, pool: Pool, box: TenderBox, note: Note) -> None:
        self._pool, self._box, self._note = pool, box, note
        self._hinted = asyncio.Event()
        box.bodies_wanted = lambda _lot, _bidder: self._hinted.set()

    async def run(self) -> None:
        """Check bodies for ever. Whatever goes wrong is said in the log and tried again."""
        await sweep_for_ever(
            self.sweep,
            self._hinted,
            SWEEP_S,
            lambda _: log.exception("bodies could not be checked"),
        )

    async def sweep(self) -> int:
        """Check whatever is unchecked, two at once; returns how many there were."""
        rows = await self._pool.fetch(
            "select lot, bidder from tenders.held where not body_done order by lot, bidder"
        )
        turn = asyncio.Semaphore(AT_ONCE_MAX)

        async def one(lot: str, bidder: PersonId) -> None:
            async with turn:
                try:
                    await self._settle(lot, bidder)
                except Exception:  # the others must not wait for this one
                    log.exception("a body could not be checked")

        async with asyncio.TaskGroup() as tasks:
            for row in rows:
                tasks.create_task(one(row["lot"], row["bidder"]))
        return len(rows)

    async def _settle(self, lot: str, bidder: PersonId) -> None:
        key, package = await self._opened(lot, bidder)
        found = await asyncio.to_thread(self._check, bidder, key, package)
        await self._note(lot, found)
        await self._pool.execute(
            "update tenders.held set body_done = true where lot = $1 and bidder = $2", lot, bidder
        )

    def _check(
        self, bidder: PersonId, key: bytes, package: Package
    ) -> NoteBody | NoteUnreadableBody:
        """In a thread: read it all, and say what it is. What is decrypted is let go at once."""
        files: tuple[FileEntry, ...] = ()
        try:
            for item in self._items(key, package):
                if isinstance(item, BodyIndex):
                    files = item.files
        except Damaged:
            return NoteUnreadableBody(bidder, Reason.SEAL_BROKEN)
        except SealRefused as refused:
            return NoteUnreadableBody(bidder, refused.reason)
        index = sha256(letter.body_start(files)[4:]).hexdigest()
        return NoteBody(bidder, index, len(files), sum(file.size for file in files))

    async def files(self, lot: str, bidder: PersonId) -> tuple[FileEntry, ...]:
        """What the sealed index says. Raises NotHeld; SealRefused(unreadable_body)."""
        key, package = await self._opened(lot, bidder)

        def index() -> tuple[FileEntry, ...]:
            first = next(self._items(key, package))
            assert isinstance(first, BodyIndex), "a body begins with its index"
            return first.files

        return await asyncio.to_thread(index)

    async def file(self, lot: str, bidder: PersonId, number: int) -> AsyncIterator[bytes]:
        """One file's bytes, decrypted as they are asked for.

        Raises NotHeld, NoSuchFile; SealRefused(unreadable_body) when its hash is wrong at the end.
        """
        key, package = await self._opened(lot, bidder)
        items = self._items(key, package)

        def following() -> FilePiece | None:
            for item in items:
                if isinstance(item, FilePiece) and item.file == number:
                    return item
            return None

        while (piece := await asyncio.to_thread(following)) is not None:
            if piece.data:
                yield piece.data
            if piece.done:
                return
        raise NoSuchFile(number)

    async def _opened(self, lot: str, bidder: PersonId) -> tuple[bytes, Package]:
        opened = await self._box.own_offer(lot, bidder)
        if opened is None:
            raise NotHeld(lot)
        return bytes.fromhex(opened.keys[BODY]), await self._box.own_package(lot, bidder)

    def _items(self, key: bytes, package: Package) -> Iterator[BodyIndex | FilePiece]:
        uploads, papers = self._box.uploads, package.papers
        count = len(papers.leaves[BODY])
        parts = (uploads.part_now(package.upload, papers, BODY, part) for part in range(count))
        return unsealing.read_body(papers.header, key, parts)
