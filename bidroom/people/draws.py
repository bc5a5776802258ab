"""The platform's own part in draws: its share, the parts that it holds of others', and its checks.

Its key is a file in the folder of secrets. The share itself lies nowhere but in the plan, sealed to
that key: a dump of the database doesn't tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bidroom import ids, shares
from bidroom.envelope import HALL, PersonId
from bidroom.opening.commands import Handed, Revealed
from bidroom.opening.draw import part_commitment, share_commitment
from bidroom.opening.plan import Contributor, DrawPlan, Part
from bidroom.opening.record import Signed
from bidroom.opening.state import Opening
from bidroom.ports import Rejected
from bidroom.vault import HallKey
from crypto import statements
from crypto.certificates import Certificate, Usage
from crypto.errors import SealRefused
from crypto.softkey import SoftKey
from crypto.statements import Purpose
from crypto.trust import Standing

NAME = "平台 / Platform"
Trust = Callable[[Certificate, Sequence[Certificate], Usage, datetime], Standing]


class PlatformDraws:
    """Keeps the promises of `ports.Draws`. `key` is the platform's for encryption."""

    def __init__(self, key: SoftKey, hall_key: HallKey, trust: Trust, origin: str) -> None:
        self._key, self._hall_key, self._trust, self._origin = key, hall_key, trust, origin

    @property
    def holder(self) -> shares.Holder:
        return shares.Holder(Part.PLATFORM, HALL.id, NAME, self._key.certificate)

    def contribute(self, lot: str, holders: Sequence[shares.Holder], together: int) -> Contributor:
        """The platform's contribution to a draw among `holders`, itself one of them."""
        signer = _HallSigner(self._hall_key)
        return shares.contribute(lot, HALL.id, holders, signer, ids.random_bytes, together)

    def check(self, plan: DrawPlan, lot: str, at: datetime) -> None:
        for made in plan.contributors:
            try:
                signer = shares.signer_of(lot, made)
                self._certified(made, signer, at)
                self._opens(plan, lot, made)
            except (shares.ShareRefused, SealRefused, ValueError, LookupError):
                raise Rejected("draw_commitment", made.person) from None

    def _certified(self, made: Contributor, signer: Certificate, at: datetime) -> None:
        if shares.is_platforms(made):
            own = (self._hall_key.certificate, self._key.certificate)
            if (signer.der, shares.certificate_of(made)) != own:
                raise ValueError("another platform's")
            return
        certificate = shares.certificate_of(made)
        for one, usage in ((signer, Usage.SIGN), (certificate, Usage.ENCRYPT)):
            if one.serial_number != made.person:
                raise ValueError("somebody else's certificate")
            self._trust(one, [], usage, at)

    def _opens(self, plan: DrawPlan, lot: str, made: Contributor) -> None:
        """What is sealed to the platform is what was committed to."""
        part = shares.opened(plan, made.person, HALL.id, self._key)
        if shares.is_platforms(made):
            said = share_commitment(lot, HALL.id, made.salt, part)
        else:
            said = part_commitment(lot, made.person, HALL.id, part)
        held = next(it for it in made.parts if it.to == HALL.id)
        if said != held.commitment:
            raise ValueError("not what was committed to")

    def reveal(self, opening: Opening, size: int, root: str, at: datetime) -> Revealed | None:
        plan, lot = _plan(opening), opening.facts.notice.lot
        own = next(it for it in plan.contributors if it.part is Part.PLATFORM)
        try:
            share = shares.opened(plan, HALL.id, HALL.id, self._key)
        except (SealRefused, ValueError):
            return None
        if share_commitment(lot, HALL.id, own.salt, share) != own.commitment:
            return None
        return Revealed(share, self._act(lot, Purpose.REVEAL, own.commitment, size, root, at))

    def parts(self, opening: Opening, size: int, root: str, at: datetime) -> tuple[Handed, ...]:
        plan, lot = _plan(opening), opening.facts.notice.lot
        known = opening.draw.shares if opening.draw else {}
        handed = []
        for owner in plan.contributors:
            if owner.person in known or owner.part is Part.PLATFORM:
                continue
            try:
                part = shares.opened(plan, owner.person, HALL.id, self._key)
            except (SealRefused, ValueError):
                continue
            said = part_commitment(lot, owner.person, HALL.id, part)
            if any(it.to == HALL.id and it.commitment == said for it in owner.parts):
                act = self._act(lot, Purpose.RELEASE, said, size, root, at)
                handed.append(Handed(owner.person, part, act))
        return tuple(handed)

    def restored(self, opening: Opening, of: PersonId, parts: Mapping[PersonId, str]) -> str | None:
        plan = _plan(opening)
        if of not in {it.person for it in plan.contributors} or of in parts:
            return None
        return shares.restored(opening.facts.notice.lot, plan, of, parts)

    def _act(
        self, lot: str, purpose: Purpose, subject: str, size: int, root: str, at: datetime
    ) -> Signed:
        certificate = Certificate(self._hall_key.certificate).fingerprint
        return self._hall_key.signed(
            statements.act(
                self._origin,
                purpose,
                HALL.id,
                certificate,
                lot,
                ids.nonce().hex(),
                at,
                at + timedelta(seconds=statements.ACT_SECONDS_MAX),
                subject,
                size,
                root,
            )
        )


class _HallSigner:
    def __init__(self, key: HallKey) -> None:
        self.certificate, self.sign = Certificate(key.certificate), key.sign


def _plan(opening: Opening) -> DrawPlan:
    plan = opening.facts.notice.draw
    assert plan is not None, "a draw follows its plan"
    return plan
