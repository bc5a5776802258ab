"""Small real stand-ins for the tender box and for those who know certificates.

They keep the ports' promises (bidroom/ports.py) for tests that are about the hall: the box holds
tenders whose right key is made from the bidder's code, and an act is good if its text is its
purpose and what it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening.policy import Notice, Policy, standard_fields
from bidroom.opening.record import Person, ReadOut, SealedTender, Signed, Unreadable
from bidroom.opening.state import Opening
from bidroom.ports import Challenge, Held, Rejected
from crypto.certificates import Certificate
from tests.opening.people import OFFER

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection

HOST = Actor(Role.AGENT, PersonId("host-1"))
RESERVE = Actor(Role.AGENT, PersonId("host-2"))
SCRIBE = Actor(Role.AGENT, PersonId("recorder"))
FIRMS = [Actor(Role.BIDDER, PersonId(f"9132010000000{n:03}")) for n in range(4)]


def key_of(bidder: PersonId) -> str:
    """The right key to this bidder's tender, hex."""
    return sha256(f"key of {bidder}".encode()).hexdigest()


def act(text: str) -> Signed:
    return Signed(text, "c2ln", "Y2VydA==")


class PaperBox:
    """A tender box that holds one tender of each of `firms`, received the instant it was built."""

    def __init__(self, firms: Sequence[Actor], received_at: datetime) -> None:
        self._firms, self._received_at = firms, received_at
        self.deadlines: dict[str, datetime] = {}
        self.frozen: list[str] = []
        self.bodies: list[tuple[str, PersonId]] = []

    async def announce(self, conn: Connection, lot: str, deadline: datetime) -> None:
        self.deadlines[lot] = deadline

    async def freeze(self, conn: Connection, lot: str) -> tuple[SealedTender, ...]:
        self.frozen.append(lot)
        return tuple(
            SealedTender(
                bidder=firm.id,
                name=f"{firm.id} 公司",
                seal=sha256(f"{lot} {firm.id}".encode()).hexdigest(),
                version=1,
                received_at=self._received_at,
                size_bytes=10_000,
                signed_in_at=None,
                intact=True,
            )
            for firm in self._firms
        )

    async def unlock(
        self,
        conn: Connection,
        opening: Opening,
        by: Actor,
        keys: Sequence[str],
        act: Signed,
        at: datetime,
    ) -> Held:
        if act.statement != "open":
            raise Rejected("statement_altered")
        if keys[0] != key_of(by.id):
            raise Rejected("wrong_key", evidence=True)
        return Held(by.id, b"held")

    async def hold(self, conn: Connection, lot: str, held: Held) -> None:
        """What a right key opens is the same for all (`OFFER`): nothing needs keeping."""

    async def outcomes(
        self, conn: Connection, opening: Opening
    ) -> dict[PersonId, ReadOut | Unreadable]:
        decrypted = [who for who, it in opening.tenders.items() if it.seal == "decrypted"]
        return {who: ReadOut(OFFER, key_of(who)) for who in decrypted}

    def body_wanted(self, lot: str, bidder: PersonId) -> None:
        self.bodies.append((lot, bidder))


class Clerk:
    """Checks acts: the statement must be the purpose and the subject."""

    def signer(self, by: Actor, act: Signed, at: datetime) -> Certificate:
        raise AssertionError("the hall asks `check`")

    async def spend(
        self, conn: Connection, lot: str, by: Actor, purpose: str, nonce: str, at: datetime
    ) -> Challenge:
        raise AssertionError("the hall asks `check`")

    async def check(
        self,
        conn: Connection,
        lot: str,
        by: Actor,
        purpose: str,
        subject: str,
        act: Signed,
        at: datetime,
    ) -> None:
        if act.statement != f"{purpose} {subject}":
            raise Rejected("statement_altered")


class Counter:
    """Gives out tickets, each good for one line."""

    def __init__(self) -> None:
        self._tickets: dict[str, Actor] = {}

    def give(self, actor: Actor) -> str:
        ticket = f"ticket {len(self._tickets)} {actor.id}"
        self._tickets[ticket] = actor
        return ticket

    async def redeem(self, ticket: str, opening: str) -> Actor | None:
        return self._tickets.pop(ticket, None)


def schedule(
    opens_at: datetime, *, lot: str = "LOT-001", policy: Policy | None = None
) -> c.Schedule:
    return c.Schedule(
        title="一号路工程施工一标段",
        project="一号路工程",
        notice=Notice(lot=lot, fields=standard_fields()),
        opens_at=opens_at,
        policy=policy or Policy(),
        hosts=(Person(HOST.id, "张主持"), Person(RESERVE.id, "李备用")),
        recorder=Person(SCRIBE.id, "赵记录"),
    )


def soon(at: datetime) -> datetime:
    """A deadline that is near enough for a test, and far enough to be scheduled in time."""
    return at + timedelta(milliseconds=300)
