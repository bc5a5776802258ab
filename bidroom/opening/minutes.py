"""The minutes (开标记录表): what a record says, as one table for people to read and sign.

A pure reading of the state. Bidders confirm its digest as it stands when confirmation begins,
host and recorder sign it as it stands when signing begins, and a verifier makes it again.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bidroom.envelope import PersonId
from bidroom.opening.draw import balls_of
from bidroom.opening.drawing import Stage
from bidroom.opening.plan import Ball
from bidroom.opening.policy import Field, Silence, digest
from bidroom.opening.record import LeftSealed, Person, ReadOut, Unreadable
from bidroom.opening.state import Opening, Tender


class Line(Struct, frozen=True):
    """One tender's line. `outcome` is read_out, unreadable, left_sealed, or sealed as yet."""

    bidder: PersonId
    name: str
    seal: str
    received_at: datetime
    signed_in_at: datetime | None
    intact: bool
    outcome: str
    why: str | None
    values: dict[str, int | str]
    confirmed: bool
    silent: bool


class Raised(Struct, frozen=True):
    number: int
    bidder: PersonId | None
    text: str | None
    answer: str | None


class Extension(Struct, frozen=True):
    seconds: int
    reason: str


class DrawnRound(Struct, frozen=True):
    label_zh: str
    label_en: str
    balls: tuple[Ball, ...]
    decimals: int
    unit: str
    picks: tuple[int, ...]
    values: tuple[Ball, ...]


class DrawSaid(Struct, frozen=True):
    """How the draw went. `stage` is made or manual; anything else means that nothing was drawn."""

    stage: Stage
    notary: Person | None
    seed: str | None
    withheld: tuple[PersonId, ...]
    restored: tuple[PersonId, ...]
    rounds: tuple[DrawnRound, ...]
    reason: str | None


class Minutes(Struct, frozen=True):
    lot: str
    title: str
    project: str
    notice_sha256: str
    opens_at: datetime
    fields: tuple[Field, ...]
    hosts: tuple[Person, ...]
    recorder: Person
    supervisors: tuple[Person, ...]
    notary: Person | None
    lines: tuple[Line, ...]
    seals: tuple[str, ...]
    extensions: tuple[Extension, ...]
    objections: tuple[Raised, ...]
    silence: Silence | None
    draw: DrawSaid | None
    ended_why: str | None


def minutes(opening: Opening) -> Minutes:
    facts = opening.facts
    return Minutes(
        lot=facts.notice.lot,
        title=facts.title,
        project=facts.project,
        notice_sha256=facts.notice_sha256,
        opens_at=opening.opens_at,
        fields=facts.notice.fields,
        hosts=facts.hosts,
        recorder=facts.recorder,
        supervisors=facts.supervisors,
        notary=facts.notary,
        lines=tuple(_line(opening, tender) for tender in opening.tenders.values()),
        seals=opening.seals,
        extensions=tuple(Extension(e.seconds, e.reason) for e in opening.extensions),
        objections=tuple(
            Raised(number, it.bidder, it.text, it.answer)
            for number, it in enumerate(opening.objections, 1)
        ),
        silence=opening.silence,
        draw=_draw(opening),
        ended_why=opening.ended_why,
    )


def minutes_sha256(opening: Opening) -> str:
    return digest(minutes(opening))


def _draw(opening: Opening) -> DrawSaid | None:
    drawing, plan = opening.draw, opening.facts.notice.draw
    if drawing is None or plan is None:
        return None
    bidders = tuple(sorted(opening.tenders))
    came = drawing.rounds if drawing.is_over else ()
    rounds = tuple(
        DrawnRound(
            it.label_zh,
            it.label_en,
            balls_of(it, bidders),
            it.decimals,
            it.unit,
            came[place].picks if came else (),
            came[place].values if came else (),
        )
        for place, it in enumerate(plan.rounds)
    )
    return DrawSaid(
        stage=drawing.stage,
        notary=opening.facts.notary,
        seed=drawing.seed,
        withheld=drawing.missing,
        restored=drawing.restored,
        rounds=rounds,
        reason=drawing.reason if drawing.stage is Stage.MANUAL else None,
    )


def _line(opening: Opening, tender: Tender) -> Line:
    outcome, why, values = "sealed", None, {}
    match tender.outcome:
        case ReadOut(offer):
            outcome, values = "read_out", offer.values
        case Unreadable(reason):
            outcome, why = "unreadable", reason
        case LeftSealed(cause):
            outcome, why = "left_sealed", cause.value
    sealed = tender.sealed
    return Line(
        bidder=sealed.bidder,
        name=sealed.name,
        seal=sealed.seal,
        received_at=sealed.received_at,
        signed_in_at=sealed.signed_in_at,
        intact=sealed.intact,
        outcome=outcome,
        why=why,
        values=values,
        confirmed=tender.confirmed,
        silent=sealed.bidder in opening.silent,
    )
