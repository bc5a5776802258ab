"""The tender box: receives sealed tenders, freezes them at the deadline, opens them by their keys.

It implements what the hall needs of it (bidroom/ports.py), and what a bidder asks of it alone.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import Struct

from bidroom import ids
from bidroom.envelope import Actor, PersonId
from bidroom.opening import record as r
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.offer import LetterUnreadable, Offer, read_offer
from bidroom.opening.record import SealedTender, Signed
from bidroom.opening.state import Opening, Seal
from bidroom.ports import Acts, Held, Rejected, SealedPapers
from bidroom.postgres.pool import transact
from bidroom.tenders import drill
from bidroom.tenders.renewal import Dependent, parties
from bidroom.tenders.slip import (
    Drill,
    KeepOldKey,
    PackageReceived,
    PackageWithdrawn,
    Rehearse,
    SignIn,
    Slip,
    Withdraw,
)
from bidroom.tenders.slips import Slips
from bidroom.tenders.uploads import LETTER, Damaged, Papers, Uploads
from bidroom.vault import NotOurs, Vault
from crypto import keyenv, statements
from crypto import opening as unsealing
from crypto import sections as sealing
from crypto.errors import Reason as SealReason
from crypto.errors import SealRefused

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

HELD_BYTES: Final = 8 * 1024
_encode = msgspec.json.Encoder().encode


class Opened(Struct, frozen=True):
    """What a right key opened: kept shut until the read-out."""

    keys: tuple[str, ...]  # hex, by section
    offer: Offer | None
    unreadable: str | None


_decode = msgspec.json.Decoder(Opened).decode


class DrillNote(Struct, frozen=True):
    """What the hall gives out sealed, and so need not keep."""

    word: bytes
    until: datetime


class Package(NamedTuple):
    """What a bidder's browser needs to rehearse and to decrypt."""

    upload: str
    papers: Papers
    heads: tuple[bytes, ...]


class Mine(NamedTuple):
    """A bidder's own standing before the deadline."""

    slip: Slip
    unfinished: bool  # an upload was begun


