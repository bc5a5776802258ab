"""Uploading a sealed tender: judged before its parts come, each part as it comes, and whole.

What can be said of a package without its ciphertext is said at once (crypto.accept); each part is
held against its leaf hash; with the last part the package is received, at an instant read from the
database's clock under the lot's lock. Nobody waits for a check that could have been made before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import Struct

from bidroom import ids
from bidroom.envelope import PersonId
from bidroom.opening.commands import Reason, require
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening
from bidroom.ports import Rejected
from bidroom.postgres.pool import transact
from bidroom.tenders.receipts import receipt_statement
from bidroom.tenders.slip import PackageReceived, PackageWithdrawn, Receive, Slip
from bidroom.tenders.slips import Slips
from bidroom.tenders.stamps import Stamps
from bidroom.tenders.store import NoSuchPart, PartStore
from bidroom.vault import NotOurs
from crypto import accept, merkle
from crypto.errors import Reason as SealReason
from crypto.errors import SealRefused
from crypto.header import Header, Manifest
from crypto.sections import HEAD
from crypto.suites import Ciphers
from crypto.trust import Crl, TrustList

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

PAPERS_BYTES: Final = 64 * 1024  # papers are padded to multiples of this
UPLOADS_MAX: Final = 50  # of one bidder for one lot: nobody fills the store
LETTER: Final = 0
BEFORE: Final = frozenset({Phase.SCHEDULED, Phase.LOBBY})
_encode = msgspec.json.Encoder().encode


class Papers(Struct, frozen=True):
    """A package without its ciphertext, and whose it is."""

    bidder: PersonId
    name: str
    notice_sha256: str
    header: bytes
    keyenv: bytes
    seal: bytes
    signature: bytes
    seal_sha256: str
    lengths: tuple[int, ...]
    leaves: tuple[tuple[bytes, ...], ...]  # of each part, by section
    crl: Crl = Crl.MISSING  # how its certificates stood when first judged; what older rows lack

    @property
    def suite(self) -> Ciphers:
        return Header.parse(self.header).suite


_decode = msgspec.json.Decoder(Papers).decode


class Progress(NamedTuple):
    upload: str
    lot: str
    received: PackageReceived | None
    missing: tuple[tuple[int, int], ...]  # section and part


class Taken(NamedTuple):
    """What became of a part."""

    lot: str
    received: PackageReceived | None
    missing_count: int


class _Row(NamedTuple):
    lot: str
    papers: Papers
    received: bool
    late: bool


class NoSuchUpload(LookupError):
    """No upload of that name, or not the asker's: they look the same."""


class Damaged(Exception):
    """What is stored is not what was received."""


