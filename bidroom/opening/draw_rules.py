"""What may happen next in a draw; rules.py asks here. Hashing is part of it, chance is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bidroom.envelope import HALL, Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening import drawing as d
from bidroom.opening.commands import Command, Reason, require
from bidroom.opening.draw import (
    Drawn,
    balls_of,
    draw,
    drawn,
    fits,
    part_commitment,
    seed_of,
    share_commitment,
)
from bidroom.opening.drawing import DrawEvent, Drawing, Stage, drawing_after
from bidroom.opening.offer import is_plain
from bidroom.opening.plan import Contributor, DrawPlan, Part, Picks, Round
from bidroom.opening.policy import DrawOrder
from bidroom.opening.record import OpeningScheduled, Phase
from bidroom.opening.state import Opening

ROLES = {Part.PLATFORM: Role.HALL, Part.SUPERVISOR: Role.SUPERVISOR, Part.NOTARY: Role.NOTARY}
BEFORE = {DrawOrder.BEFORE_DECRYPTION: Phase.ROSTER, DrawOrder.AFTER_READ_OUT: Phase.READ_OUT}


def require_plan(facts: OpeningScheduled) -> None:
    """Refuse a draw that could not be made, or that one alone could steer."""
    plan = facts.notice.draw
    if plan is None:
        return
    people = {Part.PLATFORM: {HALL.id}, Part.SUPERVISOR: {one.id for one in facts.supervisors}}
    people[Part.NOTARY] = {facts.notary.id} if facts.notary else set()
    ids = [one.person for one in plan.contributors]
    require(len(ids) > plan.together, Reason.DRAW_CONTRIBUTORS, "together")
    require(len(set(ids)) == len(ids), Reason.DRAW_CONTRIBUTORS, "twice")
    require(HALL.id in ids, Reason.DRAW_CONTRIBUTORS, "platform")
    for one in plan.contributors:
        require(one.person in people[one.part], Reason.DRAW_CONTRIBUTORS, one.person)
        require([it.to for it in one.parts] == ids, Reason.DRAW_COMMITMENT, one.person)
    for number, round_ in enumerate(plan.rounds, 1):
        require(_is_good(round_), Reason.DRAW_ROUND, str(number))


def _is_good(round_: Round) -> bool:
    balls = round_.balls
    texts = [round_.label_zh, round_.label_en, *(ball for ball in balls if isinstance(ball, str))]
    enough = bool(balls) and (round_.put_back or round_.take <= len(balls))
    return (
        (not balls if round_.of_bidders else enough)
        and len({(type(ball), ball) for ball in balls}) == len(balls)
        and all(isinstance(ball, str) or abs(ball) < 2**53 for ball in balls)
        and all(map(is_plain, texts))
    )


def draws_next(opening: Opening) -> bool:
    """Whether the draw is what comes after the present phase."""
    planned = opening.facts.notice.draw is not None and opening.draw is None
    return planned and opening.phase is BEFORE[opening.facts.policy.draw_order]


def require_drawn(opening: Opening, order: DrawOrder, at: datetime) -> None:
    """Refuse the step after the draw before the draw is over, and while it may still be entered."""
    if opening.phase is Phase.DRAW:
        require(opening.facts.policy.draw_order is order, Reason.NOT_NOW)
        assert opening.draw is not None
        failed = opening.draw.stage is Stage.FAILED
        over = opening.draw.is_over or (failed and not _in_time(opening, at))
        require(over, Reason.DRAW_FIRST)
    else:
        require(not draws_next(opening), Reason.DRAW_FIRST)


def decide_draw(opening: Opening, command: Command, by: Actor, at: datetime) -> Sequence[DrawEvent]:
    if isinstance(command, c.BeginDraw):
        return _begun(opening, command, at)
    drawing = opening.draw
    assert drawing is not None, "the table lets these in under a draw alone"
    match command:
        case c.RevealShare(share, act):
            require(_in_time(opening, at), Reason.TOO_LATE)
            own = _contributor(opening, by)
            require(drawing.stage in (Stage.REVEALING, Stage.RESTORING), Reason.NOT_NOW)
            require(own.person not in drawing.shares, Reason.ALREADY_REVEALED)
            require(_is_share(opening, own, share), Reason.SHARE_WRONG)
            return _made(opening, [d.ShareRevealed(own.person, share, act)], at)
        case c.ReleasePart():
            return _released(opening, drawing, command, by, at)
        case c.CloseDraw(parts):
            return _closed(opening, drawing, parts, at)
        case c.EnterManualDraw(picks, reason, act):
            rounds = _entered(opening, drawing, picks, at)
            return [d.ManualDrawEntered(by.id, rounds, reason, act)]
        case c.CosignManualDraw(act):
            notary = opening.facts.notary
            require(notary is not None and by.id == notary.id, Reason.NOT_YOUR_PART)
            require(drawing.stage is Stage.FAILED, Reason.NOT_NOW)
            require(_in_time(opening, at), Reason.TOO_LATE)
            require(drawing.entered_by is not None, Reason.NOTHING_ENTERED)
            return [d.ManualDrawCosigned(by.id, act, _grace(opening, at))]
        case _:
            raise AssertionError(command)


def _begun(opening: Opening, command: c.BeginDraw, at: datetime) -> Sequence[DrawEvent]:
    require(draws_next(opening), Reason.NOT_NOW)
    began = d.DrawBegan(command.log_size, command.log_root, _window(opening, at))
    if command.platform is None:
        return [began]
    own = next(it for it in _plan(opening).contributors if it.part is Part.PLATFORM)
    share, act = command.platform.share, command.platform.act
    require(_is_share(opening, own, share), Reason.SHARE_WRONG)
    return [began, d.ShareRevealed(own.person, share, act)]


def _released(
    opening: Opening, drawing: Drawing, command: c.ReleasePart, by: Actor, at: datetime
) -> Sequence[DrawEvent]:
    require(_in_time(opening, at), Reason.TOO_LATE)
    own = _contributor(opening, by)
    require(drawing.stage is Stage.RESTORING, Reason.NOT_NOW)
    of = command.of
    unknown = of in drawing.missing and of not in drawing.shares
    require(unknown and of != own.person, Reason.NOT_MISSING)
    require(own.person not in drawing.parts.get(of, {}), Reason.ALREADY_REVEALED)
    require(_is_part(opening, of, own.person, command.part), Reason.SHARE_WRONG)
    news: list[DrawEvent] = [d.PartReleased(of, own.person, command.part, command.act)]
    if command.restored is None:
        return news
    released = len(drawing.parts.get(of, {})) + 1
    require(released >= _plan(opening).together, Reason.SHARE_WRONG)
    owner = next(it for it in _plan(opening).contributors if it.person == of)
    require(_is_share(opening, owner, command.restored), Reason.SHARE_WRONG)
    return _made(opening, [*news, d.ShareRestored(of, command.restored)], at)


def _closed(
    opening: Opening, drawing: Drawing, parts: Sequence[c.Handed], at: datetime
) -> Sequence[DrawEvent]:
    missing = tuple(
        it.person for it in _plan(opening).contributors if it.person not in drawing.shares
    )
    if drawing.stage is Stage.RESTORING:
        return [d.DrawFailed(missing, _window(opening, at))]
    require(drawing.stage is Stage.REVEALING, Reason.NOT_NOW)
    for it in parts:
        require(it.of in missing and it.of != HALL.id, Reason.NOT_MISSING)
        require(_is_part(opening, it.of, HALL.id, it.part), Reason.SHARE_WRONG)
    released = [d.PartReleased(it.of, HALL.id, it.part, it.act) for it in parts]
    return [d.SharesMissing(missing, _window(opening, at)), *released]


def _entered(
    opening: Opening, drawing: Drawing, picks: tuple[Picks, ...], at: datetime
) -> tuple[Drawn, ...]:
    require(drawing.stage is Stage.FAILED, Reason.NOT_NOW)
    require(_in_time(opening, at), Reason.TOO_LATE)
    require(opening.facts.notary is not None, Reason.NO_NOTARY)
    rounds = _plan(opening).rounds
    require(len(picks) == len(rounds), Reason.PICKS_WRONG)
    given = []
    for number, (round_, said) in enumerate(zip(rounds, picks, strict=True), 1):
        balls = balls_of(round_, tuple(sorted(opening.tenders)))
        require(fits(round_, balls, said), Reason.PICKS_WRONG, str(number))
        given.append(drawn(round_, balls, said))
    return tuple(given)


def _made(opening: Opening, news: list[DrawEvent], at: datetime) -> Sequence[DrawEvent]:
    """`news`, and the draw itself if no share is unknown any more."""
    drawing = opening.draw
    for event in news:
        drawing = drawing_after(drawing, event)
    assert drawing is not None
    plan = _plan(opening)
    if any(it.person not in drawing.shares for it in plan.contributors):
        return news
    shares = [drawing.shares[it.person] for it in plan.contributors]
    seed = seed_of(opening.facts.notice_sha256, drawing.log_root, shares)
    rounds = draw(plan, seed, tuple(sorted(opening.tenders)))
    return [*news, d.DrawMade(seed, rounds, _grace(opening, at))]


def _plan(opening: Opening) -> DrawPlan:
    plan = opening.facts.notice.draw
    assert plan is not None, "a draw follows its plan"
    return plan


def _contributor(opening: Opening, by: Actor) -> Contributor:
    for one in _plan(opening).contributors:
        if one.person == by.id and ROLES[one.part] is by.role:
            return one
    raise c.Refusal(Reason.NOT_YOUR_PART)


def _is_share(opening: Opening, owner: Contributor, share: str) -> bool:
    lot = opening.facts.notice.lot
    return share_commitment(lot, owner.person, owner.salt, share) == owner.commitment


def _is_part(opening: Opening, of: PersonId, to: PersonId, part: str) -> bool:
    owner = next((it for it in _plan(opening).contributors if it.person == of), None)
    held = next((it for it in owner.parts if it.to == to), None) if owner else None
    lot = opening.facts.notice.lot
    return held is not None and part_commitment(lot, of, to, part) == held.commitment


def _in_time(opening: Opening, at: datetime) -> bool:
    return opening.due_at is not None and at < opening.due_at


def _window(opening: Opening, at: datetime) -> datetime:
    return at + timedelta(seconds=opening.facts.policy.draw_s)


def _grace(opening: Opening, at: datetime) -> datetime:
    return at + timedelta(seconds=opening.facts.policy.host_grace_s)
