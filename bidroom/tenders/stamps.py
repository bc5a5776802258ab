"""Time-stamps under receipts, where a time-stamping authority is configured (RFC 3161).

A receipt never waits for one, and loses nothing without one: what is to be stamped is noted in the
transaction that receives the package, and asked for afterwards, until the authority answers. What
lies in the database is sealed to the lot's intake key and found by a ticket, like everything that
ties a bidder to a lot. The authority sees a hash, of all lots of the centre in one stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import httpx2
import msgspec
import structlog
from msgspec import Struct

from bidroom.envelope import PersonId
from bidroom.sweeping import sweep_for_ever
from bidroom.vault import Vault
from crypto import stamps
from crypto.certificates import Certificate
from crypto.errors import SealRefused

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

STAMP_BYTES: Final = 16 * 1024  # a row is padded to this, with its stamp and without
SWEEP_S: Final = 5.0
AT_ONCE: Final = 50
TIMEOUT_S: Final = 15.0
log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class Wanted(Struct, frozen=True):
    """A statement, and the TimeStampResp over it once it came (DER)."""

    statement: str
    stamp: bytes | None


_decode = msgspec.json.Decoder(Wanted).decode


class Stamps:
    def __init__(
        self, pool: Pool, vault: Vault, tsa: str | None, roots: Sequence[Certificate]
    ) -> None:
        """`tsa`: its address, None for none; `roots`: what its certificates lead to."""
        self._pool, self._vault, self._tsa, self._roots = pool, vault, tsa, tuple(roots)
        self.news = asyncio.Event()  # set it when something is to be stamped; late is no harm

    async def want(self, conn: Connection, lot: str, bidder: PersonId, statement: bytes) -> None:
        """In the transaction that makes a receipt: it is to be stamped."""
        if self._tsa is None:
            return
        await conn.execute(
            "insert into tenders.stamp (id, lot, sealed) values ($1, $2, $3)"
            " on conflict do nothing",
            self._id(lot, bidder, statement),
            lot,
            self._sealed(lot, Wanted(statement.decode(), None)),
        )
        self.news.set()

    async def find(self, lot: str, bidder: PersonId, statement: bytes) -> bytes | None:
        """The TimeStampResp over a statement of this bidder's, if it came."""
        sealed = await self._pool.fetchval(
            "select sealed from tenders.stamp where id = $1", self._id(lot, bidder, statement)
        )
        return None if sealed is None else _decode(self._vault.lot(lot).open(sealed)).stamp

    async def run(self) -> None:
        """Ask for stamps for ever; an authority that doesn't answer is asked again."""
        await sweep_for_ever(
            self.sweep,
            self.news,
            SWEEP_S,
            lambda fault: log.warning(
                "receipts could not be time-stamped", fault=type(fault).__name__
            ),
        )

    async def sweep(self) -> int:
        """Ask for what is still to be stamped. Returns how many were."""
        if self._tsa is None:
            return 0
        rows = await self._pool.fetch(
            "select id, lot, sealed from tenders.stamp where not stamped limit $1", AT_ONCE
        )
        async with httpx2.AsyncClient(timeout=TIMEOUT_S) as http:
            for row in rows:
                wanted = _decode(self._vault.lot(row["lot"]).open(row["sealed"]))
                stamp = await self._ask(http, wanted.statement.encode())
                await self._pool.execute(
                    "update tenders.stamp set sealed = $2, stamped = true"
                    " where id = $1 and not stamped",
                    row["id"],
                    self._sealed(row["lot"], Wanted(wanted.statement, stamp)),
                )
        return len(rows)

    async def _ask(self, http: httpx2.AsyncClient, statement: bytes) -> bytes:
        assert self._tsa is not None
        answer = await http.post(
            self._tsa,
            content=stamps.request(statement),
            headers={"Content-Type": "application/timestamp-query"},
        )
        answer.raise_for_status()
        try:
            stamps.time_of(answer.content, statement, self._roots)
        except SealRefused as refused:
            log.error("the time-stamping authority's answer does not hold", reason=refused.reason)
            raise
        return answer.content

    def _id(self, lot: str, bidder: PersonId, statement: bytes) -> bytes:
        return self._vault.lot(lot).ticket(f"{bidder} {statement.decode()}")

    def _sealed(self, lot: str, wanted: Wanted) -> bytes:
        return self._vault.lot(lot).seal(_encode(wanted), STAMP_BYTES)
