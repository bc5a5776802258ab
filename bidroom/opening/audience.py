"""Who may see what.

Every reader of an opening gets every sequence number. What is not for a reader's eyes is
replaced and never dropped, so a gap in the numbers always means a lost frame.

What a reader sees of an event never changes afterwards. A secret comes out by a later event
(`RosterPublished`, `OffersReadOut`, `ObjectionAnswered`), so that those who watched and those who
arrive late read the same record. Nothing private enters the record before the deadline at all:
a withheld number would still be a count.

There are four kinds of reader, and an event is encoded once for each, never once per reader.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from bidroom.envelope import HALL, Actor, Envelope, PersonId, Role, Withheld
from bidroom.opening import record as r
from bidroom.opening.record import Event, Seen
from bidroom.opening.state import Opening


class View(StrEnum):
    STAFF = "staff"  # the agent's people, supervisors and the notary, and the hall itself
    OWN = "own"  # the bidder whom the event is about
    BIDDER = "bidder"  # another bidder
    PUBLIC = "public"


NOBODY = "withheld"  # the cause of an envelope whose asker is withheld


def subject(event: Event) -> PersonId | None:
    """The bidder whom `event` is about, where others see less of it."""
    match event:
        case (
            r.KeyRefused(bidder)
            | r.TenderDecrypted(bidder)
            | r.TenderLeftSealed(bidder)
            | r.BodyOpened(bidder)
            | r.BodyUnreadable(bidder)
            | r.ObjectionRaised(_, bidder)
            | r.ReadOutConfirmed(bidder)
        ):
            return bidder
        case _:
            return None


def view_of(event: Event, reader: Actor) -> View:
    match reader.role:
        case Role.AGENT | Role.SUPERVISOR | Role.NOTARY | Role.HALL:
            return View.STAFF
        case Role.BIDDER:
            return View.OWN if subject(event) == reader.id else View.BIDDER
        case Role.PUBLIC:
            return View.PUBLIC


def people_as(opening: Opening, role: Role) -> tuple[r.Person, ...]:
    """Who of the staff takes part in this opening in that role."""
    facts = opening.facts
    match role:
        case Role.AGENT:
            return (*facts.hosts, facts.recorder)
        case Role.SUPERVISOR:
            return facts.supervisors
        case Role.NOTARY:
            return () if facts.notary is None else (facts.notary,)
        case _:
            return ()


def takes_part(opening: Opening, reader: Actor) -> bool:
    """Whether `reader` has a part in this opening. Who has none reads it as the public does.

    Who bids is known from the freeze on; what stands on the record before it is the same for all.
    """
    match reader.role:
        case Role.AGENT | Role.SUPERVISOR | Role.NOTARY:
            return any(person.id == reader.id for person in people_as(opening, reader.role))
        case Role.BIDDER:
            return any(tender.bidder == reader.id for tender in opening.frozen)
        case Role.HALL:
            return True
        case Role.PUBLIC:
            return False


def view_in(opening: Opening, event: Event, reader: Actor) -> View:
    """How `reader` sees an event of this opening."""
    view = view_of(event, reader)
    return view if view is View.PUBLIC or takes_part(opening, reader) else View.PUBLIC


def sees_whole(opening: Opening, envelope: Envelope[Event], reader: Actor) -> bool:
    """Whether nothing of `envelope` is withheld from `reader`, who may then have its salt."""
    return redact_for(envelope, view_in(opening, envelope.event, reader)) == envelope


def redact(envelope: Envelope[Event], reader: Actor) -> Envelope[Seen]:
    """`envelope` as `reader` may see it."""
    return redact_for(envelope, view_of(envelope.event, reader))


def redact_for(envelope: Envelope[Event], view: View) -> Envelope[Seen]:
    match envelope.event, view:
        case r.RosterKept(), _:
            return _unsaid(envelope, Withheld())
        case r.KeyRefused(), View.BIDDER | View.PUBLIC:
            return _unsaid(envelope, Withheld())
        case r.TenderDecrypted() as event, View.PUBLIC:
            return _unsaid(envelope, replace(event, bidder=None, act=None))
        case r.DecryptionSettled() as event, View.PUBLIC:
            return _unsaid(envelope, event)  # it stands there by whoever came last
        case r.TenderDecrypted() as event, View.BIDDER:
            return replace(envelope, event=replace(event, act=None))
        case r.TenderLeftSealed(_, cause), View.PUBLIC:
            return replace(envelope, event=r.TenderLeftSealed(None, cause, 0, None))
        case r.TenderLeftSealed(bidder, cause), View.BIDDER:
            return replace(envelope, event=r.TenderLeftSealed(bidder, cause, 0, None))
        case ((r.BodyOpened() | r.BodyUnreadable()), View.PUBLIC):
            return _unsaid(envelope, Withheld())
        case r.ObjectionRaised(number), View.BIDDER | View.PUBLIC:
            return _unsaid(envelope, r.ObjectionRaised(number, None, None, None))
        case _:
            return envelope


def _unsaid(envelope: Envelope[Event], shown: Seen) -> Envelope[Seen]:
    """`shown` in place of the event, and nothing that tells who asked for it."""
    return replace(envelope, event=shown, by=HALL, cause=NOBODY)
