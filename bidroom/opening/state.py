"""What a record adds up to. `evolve` folds one event into the picture of an opening.

It never refuses an event, for whatever stands on the record has happened. It folds a redacted
record as well as the full one: the browser's picture and ours are made by the same steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from typing import TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from bidroom.envelope import PersonId, Withheld
from bidroom.opening import drawing as d
from bidroom.opening import record as r
from bidroom.opening.policy import Silence
from bidroom.opening.record import Duty, Phase


class Seal(StrEnum):
    """How far a tender has come in the window."""

    SEALED = "sealed"  # 待解密
    DECRYPTED = "decrypted"  # 已解密
    LEFT_SEALED = "left_sealed"  # 未解密


class Tender(Struct, frozen=True):
    """One tender, as the record so far describes it."""

    sealed: r.SealedTender
    seal: Seal = Seal.SEALED
    keys_refused: int = 0
    last_refusal: str | None = None
    outcome: r.Outcome | None = None
    body: r.BodyOpened | r.BodyUnreadable | None = None
    confirmed: bool = False


class Objection(Struct, frozen=True):
    bidder: PersonId | None
    text: str | None
    answer: str | None = None


class Opening(Struct, frozen=True):
    """One opening. `version` counts what a host must have seen before deciding on more."""

    facts: r.OpeningScheduled
    opens_at: datetime
    phase: Phase = Phase.SCHEDULED
    version: int = 1
    seals: tuple[str, ...] = ()
    frozen: tuple[r.SealedTender, ...] = ()  # known to the hall before the roster is
    tenders: dict[PersonId, Tender] = {}
    decrypted_count: int = 0
    left_sealed_count: int = 0
    due_at: datetime | None = None  # when the present step ends, or goes on without a host
    extensions: tuple[r.WindowExtended, ...] = ()
    objections: tuple[Objection, ...] = ()
    confirmed_sha256: str | None = None
    minutes_sha256: str | None = None
    silent: tuple[PersonId, ...] = ()
    silence: Silence | None = None
    hosts_admitted: int = 1
    draw: d.Drawing | None = None
    signatures: dict[Duty, PersonId] = {}
    ended_why: str | None = None
    candidates: tuple[PersonId, ...] = ()
    award: PersonId | None = None
    contract_on: date | None = None

    @property
    def undecided(self) -> list[PersonId]:
        return [who for who, tender in self.tenders.items() if tender.seal is Seal.SEALED]

    @property
    def unanswered(self) -> list[int]:
        return [n for n, objection in enumerate(self.objections, 1) if objection.answer is None]

    @property
    def unconfirmed(self) -> list[PersonId]:
        return [who for who, tender in self.tenders.items() if not tender.confirmed]

    @property
    def acting_hosts(self) -> tuple[PersonId, ...]:
        return tuple(person.id for person in self.facts.hosts[: self.hosts_admitted])

    @property
    def offers(self) -> dict[PersonId, r.ReadOut]:
        found = {who: tender.outcome for who, tender in self.tenders.items()}
        return {who: it for who, it in found.items() if isinstance(it, r.ReadOut)}


_Before: TypeAlias = (
    r.OpeningPostponed
    | r.LobbyOpened
    | r.TendersSealed
    | r.RosterKept
    | r.OpeningNotOpened
    | r.RosterPublished
    | r.OpeningTerminated
)
_Window: TypeAlias = (
    r.DecryptionBegan
    | r.WindowExtended
    | r.KeyRefused
    | r.TenderDecrypted
    | r.TenderLeftSealed
    | r.DecryptionSettled
    | r.BodyOpened
    | r.BodyUnreadable
)
_After: TypeAlias = (
    r.OffersReadOut
    | r.ConfirmationBegan
    | r.ReadOutConfirmed
    | r.ConfirmationEnded
    | r.ObjectionRaised
    | r.ObjectionAnswered
    | r.HostPassed
    | r.SigningBegan
    | r.RecordSigned
    | r.OpeningClosed
    | r.CandidatesNamed
    | r.AwardMade
    | r.ContractMade
    | Withheld
)


def evolve(opening: Opening | None, event: r.Seen) -> Opening:
    if isinstance(event, r.OpeningScheduled):
        return Opening(event, event.opens_at)
    assert opening is not None, f"a record begins with OpeningScheduled, and not with {event}"
    if isinstance(event, _Before):
        return _before(opening, event)
    if isinstance(event, d.DrawEvent):
        return _draw(opening, event)
    if isinstance(event, _Window):
        return _window(opening, event)
    return _after(opening, event)


def replay(events: Iterable[r.Seen]) -> Opening:
    """The opening that a whole record describes."""
    opening = reduce(evolve, events, None)
    assert opening is not None, "a record is never empty"
    return opening


def _before(opening: Opening, event: _Before) -> Opening:
    match event:
        case r.OpeningPostponed(opens_at):
            moved = replace(opening, opens_at=opens_at)
            return _enter(moved, Phase.SCHEDULED)
        case r.LobbyOpened():
            return _enter(opening, Phase.LOBBY)
        case r.TendersSealed(seals, goes_on_at):
            return _enter(replace(opening, seals=seals), Phase.SEALED, goes_on_at)
        case r.RosterKept(tenders):
            return replace(opening, frozen=tenders)
        case r.OpeningNotOpened():
            return _enter(opening, Phase.NOT_OPENED)
        case r.RosterPublished(tenders, goes_on_at):
            named = {sealed.bidder: Tender(sealed) for sealed in tenders}
            return _enter(replace(opening, tenders=named), Phase.ROSTER, goes_on_at)
        case r.OpeningTerminated(reason):
            return _enter(replace(opening, ended_why=reason), Phase.TERMINATED)
        case _:
            assert_never(event)


def _draw(opening: Opening, event: d.DrawEvent) -> Opening:
    followed = replace(opening, draw=d.drawing_after(opening.draw, event))
    match event:
        case d.DrawBegan() | d.SharesMissing():
            return _enter(followed, Phase.DRAW, event.ends_at)
        case d.DrawMade() | d.DrawFailed() | d.ManualDrawCosigned():
            return _enter(followed, Phase.DRAW, event.goes_on_at)
        case _:
            return followed


def _window(opening: Opening, event: _Window) -> Opening:
    match event:
        case r.DecryptionBegan(ends_at):
            return _enter(opening, Phase.DECRYPTION, ends_at)
        case r.WindowExtended(ends_at):
            extensions = (*opening.extensions, event)
            return _enter(replace(opening, extensions=extensions), Phase.DECRYPTION, ends_at)
        case r.KeyRefused(bidder, why):
            refused = opening.tenders[bidder].keys_refused + 1
            return _tender(opening, bidder, keys_refused=refused, last_refusal=why)
        case r.TenderDecrypted(bidder):
            counted = replace(opening, decrypted_count=opening.decrypted_count + 1)
            return _tender(counted, bidder, seal=Seal.DECRYPTED)
        case r.TenderLeftSealed(bidder):
            counted = replace(opening, left_sealed_count=opening.left_sealed_count + 1)
            return _tender(counted, bidder, seal=Seal.LEFT_SEALED)
        case r.DecryptionSettled(_, _, goes_on_at):
            return _enter(opening, Phase.SETTLED, goes_on_at)
        case r.BodyOpened(bidder) | r.BodyUnreadable(bidder):
            return _tender(opening, bidder, body=event)
        case _:
            assert_never(event)


def _after(opening: Opening, event: _After) -> Opening:
    match event:
        case r.OffersReadOut(outcomes, goes_on_at):
            tenders = {
                who: replace(tender, outcome=outcomes[who], seal=_seal_of(outcomes[who]))
                for who, tender in opening.tenders.items()
            }
            return _enter(replace(opening, tenders=tenders), Phase.READ_OUT, goes_on_at)
        case r.ConfirmationBegan(sha256, ends_at):
            begun = replace(opening, confirmed_sha256=sha256)
            return _enter(begun, Phase.CONFIRMATION, ends_at)
        case r.ReadOutConfirmed(bidder):
            return _tender(opening, bidder, confirmed=True)
        case r.ConfirmationEnded(silent, counts_as, passes_at):
            ended = replace(opening, silent=silent, silence=counts_as)
            return _enter(ended, Phase.OBJECTIONS, passes_at)
        case r.ObjectionRaised(_, bidder, text):
            return replace(opening, objections=(*opening.objections, Objection(bidder, text)))
        case r.ObjectionAnswered(number, bidder, objection, text):
            objections = list(opening.objections)
            objections[number - 1] = Objection(bidder, objection, text)
            return replace(opening, objections=tuple(objections))
        case r.HostPassed(_, passes_at):
            admitted = replace(opening, hosts_admitted=opening.hosts_admitted + 1)
            return _enter(admitted, opening.phase, passes_at)
        case r.SigningBegan(sha256, passes_at):
            return _enter(replace(opening, minutes_sha256=sha256), Phase.SIGNING, passes_at)
        case r.RecordSigned(person, duty):
            return replace(opening, signatures=opening.signatures | {duty: person})
        case r.OpeningClosed():
            return _enter(opening, Phase.CLOSED)
        case r.CandidatesNamed(candidates):
            return _enter(replace(opening, candidates=candidates), Phase.CANDIDATES)
        case r.AwardMade(bidder):
            return _enter(replace(opening, award=bidder), Phase.AWARDED)
        case r.ContractMade(_, signed_on):
            return _enter(replace(opening, contract_on=signed_on), Phase.CONTRACTED)
        case Withheld():
            return opening
        case _:
            assert_never(event)


def _enter(opening: Opening, phase: Phase, due_at: datetime | None = None) -> Opening:
    return replace(opening, phase=phase, due_at=due_at, version=opening.version + 1)


def _tender(opening: Opening, bidder: PersonId | None, **changes: object) -> Opening:
    """`opening` with one tender changed; a tender that this reader can't name stays as it is."""
    if bidder is None or bidder not in opening.tenders:
        return opening
    changed = replace(opening.tenders[bidder], **changes)
    return replace(opening, tenders=opening.tenders | {bidder: changed})


def _seal_of(outcome: r.Outcome) -> Seal:
    return Seal.LEFT_SEALED if isinstance(outcome, r.LeftSealed) else Seal.DECRYPTED
