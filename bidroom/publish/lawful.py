"""Whether a record could have come about by the rules: every turn of it is decided again.

The entries that one ask led to are put together, the command that must have led to them is made
from them, and `decide` is asked what follows. It has to be just what stands there. So the same code
serves the hall and whoever checks it.

Of an entry that is withheld nothing can be said but that it stands there: a refused key, an
objection that was never answered, whose tenders were sealed where no roster followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from msgspec.structs import replace

from bidroom.envelope import Envelope, PersonId, Withheld
from bidroom.opening import commands as c
from bidroom.opening import drawing as d
from bidroom.opening import record as r
from bidroom.opening.commands import Command, Refusal
from bidroom.opening.record import Seen
from bidroom.opening.rules import decide
from bidroom.opening.state import Opening, evolve
from bidroom.publish.findings import Fault, RecordFails

NOBODY: Final = PersonId("withheld")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def judge(entries: Iterable[Envelope[Seen]]) -> Opening:
    """The opening that a lawful record adds up to. Raises RecordFails(against_the_rules)."""
    opening: Opening | None = None
    for turn in _turns(entries):
        events = [envelope.event for envelope in turn]
        where = f"entry {turn[0].seq} ({type(events[0]).__name__})"
        command = _command(opening, events)
        if command is not None:
            _decided(where, opening, command, turn[0], events)
        opening = _evolved(where, opening, events)
    assert opening is not None, "a record has an entry"
    return opening


def _turns(entries: Iterable[Envelope[Seen]]) -> Iterator[list[Envelope[Seen]]]:
    """What one ask led to, at one instant."""
    for _, turn in groupby(entries, lambda it: (it.at, it.cause, it.by)):
        yield list(turn)


def _evolved(where: str, opening: Opening | None, events: Sequence[Seen]) -> Opening:
    try:
        for event in events:
            opening = evolve(opening, event)
    except (LookupError, TypeError, AssertionError) as error:
        raise RecordFails(where, Fault.AGAINST_THE_RULES, type(error).__name__) from error
    assert opening is not None
    return opening


def _decided(
    where: str,
    opening: Opening | None,
    command: Command,
    first: Envelope[Seen],
    events: Sequence[Seen],
) -> None:
    try:
        expected = list(decide(opening, command, first.by, first.at))
    except Refusal as no:
        raise RecordFails(where, Fault.AGAINST_THE_RULES, no.reason) from None
    except (LookupError, TypeError, ValueError, AssertionError) as error:
        raise RecordFails(where, Fault.AGAINST_THE_RULES, type(error).__name__) from error
    if isinstance(command, c.SealTenders) and len(events) == 1:
        expected = expected[:1]  # whose tenders they are is withheld, in an entry of its own
    shown = [_comparable(event) for event in events]
    if [_comparable(event) for event in expected] != shown:
        raise RecordFails(where, Fault.AGAINST_THE_RULES, "another outcome")


def _comparable(event: Seen) -> Seen:
    """`event` without what rests on entries that are withheld: which keys were refused, and why."""
    if isinstance(event, r.TenderLeftSealed):
        return replace(event, keys_refused=0, last_refusal=None)
    return event


def _command(opening: Opening | None, events: Sequence[Seen]) -> Command | None:
    """What must have been asked for that `events` followed; None where that can't be told."""
    version = opening.version if opening else 1
    match events[0]:
        case Withheld():
            return None
        case r.OpeningScheduled() as it:
            return c.Schedule(
                it.title, it.project, it.notice, it.opens_at, it.policy, it.hosts, it.recorder,
                it.supervisors, it.notary,
            )  # fmt: skip
        case r.OpeningPostponed(opens_at, reason):
            return c.Postpone(version, opens_at, reason)
        case r.LobbyOpened():
            return c.OpenLobby()
        case r.TendersSealed(seals):
            return c.SealTenders(_frozen(seals, events))
        case r.RosterPublished():
            return c.PublishRoster(version)
        case r.DecryptionBegan():
            return c.BeginDecryption(version)
        case r.WindowExtended(_, seconds, reason):
            return c.ExtendWindow(version, seconds, reason)
        case r.OpeningTerminated(reason):
            return c.Terminate(version, reason)
        case _:
            return _of_draw(version, events) or _later(version, events)


