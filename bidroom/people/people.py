"""Who somebody is, by the certificate they sign with, and whether they signed just this.

A certificate whose subject has a serialNumber is a person of the agent's, a supervisor or a
notary, and must be known to the hall. One without is a firm, known by its social credit code:
there is no list of bidders.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from bidroom.envelope import STAFF, Actor, PersonId, Role
from bidroom.opening.record import Signed
from bidroom.people import staff
from bidroom.people.challenges import Challenges
from bidroom.people.codes import good_organisation_code
from bidroom.people.trust import TrustFolder
from bidroom.ports import Challenge, Rejected
from crypto import signing, statements
from crypto.certificates import Certificate, Usage, good_credit_code
from crypto.errors import Reason, SealRefused
from crypto.header import is_text
from crypto.statements import Purpose
from crypto.trust import Standing

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

NAME_MAX: Final = 100
CHAIN_MAX: Final = 8


class Known(NamedTuple):
    """Somebody who has logged in."""

    actor: Actor
    name: str
    certificate: str  # fingerprint
    not_after: datetime


class People:
    def __init__(self, pool: Pool, challenges: Challenges, trust: TrustFolder, origin: str) -> None:
        self._pool, self.challenges = pool, challenges
        self.trust, self.origin = trust, origin

    async def log_in(self, act: Signed, chain: Sequence[str], bound: str) -> Known:
        """Who signed the log-in challenge that was bound to this browser. Raises Rejected.

        `chain`: certificates (base64 of DER) that may help to reach a root, trusted or not.
        """
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        await self.learn()
        certificate, standing = self._signed(act, [_decoded(one) for one in chain[:CHAIN_MAX]], at)
        actor, name = await self._who(certificate)
        async with self._pool.acquire() as conn, conn.transaction():
            challenge = await self.challenges.spend(conn, "login", _nonce(act), at, bound=bound)
            self._same(act, "login", actor.id, certificate, "", challenge, "")
            for issuer in self.trust.learn(standing.path[1:-1]):
                await conn.execute(
                    "insert into people.issuer (fingerprint, der) values ($1, $2)"
                    " on conflict do nothing",
                    issuer.fingerprint,
                    issuer.der,
                )
        return Known(actor, name, certificate.fingerprint, certificate.not_after)

    async def _who(self, certificate: Certificate) -> tuple[Actor, str]:
        if certificate.serial_number:
            person = PersonId(certificate.serial_number)
            known = await staff.find(self._pool, person)
            if known is None:
                raise Rejected("not_staff")
            return Actor(known.role, person), known.name
        code, name = certificate.credit_code, certificate.subject_name
        if code is None or not good_credit_code(code):
            raise Rejected("credit_code_bad")
        if not good_organisation_code(code):
            raise Rejected("organisation_code_bad", code[8:17])
        if not is_text(name, NAME_MAX):
            raise Rejected("name_not_plain")
        return Actor(Role.BIDDER, PersonId(code)), name

    async def learn(self) -> None:
        """Know the authorities that other processes have met, since an act carries no chain."""
        rows = await self._pool.fetch(
            "select der from people.issuer where fingerprint <> all ($1)", list(self.trust.learnt)
        )
        self.trust.learn(Certificate(row["der"]) for row in rows)

    async def redeem(self, ticket: str, opening: str) -> Actor | None:
        """Whose line this is, and nobody's a second time."""
        await self.learn()
        return await self.challenges.redeem(ticket, opening)

    # For the hall and the tender box (bidroom/ports.py).

    def signer(self, by: Actor, act: Signed, at: datetime) -> Certificate:
        certificate, _ = self._signed(act, [], at)
        own = certificate.serial_number if by.role in STAFF else certificate.credit_code
        firm = by.role in STAFF or not certificate.serial_number
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
        challenge = await self.spend(conn, lot, by, purpose, _nonce(act), at)
        self._same(act, purpose, by.id, certificate, lot, challenge, subject)

    def _signed(
        self, act: Signed, chain: Sequence[Certificate], at: datetime
    ) -> tuple[Certificate, Standing]:
        """The certificate that `act` was signed with, and how it stands now."""
        certificate = _decoded(act.certificate)
        try:
            signature = b64decode(act.signature, validate=True)
            signing.verify(certificate, act.statement.encode(), signature)
            return certificate, self.trust.check(certificate, chain, Usage.SIGN, at)
        except SealRefused as refused:
            raise Rejected(refused.reason, refused.detail) from None
        except ValueError:
            raise Rejected(Reason.SIGNATURE_BAD) from None

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
                self.origin,
                Purpose(purpose),
                account,
                certificate.fingerprint,
                lot,
                challenge.nonce,
                challenge.issued,
                challenge.expires,
                subject,
                challenge.log_size,
                challenge.log_root,
            )
            statements.same(expected, act.statement.encode())
        except SealRefused as refused:
            raise Rejected(refused.reason, refused.detail) from None


def _nonce(act: Signed) -> str:
    try:
        return str(statements.parse(act.statement.encode()).get("nonce", ""))
    except SealRefused as refused:
        raise Rejected(refused.reason, refused.detail) from None


def _decoded(certificate: str) -> Certificate:
    try:
        return Certificate(b64decode(certificate, validate=True))
    except SealRefused as refused:
        raise Rejected(refused.reason, refused.detail) from None
    except ValueError:
        raise Rejected(Reason.MALFORMED_CERTIFICATE) from None