class TenderBox:
    def __init__(
        self, pool: Pool, vault: Vault, slips: Slips, uploads: Uploads, acts: Acts
    ) -> None:
        self._pool, self._vault, self._acts = pool, vault, acts
        self._slips, self.uploads = slips, uploads
        self.bodies_wanted: Callable[[str, PersonId], None] = lambda _lot, _bidder: None

    # For the hall.

    async def announce(self, conn: Connection, lot: str, deadline: datetime) -> None:
        await conn.execute(
            "insert into tenders.lot (lot, deadline, intake_public) values ($1, $2, $3)"
            " on conflict (lot) do update set deadline = $2",
            lot,
            deadline,
            self._vault.lot(lot).public,
        )

    async def freeze(self, conn: Connection, lot: str) -> tuple[SealedTender, ...]:
        public = await conn.fetchval(
            "select intake_public from tenders.lot where lot = $1 for update", lot
        )
        # With another secret no slip could be read, and the lot would look as if nobody had bid.
        self._vault.lot(lot).require(public)
        await conn.execute(
            "update tenders.lot set frozen_at = coalesce(frozen_at, clock_timestamp())"
            " where lot = $1",
            lot,
        )
        found = []
        for bidder, slip in (await self._slips.all(conn, lot)).items():
            if slip.package is None:
                continue
            upload, seal = slip.package.upload, slip.package.seal
            found.append(
                SealedTender(
                    bidder=bidder,
                    name=slip.package.name,
                    seal=seal,
                    version=slip.package.version,
                    received_at=slip.package.at,
                    size_bytes=slip.package.size_bytes,
                    signed_in_at=slip.signed_in_at,
                    intact=await self.uploads.intact(conn, lot, upload, seal),
                )
            )
        return tuple(found)

    async def require_secret(self) -> None:
        """Whether the hall has the secret that its lots are sealed with. Raises WrongSecret."""
        rows = await self._pool.fetch(
            "select lot, intake_public from tenders.lot where frozen_at is null"
        )
        for row in rows:
            self._vault.lot(row["lot"]).require(row["intake_public"])

    async def unlock(
        self,
        conn: Connection,
        opening: Opening,
        by: Actor,
        keys: Sequence[str],
        act: Signed,
        at: datetime,
    ) -> Held:
        lot = opening.facts.notice.lot
        try:
            package = await self.package(conn, lot, by.id)
        except Damaged:
            raise Rejected(Reason.SEAL_BROKEN) from None
        await self._check_statement(conn, lot, by, act, package, at)
        if len(keys) != len(package.heads):
            raise Rejected(SealReason.WRONG_KEY, evidence=True)
        raw = [bytes.fromhex(key) for key in keys]
        for section, (key, head) in enumerate(zip(raw, package.heads, strict=True)):
            try:
                unsealing.check_key(package.papers.header, section, key, head)
            except SealRefused as refused:
                raise Rejected(refused.reason, evidence=True) from None
        opened = await self._read(opening, package, keys)
        return Held(by.id, self._vault.seal("held", _padded(opened), f"{lot} {by.id}"))

    async def _check_statement(
        self,
        conn: Connection,
        lot: str,
        by: Actor,
        act: Signed,
        package: Package,
        at: datetime,
    ) -> None:
        """`by` signed, just now, for this very package and a record that is ours."""
        self._acts.signer(by, act, at)
        try:
            said = statements.parse(act.statement.encode())
            nonce = said.get("challenge")
            if not isinstance(nonce, str):
                raise Rejected(SealReason.STATEMENT_ALTERED)
            challenge = await self._acts.spend(conn, lot, by, "open", nonce, at)
            commitments = [sealing.commitment(head).hex() for head in package.heads]
            expected = statements.open_statement(
                lot,
                challenge.nonce,
                package.papers.seal_sha256,
                list(range(len(commitments))),
                commitments,
                challenge.log_size,
                challenge.log_root,
            )
            statements.same(expected, act.statement.encode())
        except SealRefused as refused:
            raise Rejected(refused.reason) from None

    async def _read(self, opening: Opening, package: Package, keys: Sequence[str]) -> Opened:
        """Read the letter. A letter that can't be read is the sealer's own doing: never retried."""
        papers = package.papers
        try:
            letter = await self._letter(package)
            said = unsealing.read_letter(papers.header, bytes.fromhex(keys[0]), letter)
            return Opened(tuple(keys), read_offer(opening.facts.notice, said), None)
        except Damaged:
            raise Rejected(Reason.SEAL_BROKEN) from None
        except SealRefused as refused:
            return Opened(tuple(keys), None, refused.reason)
        except LetterUnreadable as unreadable:
            return Opened(tuple(keys), None, str(unreadable))

    async def hold(self, conn: Connection, lot: str, held: Held) -> None:
        await conn.execute(
            "insert into tenders.held (lot, bidder, sealed) values ($1, $2, $3)",
            lot,
            held.bidder,
            held.sealed,
        )

    async def held(self, conn: Connection, lot: str, bidder: PersonId) -> Opened | None:
        sealed = await conn.fetchval(
            "select sealed from tenders.held where lot = $1 and bidder = $2", lot, bidder
        )
        if sealed is None:
            return None
        return _decode(self._vault.open("held", sealed, f"{lot} {bidder}"))

    async def outcomes(
        self, conn: Connection, opening: Opening
    ) -> dict[PersonId, r.ReadOut | r.Unreadable]:
        lot, found = opening.facts.notice.lot, dict[PersonId, r.ReadOut | r.Unreadable]()
        for bidder, tender in opening.tenders.items():
            if tender.seal is not Seal.DECRYPTED:
                continue
            opened = await self.held(conn, lot, bidder)
            assert opened is not None, "what was decrypted was held in the same transaction"
            if opened.offer is not None:
                found[bidder] = r.ReadOut(opened.offer, opened.keys[0])
            else:
                found[bidder] = r.Unreadable(opened.unreadable or "", opened.keys[0])
        return found

    def body_wanted(self, lot: str, bidder: PersonId) -> None:
        self.bodies_wanted(lot, bidder)

    # For a bidder, about itself.

    async def slip(self, lot: str, bidder: PersonId) -> Slip:
        async with self._pool.acquire() as conn:
            return await self._slips.read(conn, lot, bidder)

    async def mine(self, bidder: PersonId, lots: Sequence[str]) -> dict[str, Mine]:
        """How far the bidder has come with each of `lots`."""
        async with self._pool.acquire() as conn:
            slips = await self._slips.mine(conn, bidder, lots)
            unfinished = await self.uploads.unfinished(conn, bidder, lots)
        return {lot: Mine(slips.get(lot, Slip()), lot in unfinished) for lot in lots}

    async def sign_in(self, opening: Opening, bidder: PersonId) -> Slip:
        return await self._step(opening, bidder, SignIn())

    async def rehearsed(self, opening: Opening, bidder: PersonId, ok: bool) -> Slip:
        return await self._step(opening, bidder, Rehearse(ok))

    async def drill(self, lot: str, bidder: PersonId) -> tuple[str, bytes]:
        """A word for the bidder's key: the drill's ticket, and a key envelope that holds the word.

        Raises Refusal(no_tender).
        """
        package = await self.own_package(lot, bidder)
        suite = package.papers.suite
        word = ids.random_bytes(suite.key)
        recipients = parties(package.papers).recipients
        envelope = keyenv.wrap(word, recipients, ids.random_bytes, suite)
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        note = _encode(DrillNote(word, at + timedelta(seconds=drill.ANSWER_S_MAX)))
        ticket = self._vault.seal("drill", note, f"{lot} {bidder}")
        return b64encode(ticket).decode(), envelope

    async def drilled(
        self, opening: Opening, bidder: PersonId, ticket: str, word: str | None
    ) -> Slip:
        """What came of a drill: the word, or None where the bidder's key couldn't unwrap it.

        Raises Refusal, Rejected(challenge_spent).
        """
        lot = opening.facts.notice.lot
        try:
            sealed = self._vault.open("drill", decoded(ticket), f"{lot} {bidder}")
        except NotOurs:
            raise Rejected("challenge_spent") from None
        note = msgspec.json.decode(sealed, type=DrillNote)
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        if at > note.until:
            raise Rejected("challenge_spent")
        ok = word is not None and compare_digest(word, note.word.hex())
        return await self._step(opening, bidder, Drill(ok))

    async def dependents(self, bidder: PersonId, lots: Sequence[str]) -> dict[str, Dependent]:
        """Those of `lots` in which a tender of the bidder's is still to be opened."""
        found = {}
        async with self._pool.acquire() as conn:
            slips = await self._slips.mine(conn, bidder, lots)
            for lot, slip in slips.items():
                if slip.package is None or await self.held(conn, lot, bidder) is not None:
                    continue
                papers = await self.uploads.papers(conn, lot, slip.package.upload)
                found[lot] = Dependent(parties(papers), slip.old_key_kept)
        return found

    async def keep_old_key(self, opening: Opening, bidder: PersonId, certificate: str) -> Slip:
        return await self._step(opening, bidder, KeepOldKey(certificate))

    async def withdraw(self, opening: Opening, by: Actor, act: Signed) -> Slip:
        """撤回, before the deadline. Raises Refusal, Rejected."""
        lot = opening.facts.notice.lot

        async def attempt(conn: Connection) -> Slip:
            slip = await self._slips.read(conn, lot, by.id)
            if slip.package is None:
                if slip.receipts and _same_act(slip.receipts[-1], act):
                    return slip  # asked again
                raise Refusal(Reason.NO_TENDER)
            at = await conn.fetchval("select clock_timestamp()")
            await self._acts.check(conn, lot, by, "withdraw", slip.package.seal, act, at)
            return (await self._slips.turn(conn, lot, by.id, Withdraw(act), opening.phase)).slip

        return await transact(self._pool, attempt, repeatable=True)

    async def _step(
        self, opening: Opening, bidder: PersonId, command: SignIn | Rehearse | Drill | KeepOldKey
    ) -> Slip:
        lot = opening.facts.notice.lot

        async def attempt(conn: Connection) -> Slip:
            return (await self._slips.turn(conn, lot, bidder, command, opening.phase)).slip

        return await transact(self._pool, attempt, repeatable=True)

    async def package(self, conn: Connection, lot: str, bidder: PersonId) -> Package:
        """The bidder's current package. Raises Refusal(no_tender)."""
        slip = await self._slips.read(conn, lot, bidder)
        if slip.package is None:
            raise Refusal(Reason.NO_TENDER)
        upload = slip.package.upload
        papers = await self.uploads.papers(conn, lot, upload)
        return Package(upload, papers, await self.uploads.heads(upload, papers))

    async def own_package(self, lot: str, bidder: PersonId) -> Package:
        async with self._pool.acquire() as conn:
            return await self.package(conn, lot, bidder)

    async def own_offer(self, lot: str, bidder: PersonId) -> Opened | None:
        async with self._pool.acquire() as conn:
            return await self.held(conn, lot, bidder)

    # For the published record.

    async def published_papers(self, lot: str, bidder: PersonId) -> SealedPapers:
        async with self._pool.acquire() as conn:
            package = await self.package(conn, lot, bidder)
        papers = package.papers
        return SealedPapers(
            papers.header, papers.seal, papers.signature, await self._letter(package)
        )

    async def _letter(self, package: Package) -> bytes:
        """The sealed letter. Raises Damaged."""
        count = len(package.papers.leaves[LETTER])
        parts = [
            await self.uploads.part(package.upload, package.papers, LETTER, part)
            for part in range(count)
        ]
        return b"".join(parts)


def _padded(opened: Opened) -> bytes:
    """So that not even the number of a price's digits shows."""
    plain = _encode(opened)
    return plain + b" " * (-len(plain) % HELD_BYTES)


def _same_act(receipt: PackageReceived | PackageWithdrawn, act: Signed) -> bool:
    return isinstance(receipt, PackageWithdrawn) and receipt.act == act


def decoded(text: str) -> bytes:
    """Base64 from a browser. Raises Rejected."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Rejected(SealReason.NOT_CANONICAL, "base64") from None
