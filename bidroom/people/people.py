"""Who somebody is, by the certificate they sign with, and whether they signed just this.

A certificate whose subject has a serialNumber is a person of the agent's, and must be known to the
hall. One without is a firm, known by its social credit code: there is no list of bidders.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from bidroom.envelope import Actor, PersonId, Role
from bidroom.hall.ports import Challenge, Rejected
from bidroom.opening.record import Person, Signed
from bidroom.people.challenges import Challenges
from crypto import signing, statements
from crypto.certificates import Certificate, Usage, good_credit_code
from crypto.errors import SealRefused
from crypto.statements import Purpose
from crypto.trust import TrustList

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool


class Known(NamedTuple):
    """Somebody who has logged in."""

    actor: Actor
    name: str
    certificate: str  # fingerprint
    not_after: datetime


class People:
    def __init__(self, pool: Pool, challenges: Challenges, trust: TrustList, origin: str) -> None:
        self._pool, self.challenges = pool, challenges
        self._trust, self._origin = trust, origin

    async def log_in(self, act: Signed, chain: Sequence[bytes], bound: str) -> Known:
        """Who signed the log-in challenge that was bound to this browser. Raises Rejected."""
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        certificate = self._certificate(act, [Certificate.load(der) for der in chain], at)
        said = _parsed(act)
        async with self._pool.acquire() as conn:
            challenge = await self.challenges.spend(
                conn, "login", str(said.get("nonce", "")), at, bound=bound
            )
        actor, name = await self._who(certificate)
        self._same(act, "login", actor.id, certificate, "", challenge, "")
        return Known(actor, name, certificate.fingerprint, certificate.not_after)

    async def _who(self, certificate: Certificate) -> tuple[Actor, str]:
        if certificate.serial_number:
            person = PersonId(certificate.serial_number)
            name = await self._pool.fetchval("select name from people.staff where id = $1", person)
            if name is None:
                raise Rejected("not_staff")
            return Actor(Role.AGENT, person), str(name)
        code = certificate.credit_code
        if code is None or not good_credit_code(code):
            raise Rejected("credit_code_bad")
        return Actor(Role.BIDDER, PersonId(code)), certificate.subject_name

    # For the hall and the tender box (hall/ports.py).

    def signer(self, by: Actor, act: Signed, at: datetime) -> Certificate:
        certificate = self._certificate(act, [], at)
        own = certificate.serial_number if by.role is Role.AGENT else certificate.credit_code
        firm = by.role is Role.AGENT or not certificate.serial_number
        if own != by.id or not firm:
            raise Rejected("signer_foreign")
        return certificate

    async def spend(
        self, conn: Connection, lot: str, by: Actor, purpose: str, nonce: str, at: datetime
    ) -> Challenge:
        return await self.challenges.spend(conn, purpose, nonce, at, lot, by)

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
        certificate = self.signer(by, act, at)
        nonce = str(_parsed(act).get("nonce", ""))
        challenge = await self.spend(conn, lot, by, purpose, nonce, at)
        self._same(act, purpose, by.id, certificate, lot, challenge, subject)

    def _certificate(self, act: Signed, chain: Sequence[Certificate], at: datetime) -> Certificate:
        """The certificate that `act` was signed with, if it is good now."""
        try:
            certificate = Certificate(b64decode(act.certificate, validate=True))
            signature = b64decode(act.signature, validate=True)
            self._trust.check(certificate, chain, Usage.SIGN, at)
            signing.verify(certificate, act.statement.encode(), signature)
        except SealRefused as refused:
            raise Rejected(refused.reason, refused.detail) from None
        except ValueError:
            raise Rejected("statement_altered") from None
        return certificate

    def _same(
        self,
        act: Signed,
        purpose: str,
        account: str,
        certificate: Certificate,
        lot: str,
        challenge: Challenge,
        subject: str,
    ) -> None:
        """The text is made anew, and must be the one that was signed, byte for byte."""
        try:
            expected = statements.act(
                self._origin,
                Purpose(purpose),
                account,
                certificate.fingerprint,
                lot,
                challenge.nonce,
                challenge.issued,
                challenge.expires,
                subject,
            )
            statements.same(expected, act.statement.encode())
        except SealRefused as refused:
            raise Rejected(refused.reason, refused.detail) from None

    # Staff.

    async def add_staff(self, person: Person) -> None:
        await self._pool.execute(
            "insert into people.staff (id, name) values ($1, $2)"
            " on conflict (id) do update set name = $2",
            person.id,
            person.name,
        )

    async def staff(self) -> list[Person]:
        rows = await self._pool.fetch("select id, name from people.staff order by id")
        return [Person(PersonId(row["id"]), row["name"]) for row in rows]


def _parsed(act: Signed) -> dict[str, object]:
    try:
        return statements.parse(act.statement.encode())
    except SealRefused as refused:
        raise Rejected(refused.reason, refused.detail) from None
