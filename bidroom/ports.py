"""What the hall needs of others: the tender box, and whoever checks what people sign.

They are given the connection of the transaction in which the hall writes, so that what they keep
and what stands on the record are stored together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bidroom.envelope import Actor, PersonId
from bidroom.opening.commands import Handed, Revealed
from bidroom.opening.plan import DrawPlan
from bidroom.opening.record import ReadOut, SealedTender, Signed, Unreadable
from bidroom.opening.state import Opening
from crypto.certificates import Certificate

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection


class Rejected(Exception):
    """A key, a statement or a signature isn't what it must be: an answer, and not a fault.

    `evidence` says that it belongs on the record: somebody came in time with the wrong key.
    """

    def __init__(self, reason: str, detail: str = "", *, evidence: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.detail, self.evidence = reason, detail, evidence


class Held(NamedTuple):
    """What a right key opened, sealed again to a key of the hall's that is in no database."""

    bidder: PersonId
    sealed: bytes


class Box(Protocol):
    """The tender box (bidroom/tenders/)."""

    async def announce(self, conn: Connection, lot: str, deadline: datetime) -> None:
        """A lot was scheduled or postponed: this is its deadline now."""

    async def freeze(self, conn: Connection, lot: str) -> tuple[SealedTender, ...]:
        """Stop receiving, and tell what was received in time, ordered by credit code."""

    async def unlock(
        self,
        conn: Connection,
        opening: Opening,
        by: Actor,
        keys: Sequence[str],
        act: Signed,
        at: datetime,
    ) -> Held:
        """Check act and keys, and open the letter. Raises Rejected."""

    async def hold(self, conn: Connection, lot: str, held: Held) -> None:
        """Keep what was opened until the read-out."""

    async def outcomes(
        self, conn: Connection, opening: Opening
    ) -> dict[PersonId, ReadOut | Unreadable]:
        """What was held, for the read-out: of every tender decrypted."""

    def body_wanted(self, lot: str, bidder: PersonId) -> None:
        """After the commit: this tender's files may be opened. A hint; a sweep makes sure."""


class SealedPapers(NamedTuple):
    """What of a sealed tender is published once its letter was read out."""

    header: bytes
    seal: bytes
    signature: bytes  # CAdES over `seal`
    letter: bytes  # the letter's ciphertext, whole


class Challenge(NamedTuple):
    """What a person was given to sign, once, for one purpose in one opening."""

    nonce: str  # 32 bytes, hex
    issued: datetime
    expires: datetime
    log_size: int  # the record that was shown with it
    log_root: str


class Acts(Protocol):
    """Whoever knows certificates and challenges (bidroom/people/)."""

    def signer(self, by: Actor, act: Signed, at: datetime) -> Certificate:
        """The good certificate of `by` (a renewed one will do) that the signature holds for.

        Raises Rejected.
        """

    async def spend(
        self, conn: Connection, lot: str, by: Actor, purpose: str, nonce: str, at: datetime
    ) -> Challenge:
        """The unspent challenge of that nonce, spent. Raises Rejected."""

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
        """`by` signed just this `bidroom/act/2`: signer and spend, and the text rebuilt.

        Raises Rejected.
        """


class Draws(Protocol):
    """The platform's own part in draws, and whoever can put shares together (people/draws.py)."""

    def check(self, plan: DrawPlan, lot: str, at: datetime) -> None:
        """Every contribution is signed by its contributor, and what is for the hall can be opened.

        Raises Rejected(draw_commitment), naming the contributor.
        """

    def reveal(self, opening: Opening, size: int, root: str, at: datetime) -> Revealed | None:
        """The hall's own share; None where its key doesn't open it any more: others restore it."""

    def parts(self, opening: Opening, size: int, root: str, at: datetime) -> tuple[Handed, ...]:
        """What the hall holds of the shares that weren't revealed."""

    def restored(self, opening: Opening, of: PersonId, parts: Mapping[PersonId, str]) -> str | None:
        """The share that the parts give; None while they don't give what was committed to."""


class Tickets(Protocol):
    async def redeem(self, ticket: str, opening: str) -> Actor | None:
        """Whose line this is; None for a ticket that is unknown, used, expired or another's."""
