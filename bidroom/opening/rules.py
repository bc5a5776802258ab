"""What may happen next at a bid opening.

    decide(opening, command, by, at)   the events that follow, or a Refusal
    due(opening)                       what the hall does by itself if nobody does, and when
    wake_at(opening)                   when the hall's clock must next be heard, if ever

All are plain functions of what they are given. The hall around them brings the time, the
speaker, and whatever had to be fetched or decrypted first. So every rule can be read here
from top to bottom, and tested without waiting for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple

from msgspec.structs import replace

from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Command, Reason, Refusal, require
from bidroom.opening.draw_rules import decide_draw, draws_next, require_drawn, require_plan
from bidroom.opening.drawing import Drawing, Stage
from bidroom.opening.minutes import minutes_sha256
from bidroom.opening.offer import is_plain
from bidroom.opening.policy import DrawOrder, digest
from bidroom.opening.record import Duty, Phase
from bidroom.opening.state import Opening, Seal, evolve
from bidroom.opening.table import BY_ITSELF, allow


class Due(NamedTuple):
    at: datetime
    command: type[Command]


def due(opening: Opening) -> Due | None:
    """What the hall is to do by itself next, and from when on."""
    command = BY_ITSELF.get(opening.phase)
    if command is None:
        return None
    if draws_next(opening):
        command = c.BeginDraw
    if opening.draw is not None and opening.phase is Phase.DRAW and _has_ended(opening.draw):
        before = opening.facts.policy.draw_order is DrawOrder.BEFORE_DECRYPTION
        command = c.BeginDecryption if before else c.BeginConfirmation
    match opening.phase:
        case Phase.SCHEDULED:
            lead = timedelta(seconds=opening.facts.policy.sign_in_s)
            return Due(opening.opens_at - lead, command)
        case Phase.LOBBY:
            return Due(opening.opens_at, command)
        case _:
            return Due(opening.due_at, command) if opening.due_at else None


def _has_ended(drawing: Drawing) -> bool:
    return drawing.is_over or drawing.stage is Stage.FAILED


def wake_at(opening: Opening) -> datetime | None:
    next_step = due(opening)
    return next_step.at if next_step else None


def decide(opening: Opening | None, command: Command, by: Actor, at: datetime) -> Sequence[r.Event]:
    if isinstance(command, c.Schedule):
        require(opening is None, Reason.ALREADY_SCHEDULED)
        require(by.role is Role.AGENT, Reason.NOT_YOUR_PART)
        return _schedule(command, at)
    if opening is None:
        raise Refusal(Reason.NO_SUCH_OPENING)
    allow(opening, type(command), by)
    if by.role is Role.HALL and type(command) in (*BY_ITSELF.values(), c.BeginDraw):
        step = due(opening)
        require(step is not None and at >= step.at, Reason.TOO_EARLY)
    version = getattr(command, "version", opening.version)
    require(version == opening.version, Reason.STALE_VERSION)
    for text in (getattr(command, "reason", None), getattr(command, "text", None)):
        require(text is None or is_plain(text), Reason.TEXT_NOT_PLAIN)
    if isinstance(command, _OF_DRAW):
        return decide_draw(opening, command, by, at)
    if isinstance(command, _BY_HOST):
        return _by_host(opening, command, by, at)
    if isinstance(command, _BY_BIDDER):
        return _by_bidder(opening, command, by, at)
    return _by_hall(opening, command, at)


def _schedule(command: c.Schedule, at: datetime) -> Sequence[r.Event]:
    require(command.opens_at > at, Reason.DEADLINE_PAST)
    scheduled = r.OpeningScheduled(
        title=command.title,
        project=command.project,
        notice=command.notice,
        notice_sha256=digest(command.notice),
        opens_at=command.opens_at,
        policy=command.policy,
        hosts=command.hosts,
        recorder=command.recorder,
        supervisors=command.supervisors,
        notary=command.notary,
    )
    people = [person.id for person in scheduled.people]
    require(len(set(people)) == len(people), Reason.DUTIES_OVERLAP)
    names = [field.name for field in command.notice.fields]
    require(len(set(names)) == len(names), Reason.FIELDS_REPEATED)
    shown = [command.title, command.project, *(person.name for person in scheduled.people)]
    shown += [text for f in command.notice.fields for text in (f.label_zh, f.label_en)]
    require(all(map(is_plain, shown)), Reason.TEXT_NOT_PLAIN)
    require_plan(scheduled)
    return [scheduled]


_BY_HOST = (
    c.Postpone,
    c.PublishRoster,
    c.BeginDecryption,
    c.ExtendWindow,
    c.ReadOutOffers,
    c.BeginConfirmation,
    c.AnswerObjection,
    c.SignRecord,
    c.Close,
    c.Terminate,
    c.NameCandidates,
    c.MakeAward,
    c.RecordContract,
)
_OF_DRAW = (
    c.BeginDraw,
    c.RevealShare,
    c.ReleasePart,
    c.CloseDraw,
    c.EnterManualDraw,
    c.CosignManualDraw,
)
_BY_BIDDER = (c.DecryptTender, c.NoteRefusedKey, c.Confirm, c.RaiseObjection)


def _by_host(opening: Opening, command: Command, by: Actor, at: datetime) -> Sequence[r.Event]:
    policy = opening.facts.policy
    grace_at = at + timedelta(seconds=policy.host_grace_s)
    match command:
        case c.Postpone(_, opens_at, reason):
            require(at < opening.opens_at, Reason.DEADLINE_PAST)
            require(opens_at > opening.opens_at, Reason.TOO_EARLY)
            return [r.OpeningPostponed(opens_at, reason)]
        case c.PublishRoster():
            return [r.RosterPublished(opening.frozen, grace_at)]
        case c.BeginDecryption():
            require_drawn(opening, DrawOrder.BEFORE_DECRYPTION, at)
            return [r.DecryptionBegan(at + timedelta(seconds=policy.window_s))]
        case c.ExtendWindow(_, seconds, reason):
            return [_extended(opening, seconds, reason, at)]
        case c.ReadOutOffers(_, outcomes):
            return [_read_out(opening, outcomes, grace_at)]
        case c.BeginConfirmation():
            require_drawn(opening, DrawOrder.AFTER_READ_OUT, at)
            ends_at = at + timedelta(seconds=policy.confirmation_s)
            return [r.ConfirmationBegan(minutes_sha256(opening), ends_at)]
        case c.AnswerObjection(number, text):
            return _answered(opening, number, text, grace_at)
        case c.SignRecord(act):
            return [r.RecordSigned(by.id, _duty(opening, by.id), act)]
        case c.Close():
            require(set(opening.signatures) == set(Duty), Reason.SIGNATURES_MISSING)
            return [r.OpeningClosed()]
        case c.Terminate(_, reason):
            early = policy.draw_order is DrawOrder.BEFORE_DECRYPTION
            require(opening.phase is not Phase.DRAW or early, Reason.NOT_NOW)
            return [r.OpeningTerminated(reason)]
        case c.NameCandidates(_, candidates):
            require(len(set(candidates)) == len(candidates), Reason.NOT_A_CANDIDATE)
            for bidder in candidates:
                require(bidder in opening.offers, Reason.NOT_READ_OUT, bidder)
            return [r.CandidatesNamed(candidates)]
        case c.MakeAward(_, bidder):
            require(bidder in opening.candidates, Reason.NOT_A_CANDIDATE)
            return [r.AwardMade(bidder)]
        case c.RecordContract(_, signed_on):
            assert opening.award is not None, "a contract follows an award"
            return [r.ContractMade(opening.award, signed_on)]
        case _:
            raise AssertionError(command)


def _by_bidder(opening: Opening, command: Command, by: Actor, at: datetime) -> Sequence[r.Event]:
    tender = opening.tenders.get(by.id)
    if tender is None:
        raise Refusal(Reason.NO_TENDER)
    match command:
        case c.DecryptTender(act):
            require(not _is_over(opening, at), Reason.WINDOW_OVER)
            require(tender.sealed.intact, Reason.SEAL_BROKEN)
            require(tender.seal is Seal.SEALED, Reason.ALREADY_DECRYPTED)
            return _settled(opening, [r.TenderDecrypted(by.id, act)], at)
        case c.NoteRefusedKey(why):
            noted = tender.seal is Seal.SEALED and not _is_over(opening, at)
            room = tender.keys_refused < opening.facts.policy.key_attempts_max
            return [r.KeyRefused(by.id, why)] if noted and room else []
        case c.Confirm(act):
            require(not _is_over(opening, at), Reason.TOO_LATE)
            require(not tender.confirmed, Reason.ALREADY_CONFIRMED)
            confirmed = r.ReadOutConfirmed(by.id, act)
            if evolve(opening, confirmed).unconfirmed:
                return [confirmed]
            return [confirmed, *_confirmation_ended(evolve(opening, confirmed), at)]
        case c.RaiseObjection(text, act):
            over = opening.phase is Phase.CONFIRMATION and _is_over(opening, at)
            require(not over, Reason.OBJECTIONS_OVER)
            own = sum(objection.bidder == by.id for objection in opening.objections)
            require(own < opening.facts.policy.objections_each_max, Reason.OBJECTIONS_SPENT)
            return [r.ObjectionRaised(len(opening.objections) + 1, by.id, text, act)]
        case _:
            raise AssertionError(command)


def _by_hall(opening: Opening, command: Command, at: datetime) -> Sequence[r.Event]:
    policy = opening.facts.policy
    grace_at = at + timedelta(seconds=policy.host_grace_s)
    match command:
        case c.OpenLobby():
            return [r.LobbyOpened()]
        case c.SealTenders(tenders):
            seals = tuple(sorted(tender.seal for tender in tenders))
            if len(tenders) < policy.tenders_min:
                # 招标投标法实施条例 §44: nothing is opened, and nobody is named.
                return [r.TendersSealed(seals, None), r.OpeningNotOpened(len(tenders))]
            return [r.TendersSealed(seals, grace_at), r.RosterKept(tenders)]
        case c.CloseWindow():
            left = [
                r.TenderLeftSealed(who, r.Cause.PENDING, it.keys_refused, it.last_refusal)
                for who, it in opening.tenders.items()
                if it.seal is Seal.SEALED
            ]
            return _settled(opening, left, at)
        case c.NoteBody(bidder, index_sha256, files_count, size_bytes):
            require(_awaits_body(opening, bidder), Reason.NOT_NOW)
            return [r.BodyOpened(bidder, index_sha256, files_count, size_bytes)]
        case c.NoteUnreadableBody(bidder, why):
            require(_awaits_body(opening, bidder), Reason.NOT_NOW)
            return [r.BodyUnreadable(bidder, why)]
        case c.EndConfirmation():
            return _confirmation_ended(opening, at)
        case c.PassHost():
            hosts = opening.facts.hosts
            to = hosts[opening.hosts_admitted].id
            after = replace(opening, hosts_admitted=opening.hosts_admitted + 1)
            return [r.HostPassed(to, _unless_last(after, grace_at))]
        case _:
            raise AssertionError(command)


def _is_over(opening: Opening, at: datetime) -> bool:
    """Whether the present window has run out: what comes at its very end comes too late."""
    assert opening.due_at is not None, "this phase has a window"
    return at >= opening.due_at


def _extended(opening: Opening, seconds: int, reason: str, at: datetime) -> r.WindowExtended:
    policy = opening.facts.policy
    require(not _is_over(opening, at), Reason.WINDOW_OVER)
    require(len(opening.extensions) < policy.extensions_max, Reason.EXTENSIONS_SPENT)
    total = seconds + sum(extension.seconds for extension in opening.extensions)
    require(total <= policy.extension_total_s_max, Reason.EXTENSION_TOO_LONG)
    assert opening.due_at is not None, "a window under decryption has an end"
    return r.WindowExtended(opening.due_at + timedelta(seconds=seconds), seconds, reason)


def _settled(opening: Opening, news: Sequence[r.Event], at: datetime) -> Sequence[r.Event]:
    """`news`, followed by the end of decryption if no tender is undecided any more."""
    afterwards = reduce(evolve, news, opening)
    if afterwards.undecided:
        return news
    goes_on_at = at + timedelta(seconds=opening.facts.policy.host_grace_s)
    decrypted, left = afterwards.decrypted_count, afterwards.left_sealed_count
    return [*news, r.DecryptionSettled(decrypted, left, goes_on_at)]


def _read_out(
    opening: Opening, held: dict[PersonId, r.Outcome], goes_on_at: datetime
) -> r.OffersReadOut:
    decrypted = {who for who, it in opening.tenders.items() if it.seal is Seal.DECRYPTED}
    assert set(held) == decrypted, "the hall reads out every tender decrypted, and no other"
    outcomes = {who: held.get(who, r.LeftSealed(r.Cause.PENDING)) for who in opening.tenders}
    return r.OffersReadOut(outcomes, goes_on_at)


def _confirmation_ended(opening: Opening, at: datetime) -> Sequence[r.Event]:
    policy = opening.facts.policy
    passes_at = at + timedelta(seconds=policy.host_grace_s)
    ended = r.ConfirmationEnded(
        tuple(opening.unconfirmed), policy.silence, _unless_last(opening, passes_at)
    )
    return _with_signing(opening, [ended], passes_at)


def _answered(opening: Opening, number: int, text: str, passes_at: datetime) -> Sequence[r.Event]:
    require(number <= len(opening.objections), Reason.NO_SUCH_OBJECTION)
    objection = opening.objections[number - 1]
    require(objection.answer is None, Reason.ALREADY_ANSWERED)
    assert objection.bidder is not None, "only other readers' records withhold these"
    assert objection.text is not None, "only other readers' records withhold these"
    answer = r.ObjectionAnswered(number, objection.bidder, objection.text, text)
    return _with_signing(opening, [answer], passes_at)


def _with_signing(
    opening: Opening, news: Sequence[r.Event], passes_at: datetime
) -> Sequence[r.Event]:
    """`news`, and signing begins if confirmation is over and every objection answered (§44)."""
    afterwards = reduce(evolve, news, opening)
    if afterwards.phase is not Phase.OBJECTIONS or afterwards.unanswered:
        return news
    return [*news, r.SigningBegan(minutes_sha256(afterwards), _unless_last(afterwards, passes_at))]


def _unless_last(opening: Opening, passes_at: datetime) -> datetime | None:
    """When the next host is let in; None if there is none left."""
    return passes_at if opening.hosts_admitted < len(opening.facts.hosts) else None


def _duty(opening: Opening, who: PersonId) -> Duty:
    """In what capacity `who` signs. A host let in may stand in for a recorder who is silent."""
    signed = opening.signatures
    require(who not in signed.values(), Reason.ALREADY_SIGNED)
    if who == opening.facts.recorder.id:
        require(Duty.RECORDER not in signed, Reason.ALREADY_SIGNED)
        return Duty.RECORDER
    require(who in opening.acting_hosts, Reason.NOT_YOUR_PART)
    if Duty.HOST not in signed:
        return Duty.HOST
    # Somebody else signed as host: so this is one who was let in, or the host come back.
    require(Duty.RECORDER not in signed, Reason.ALREADY_SIGNED)
    return Duty.RECORDER


def _awaits_body(opening: Opening, bidder: PersonId) -> bool:
    tender = opening.tenders.get(bidder)
    return tender is not None and tender.seal is Seal.DECRYPTED and tender.body is None
