"""The draw of a published record: what people signed for it, the shares, and what they add up to.

That the balls follow from the shares the rules have decided again already (lawful.py). Here is what
they can't know: whose signatures these are, what root stood there when the draw began, and whether
the parts that were released give the share that was said to be restored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from bidroom import shares
from bidroom.envelope import PersonId
from bidroom.opening import drawing as d
from bidroom.opening.draw import Drawn, Manual
from bidroom.opening.plan import Contributor, DrawPlan, Part
from bidroom.opening.policy import digest
from bidroom.opening.record import OpeningScheduled, Signed
from bidroom.opening.state import Opening
from bidroom.publish.findings import Fault, RecordFails
from crypto.certificates import Certificate, Usage
from crypto.errors import SealRefused

JudgeCertificate = Callable[[Certificate, Usage], None]


class Judge(Protocol):
    """Whether `act` is `who`'s, for that purpose and over that subject. Raises RecordFails."""

    def __call__(self, act: Signed, purpose: str, who: PersonId, subject: str) -> None: ...


def plan_holds(facts: OpeningScheduled, trusted: JudgeCertificate) -> int:
    """Every contribution of the notice was signed by its contributor; how many there are.

    The platform's certificate for its parts is its own, named under the hall's signature.
    """
    plan = facts.notice.draw
    for made in plan.contributors if plan else ():
        where = f"draw ({made.person})"
        try:
            signer = shares.signer_of(facts.notice.lot, made)
            trusted(signer, Usage.SIGN)
            if made.part is not Part.PLATFORM:
                trusted(shares.certificate_of(made), Usage.ENCRYPT)
                if signer.serial_number != made.person:
                    raise RecordFails(where, Fault.SIGNED_BY_ANOTHER)
        except shares.ShareRefused as refused:
            raise RecordFails(where, Fault.DRAW, refused.what) from None
        except SealRefused as refused:
            raise RecordFails(where, Fault.CERTIFICATE, refused.reason) from None
    return len(plan.contributors) if plan else 0


def platform_of(facts: OpeningScheduled) -> str:
    """The certificate, base64, that the platform signs a draw's acts with; "" without a draw."""
    plan = facts.notice.draw
    made = [it.signer for it in plan.contributors if it.part is Part.PLATFORM] if plan else []
    return made[0] if made else ""


def event_holds(
    where: str,
    before: Opening,
    event: d.DrawEvent,
    root_at: Callable[[int], str],
    seq: int,
    act: Judge,
) -> None:
    """One event of a draw, held to the opening `before` it. Raises RecordFails."""
    plan = before.facts.notice.draw
    if plan is None:
        raise RecordFails(where, Fault.DRAW, "no plan")
    owners = {it.person: it for it in plan.contributors}
    match event:
        case d.DrawBegan(size, root):
            _must(size == seq - 1 and root == root_at(size), where, "root")
        case d.ShareRevealed(person, _, signed):
            act(signed, "reveal", person, _owner(where, owners, person).commitment)
        case d.PartReleased(of, person, _, signed):
            held = [it for it in _owner(where, owners, of).parts if it.to == person]
            _must(bool(held), where, "part")
            act(signed, "release", person, held[0].commitment)
        case d.ShareRestored(of, share):
            assert before.draw is not None
            parts = before.draw.parts.get(of, {})
            _must(_restored(before, plan, of, parts) == share, where, "restored")
        case d.DrawFailed(persons):
            assert before.draw is not None
            for of in persons:
                parts = before.draw.parts.get(of, {})
                _must(_restored(before, plan, of, parts) is None, where, "could be restored")
        case d.ManualDrawEntered(person, rounds, reason, signed):
            act(signed, "draw", person, _manual(before, rounds, reason))
        case d.ManualDrawCosigned(person, signed):
            assert before.draw is not None
            said = _manual(before, before.draw.rounds, before.draw.reason or "")
            act(signed, "draw", person, said)
        case _:
            pass


def _manual(opening: Opening, rounds: tuple[Drawn, ...], reason: str) -> str:
    picks = tuple(it.picks for it in rounds)
    return digest(Manual(opening.facts.notice_sha256, picks, reason))


def _restored(
    opening: Opening, plan: DrawPlan, of: PersonId, parts: Mapping[PersonId, str]
) -> str | None:
    return shares.restored(opening.facts.notice.lot, plan, of, parts)


def _owner(where: str, owners: Mapping[PersonId, Contributor], person: PersonId) -> Contributor:
    if person not in owners:
        raise RecordFails(where, Fault.DRAW, "contributor")
    return owners[person]


def _must(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise RecordFails(where, Fault.DRAW, what)