def _of_draw(version: int, events: Sequence[Seen]) -> Command | None:
    match events[0]:
        case d.DrawBegan(log_size, log_root):
            own = [c.Revealed(it.share, it.act) for it in events if isinstance(it, d.ShareRevealed)]
            return c.BeginDraw(version, log_size, log_root, own[0] if own else None)
        case d.ShareRevealed(_, share, act):
            return c.RevealShare(share, act)
        case d.PartReleased(of, _, part, act):
            restored = [it.share for it in events if isinstance(it, d.ShareRestored)]
            return c.ReleasePart(of, part, act, restored[0] if restored else None)
        case d.SharesMissing():
            released = [it for it in events if isinstance(it, d.PartReleased)]
            return c.CloseDraw(tuple(c.Handed(it.of, it.part, it.act) for it in released))
        case d.DrawFailed():
            return c.CloseDraw(())
        case d.ManualDrawEntered(_, rounds, reason, act):
            return c.EnterManualDraw(tuple(it.picks for it in rounds), reason, act)
        case d.ManualDrawCosigned(_, act):
            return c.CosignManualDraw(act)
        case _:
            return None


def _later(version: int, events: Sequence[Seen]) -> Command | None:
    match events[0]:
        case r.TenderDecrypted(_, act):
            return c.DecryptTender(act) if act else None
        case r.KeyRefused(_, why):
            return c.NoteRefusedKey(why)
        case r.TenderLeftSealed():
            return c.CloseWindow()
        case r.BodyOpened(bidder, index_sha256, files_count, size_bytes):
            return c.NoteBody(bidder, index_sha256, files_count, size_bytes)
        case r.BodyUnreadable(bidder, why):
            return c.NoteUnreadableBody(bidder, why)
        case r.OffersReadOut(outcomes):
            held: dict[PersonId, r.Outcome] = {
                who: it for who, it in outcomes.items() if not isinstance(it, r.LeftSealed)
            }
            return c.ReadOutOffers(version, held)
        case r.ConfirmationBegan():
            return c.BeginConfirmation(version)
        case r.ReadOutConfirmed(_, act):
            return c.Confirm(act)
        case r.ConfirmationEnded():
            return c.EndConfirmation()
        case r.ObjectionRaised(_, _, text, act):
            return c.RaiseObjection(text, act) if text and act else None
        case r.ObjectionAnswered(number, _, _, text):
            return c.AnswerObjection(number, text)
        case r.HostPassed():
            return c.PassHost()
        case r.RecordSigned(_, _, act):
            return c.SignRecord(act)
        case r.OpeningClosed():
            return c.Close(version)
        case r.CandidatesNamed(candidates):
            return c.NameCandidates(version, candidates)
        case r.AwardMade(bidder):
            return c.MakeAward(version, bidder)
        case r.ContractMade(_, signed_on):
            return c.RecordContract(version, signed_on)
        case event:
            raise RecordFails(type(event).__name__, Fault.AGAINST_THE_RULES, "begins no turn")


def _frozen(seals: Sequence[str], events: Sequence[Seen]) -> tuple[r.SealedTender, ...]:
    """The tenders that were frozen; where they are named to nobody, their digests alone."""
    kept = [event.tenders for event in events if isinstance(event, r.RosterKept)]
    return kept[0] if kept else tuple(map(_nameless, seals))


def _nameless(seal: str) -> r.SealedTender:
    return r.SealedTender(NOBODY, "", seal, 1, _EPOCH, 0, None, True)
