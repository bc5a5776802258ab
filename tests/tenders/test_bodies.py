"""Stories of what becomes of files after their key came, and of a store that was damaged."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bidroom import clock
from bidroom.opening.commands import NoteBody, NoteUnreadableBody
from bidroom.ports import Rejected
from bidroom.tenders.bodies import Bodies, NoSuchFile, NotHeld
from bidroom.tenders.uploads import Damaged
from crypto.letter import FileIn
from tests.tenders.boxes import LOT, Box, Packed, open_box

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

PLAN = b"plan" * 700_000  # three parts
Found = NoteBody | NoteUnreadableBody


class Desk:
    """Takes the notes; the first `faults` of them are lost on the way."""

    def __init__(self, faults: int = 0) -> None:
        self.notes: list[tuple[str, Found]] = []
        self._faults = faults

    async def note(self, lot: str, found: Found) -> None:
        if self._faults:
            self._faults -= 1
            raise ConnectionError
        self.notes.append((lot, found))


def plan(name: str, data: bytes) -> FileIn:
    return FileIn(name, len(data), lambda offset, length: data[offset : offset + length])


async def received(box: Box, number: int = 0) -> Packed:
    packed = box.packed(number, [plan("技术标.pdf", PLAN), plan("空.txt", b"")])
    await box.in_time((await box.begin(packed)).upload, packed)
    return packed


def stored_below(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def damage(box: Box, section: int, part: int) -> None:
    (stored,) = (box.folder / "tenders").glob(f"*/*/{section}/{part:06}")
    data = bytearray(stored.read_bytes())
    data[-1] ^= 1
    stored.chmod(0o600)
    stored.write_bytes(bytes(data))


async def test_files_are_checked_once_even_if_the_hall_dies_in_between(
    pool: Pool, tmp_path: Path
) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    desk = Desk(faults=1)
    bodies = Bodies(pool, box.box, desk.note)
    assert await bodies.sweep() == 0
    await box.unlock(packed)
    with capture_logs() as logged:
        assert await bodies.sweep() == 1  # found, and then the hall went
    assert [it["log_level"] for it in logged] == ["error"]

    again = Bodies(pool, box.box, desk.note)
    assert [await again.sweep(), await again.sweep()] == [1, 0]
    ((lot, found),) = desk.notes
    assert isinstance(found, NoteBody)
    assert (lot, found.bidder) == (LOT, packed.bidder)
    assert (found.files_count, found.size_bytes) == (2, len(PLAN))

    listed = await again.files(LOT, packed.bidder)
    assert [file.sha256 for file in listed] == [sha256(PLAN).hexdigest(), sha256().hexdigest()]
    read = [b"".join([piece async for piece in again.file(LOT, packed.bidder, n)]) for n in (0, 1)]
    assert read == [PLAN, b""]
    with pytest.raises(NoSuchFile):
        await anext(again.file(LOT, packed.bidder, 2))


async def test_nothing_decrypted_lies_on_the_disk(pool: Pool, tmp_path: Path) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    await box.unlock(packed)
    bodies = Bodies(pool, box.box, Desk().note)
    await bodies.sweep()
    assert not [data for data in stored_below(tmp_path) if PLAN[:64] in data]
    sealed = await pool.fetchval("select sealed from tenders.held")
    assert len(sealed) % 1024 == 28, "padded, with a nonce and a tag"
    assert b"price" not in sealed


async def test_without_a_key_there_are_no_files(pool: Pool, tmp_path: Path) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    bodies = Bodies(pool, box.box, Desk().note)
    with pytest.raises(NotHeld):
        await bodies.files(LOT, packed.bidder)


async def test_a_damaged_store_is_the_halls_fault_and_not_the_bidders(
    pool: Pool, tmp_path: Path
) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    await box.unlock(packed)
    damage(box, 1, 2)
    desk = Desk()
    await Bodies(pool, box.box, desk.note).sweep()
    assert desk.notes == [(LOT, NoteUnreadableBody(packed.bidder, "seal_broken"))]


async def test_a_damaged_letter_is_found_at_the_freeze_and_never_read_as_unreadable(
    pool: Pool, tmp_path: Path
) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    damage(box, 0, 0)
    with pytest.raises(Rejected, match="seal_broken") as no:
        await box.unlock(packed)
    assert not no.value.evidence, "it says nothing against the bidder"
    async with pool.acquire() as conn, conn.transaction():
        (tender,) = await box.box.freeze(conn, LOT)
    assert not tender.intact


async def test_a_part_that_is_gone_is_noticed(pool: Pool, tmp_path: Path) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    package = await box.box.own_package(LOT, packed.bidder)
    (stored,) = (box.folder / "tenders").glob("*/*/1/000001")
    stored.unlink()
    with pytest.raises(Damaged):
        await box.uploads.part(package.upload, package.papers, 1, 1)
    with pytest.raises(Damaged):
        box.uploads.part_now(package.upload, package.papers, 1, 1)


async def test_a_part_is_written_once(pool: Pool, tmp_path: Path) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    packed = await received(box)
    (stored,) = (box.folder / "tenders").glob("*/*/0/000000")
    before = stored.stat()
    await box.uploads._store.put((await box.begin(packed)).upload, 0, 0, b"something else")
    assert stored.stat().st_mtime_ns == before.st_mtime_ns
    assert stored.read_bytes() == packed.parts[0, 0]
