"""Where slips lie: in the database, sealed to the lot's intake key, one row a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import structlog

from bidroom.envelope import PersonId
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.record import Phase
from bidroom.tenders.slip import Slip, SlipCommand, SlipEvent, decide, evolve, replay
from bidroom.vault import LotVault, NotOurs, Vault

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection

STEP_BYTES: Final = 16 * 1024  # every step is padded to this: a withdrawal looks like a sign-in
log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class Step(msgspec.Struct, frozen=True):
    """What a row holds: the bidder is inside, for nobody can turn a ticket around."""

    bidder: PersonId
    event: SlipEvent


_decode = msgspec.json.Decoder(Step).decode


class Turn(NamedTuple):
    slip: Slip
    events: tuple[SlipEvent, ...]


class Slips:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def lot(self, lot: str) -> LotVault:
        return self._vault.lot(lot)

    async def read(self, conn: Connection, lot: str, bidder: PersonId) -> Slip:
        vault = self.lot(lot)
        rows = await conn.fetch(
            "select sealed from tenders.slip where lot = $1 and ticket = $2 order by seq",
            lot,
            vault.ticket(bidder),
        )
        return replay(_decode(vault.open(row["sealed"])).event for row in rows)

    async def mine(
        self, conn: Connection, bidder: PersonId, lots: Sequence[str]
    ) -> dict[str, Slip]:
        """The bidder's slips for many lots at once; lots for which it did nothing aren't in it."""
        found: dict[str, list[SlipEvent]] = {}
        vaults = {lot: self.lot(lot) for lot in lots}
        rows = await conn.fetch(
            "select lot, sealed from tenders.slip"
            " join unnest($1::text[], $2::bytea[]) as own (lot, ticket) using (lot, ticket)"
            " order by lot, seq",
            list(lots),
            [vault.ticket(bidder) for vault in vaults.values()],
        )
        for row in rows:
            step = _decode(vaults[row["lot"]].open(row["sealed"]))
            found.setdefault(row["lot"], []).append(step.event)
        return {lot: replay(events) for lot, events in found.items()}

    async def turn(
        self, conn: Connection, lot: str, bidder: PersonId, command: SlipCommand, phase: Phase
    ) -> Turn:
        """Put `command` to the slip's rules, in a transaction, judged by the database's clock.

        The lot's row is locked FOR SHARE before the clock is read, and the freeze locks it FOR
        UPDATE: whatever is stored as in time is in the freeze.
        """
        lot_row = await conn.fetchrow(
            "select deadline, frozen_at, intake_public from tenders.lot where lot = $1 for share",
            lot,
        )
        if lot_row is None:
            raise Refusal(Reason.NO_SUCH_OPENING)
        vault = self.lot(lot)
        vault.require(lot_row["intake_public"])
        ticket = vault.ticket(bidder)
        await conn.execute(
            "select pg_advisory_xact_lock($1)", int.from_bytes(ticket[:8], "big", signed=True)
        )
        slip = await self.read(conn, lot, bidder)
        at: datetime = await conn.fetchval("select clock_timestamp()")
        if lot_row["frozen_at"] is not None:
            raise Refusal(Reason.TOO_LATE)
        events = tuple(decide(slip, command, phase, lot_row["deadline"], at))
        for event in events:
            slip = evolve(slip, event)
            await conn.execute(
                "insert into tenders.slip (lot, ticket, seq, sealed)"
                " select $1, $2, count(*) + 1, $3 from tenders.slip"
                " where lot = $1 and ticket = $2",
                lot,
                ticket,
                vault.seal(_encode(Step(bidder, event)), STEP_BYTES),
            )
        return Turn(slip, events)

    async def all(self, conn: Connection, lot: str) -> dict[PersonId, Slip]:
        """Every slip of a lot. Only for the freeze, and after it."""
        vault, found = self.lot(lot), dict[PersonId, list[SlipEvent]]()
        rows = await conn.fetch(
            "select sealed from tenders.slip where lot = $1 order by ticket, seq", lot
        )
        for row in rows:
            try:
                step = _decode(vault.open(row["sealed"]))
            except NotOurs:  # one damaged row must not keep a whole lot shut
                log.error("a row of a slip is damaged")
                continue
            found.setdefault(step.bidder, []).append(step.event)
        return {bidder: replay(events) for bidder, events in sorted(found.items())}