class Uploads:
    def __init__(
        self,
        pool: Pool,
        slips: Slips,
        store: PartStore,
        trust: Callable[[], TrustList],
        stamps: Stamps,
    ) -> None:
        """`trust` is asked anew for each package: CRLs come and go."""
        self._pool, self._slips, self._store, self._trust = pool, slips, store, trust
        self._stamps = stamps

    async def begin(
        self,
        opening: Opening,
        bidder: PersonId,
        header: bytes,
        keyenv: bytes,
        seal: bytes,
        signature: bytes,
        leaves: Sequence[Sequence[bytes]],
    ) -> Progress:
        """Judge a package by its papers and say which parts to send. Raises Rejected.

        The same package again finds the same upload, with what is still missing of it; handed in
        again after a withdrawal or another package, it is received anew.
        """
        lot = opening.facts.notice.lot
        at = await self._pool.fetchval("select clock_timestamp()")
        require(at < opening.opens_at and opening.phase in BEFORE, Reason.TOO_LATE)
        expected = accept.Expected(
            suite=opening.facts.notice.suite,
            tender=lot,
            lot=lot,
            notice=opening.facts.notice_sha256,
            bidder=bidder,
            length_max=(accept.LENGTH_MAX[0], opening.facts.notice.body_bytes_max),
        )
        try:
            good = accept.accept(
                header, keyenv, seal, signature, leaves, expected, self._trust(), at
            )
        except SealRefused as refused:
            # Here a tender is a lot, so its name says no more than the lot's.
            foreign = refused.reason is SealReason.FOREIGN_TENDER
            reason = SealReason.FOREIGN_LOT if foreign else refused.reason
            raise Rejected(reason, refused.detail) from None
        papers = Papers(
            bidder=bidder,
            name=good.signer.subject_name,
            notice_sha256=opening.facts.notice_sha256,
            header=header,
            keyenv=keyenv,
            seal=seal,
            signature=signature,
            seal_sha256=good.seal_hash,
            lengths=good.lengths,
            leaves=tuple(tuple(section) for section in leaves),
            crl=good.crl,
        )
        upload = await self.keep(lot, papers)
        progress = await self.progress(upload, bidder)
        if progress.missing:
            return progress
        await self._receive(lot, upload, papers)
        return await self.progress(upload, bidder)

    async def keep(self, lot: str, papers: Papers) -> str:
        """An upload for papers that were accepted; the same one for the same papers."""
        vault = self._slips.lot(lot)
        ticket, digest = vault.ticket(papers.bidder), vault.ticket(papers.seal_sha256)
        others = await self._pool.fetchval(
            "select count(*) from tenders.upload where lot = $1 and ticket = $2 and digest <> $3",
            lot,
            ticket,
            digest,
        )
        if others >= UPLOADS_MAX:
            raise Rejected("uploads_spent")
        return str(
            await self._pool.fetchval(
                "insert into tenders.upload (upload, lot, ticket, digest, parts, sealed)"
                " values ($1, $2, $3, $4, $5, $6) on conflict (lot, ticket, digest)"
                " do update set digest = excluded.digest returning upload",
                ids.new_id(),
                lot,
                ticket,
                digest,
                sum(len(section) for section in papers.leaves),
                vault.seal(_encode(papers), PAPERS_BYTES),
            )
        )

    async def progress(self, upload: str, bidder: PersonId) -> Progress:
        """How far an upload of the bidder's own is. Raises NoSuchUpload."""
        async with self._pool.acquire() as conn:
            row = await self._row(conn, upload, bidder)
            slip = await self._slips.read(conn, row.lot, bidder)
            rows = await conn.fetch(
                "select section, part from tenders.part where upload = $1", upload
            )
        there = {(row["section"], row["part"]) for row in rows}
        wanted = (
            (section, part)
            for section, leaves in enumerate(row.papers.leaves)
            for part in range(len(leaves))
        )
        missing = tuple(place for place in wanted if place not in there)
        return Progress(upload, row.lot, _receipt(slip, upload), missing)

    async def put(
        self, upload: str, bidder: PersonId, section: int, part: int, data: bytes
    ) -> Taken:
        """Take a part. With the last one the package is received.

        Raises Rejected (part_altered), Refusal (too_late), NoSuchUpload.
        """
        async with self._pool.acquire() as conn:
            row = await self._row(conn, upload, bidder)
        leaves = row.papers.leaves
        if not (0 <= section < len(leaves) and 0 <= part < len(leaves[section])):
            raise NoSuchUpload(upload)
        try:
            accept.check_part(data, leaves[section][part], row.papers.suite)
        except SealRefused as refused:
            raise Rejected(refused.reason, refused.detail) from None
        if not row.received:
            require(not row.late, Reason.TOO_LATE)
            await self._store.put(upload, section, part, data)
            await self._pool.execute(
                "insert into tenders.part values ($1, $2, $3) on conflict do nothing",
                upload,
                section,
                part,
            )
        # Counted once this part is committed: of two last ones at once, the later sees both.
        there = await self._pool.fetchval(
            "select count(*) from tenders.part where upload = $1", upload
        )
        missing_count = sum(len(section) for section in leaves) - there
        if missing_count:
            return Taken(row.lot, None, missing_count)
        if not row.received:
            await self._receive(row.lot, upload, row.papers)
        async with self._pool.acquire() as conn:
            slip = await self._slips.read(conn, row.lot, bidder)
            return Taken(row.lot, _receipt(slip, upload), 0)

    async def _receive(self, lot: str, upload: str, papers: Papers) -> None:
        command = Receive(
            upload=upload,
            seal=papers.seal_sha256,
            notice_sha256=papers.notice_sha256,
            size_bytes=sum(papers.lengths),
            name=papers.name,
        )

        async def attempt(conn: Connection) -> None:
            # The rules take the same package twice for one, and the lot's own lock and deadline
            # decide: a phase in the room may lag behind.
            turn = await self._slips.turn(conn, lot, papers.bidder, command, Phase.SCHEDULED)
            if turn.events:
                await conn.execute(
                    "update tenders.upload set received = true where upload = $1", upload
                )
                received = turn.slip.package
                assert received is not None, "it was received just now"
                await self._stamps.want(conn, lot, papers.bidder, receipt_statement(lot, received))

        await transact(self._pool, attempt, repeatable=True)

    async def papers(self, conn: Connection, lot: str, upload: str) -> Papers:
        sealed = await conn.fetchval("select sealed from tenders.upload where upload = $1", upload)
        return _decode(self._slips.lot(lot).open(sealed))

    async def _row(self, conn: Connection, upload: str, bidder: PersonId) -> _Row:
        row = await conn.fetchrow(
            "select lot, ticket, sealed, received,"
            " frozen_at is not null or clock_timestamp() >= deadline as late"
            " from tenders.upload join tenders.lot using (lot) where upload = $1",
            upload,
        )
        if row is None or row["ticket"] != self._slips.lot(row["lot"]).ticket(bidder):
            raise NoSuchUpload(upload)
        papers = _decode(self._slips.lot(row["lot"]).open(row["sealed"]))
        return _Row(row["lot"], papers, row["received"], row["late"])

    async def unfinished(
        self, conn: Connection, bidder: PersonId, lots: Sequence[str]
    ) -> frozenset[str]:
        """Those of `lots` for which the bidder has begun an upload and not ended it."""
        rows = await conn.fetch(
            "select distinct lot from tenders.upload"
            " join unnest($1::text[], $2::bytea[]) as own (lot, ticket) using (lot, ticket)"
            " where not received",
            list(lots),
            [self._slips.lot(lot).ticket(bidder) for lot in lots],
        )
        return frozenset(row["lot"] for row in rows)

    async def heads(self, upload: str, papers: Papers) -> tuple[bytes, ...]:
        """The first 56 bytes of each section: what a key is judged by."""
        return tuple(
            [
                (await self.part(upload, papers, section, 0))[:HEAD]
                for section in range(len(papers.leaves))
            ]
        )

    async def part(self, upload: str, papers: Papers, section: int, part: int) -> bytes:
        """A part as it was received. Raises Damaged: that is our doing, and not the sealer's."""
        try:
            data = await self._store.get(upload, section, part)
        except NoSuchPart:
            raise Damaged(upload) from None
        return _checked(upload, papers, section, part, data)

    def part_now(self, upload: str, papers: Papers, section: int, part: int) -> bytes:
        """The same for a thread that waits."""
        try:
            data = self._store.read(upload, section, part)
        except NoSuchPart:
            raise Damaged(upload) from None
        return _checked(upload, papers, section, part, data)

    async def intact(self, conn: Connection, lot: str, upload: str, seal: str) -> bool:
        """密封核验: whether papers and letter are still those that were received.

        The files' parts were held against their leaf hashes as they came and are written once;
        they are checked again when they are opened.
        """
        try:
            papers = await self.papers(conn, lot, upload)
            for part in range(len(papers.leaves[LETTER])):
                await self.part(upload, papers, LETTER, part)
        except (NotOurs, Damaged):
            return False
        return papers.seal_sha256 == seal and _whole(papers)


def _checked(upload: str, papers: Papers, section: int, part: int, data: bytes) -> bytes:
    try:
        accept.check_part(data, papers.leaves[section][part], papers.suite)
    except SealRefused:
        raise Damaged(upload) from None
    return data


def _receipt(slip: Slip, upload: str) -> PackageReceived | None:
    """The newest receipt for an upload, unless what it says has been withdrawn."""
    for receipt in reversed(slip.receipts):
        if isinstance(receipt, PackageWithdrawn):
            return None
        if receipt.upload == upload:
            return receipt
    return None


def _whole(papers: Papers) -> bool:
    """Whether the papers fit each other. (Sealed at rest, none can have been changed unseen.)"""
    try:
        manifest, header = Manifest.parse(papers.seal), Header.parse(papers.header)
        suite = header.suite
        return (
            suite.digest(papers.seal) == papers.seal_sha256
            and manifest.header_hash == suite.digest(papers.header)
            and header.keyenv == suite.digest(papers.keyenv)
            and manifest.lengths == papers.lengths
            and all(
                merkle.root(leaves, suite).hex() == root
                for leaves, root in zip(papers.leaves, manifest.roots, strict=True)
            )
        )
    except SealRefused:
        return False
