"""Records by an insider who keeps every leaf and root, and shows something else above them.

Each act still names a root that stood there, and each head that anybody kept is still this log's.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from bidroom.envelope import HALL, Envelope, Withheld
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.audience import NOBODY
from bidroom.opening.record import Seen
from bidroom.publish.bundle import Entry, decode
from crypto.statements import Purpose
from tests.opening.people import after
from tests.publish.forge import relogged, writing
from tests.publish.opened import Opened
from tests.publish.test_verify import resigned

Change = Callable[[Seen], Seen | None]  # None: it is let be


def acts_dropped(event: Seen) -> Seen | None:
    """Decryptions that nobody signed, so that nobody's history is named."""
    return replace(event, act=None) if isinstance(event, r.TenderDecrypted) else None


def objection_hidden(event: Seen) -> Seen | None:
    return Withheld() if isinstance(event, r.ObjectionRaised | r.ObjectionAnswered) else None


def objection_blanked(event: Seen) -> Seen | None:
    """As one that was never answered; its answer stays."""
    if not isinstance(event, r.ObjectionRaised):
        return None
    return r.ObjectionRaised(event.number, None, None, None)


def confirmation_hidden(event: Seen) -> Seen | None:
    return Withheld() if isinstance(event, r.ReadOutConfirmed) else None


def roster_hidden(event: Seen) -> Seen | None:
    return Withheld() if isinstance(event, r.RosterKept) else None


def freeze_altered(event: Seen) -> Seen | None:
    """The same digests, and another time at which the roster was due."""
    return replace(event, goes_on_at=None) if isinstance(event, r.TendersSealed) else None


# how, and where the verifier stops
HIDDEN: Final[dict[str, tuple[Change, str]]] = {
    "acts dropped": (acts_dropped, "entry 8 (TenderDecrypted)"),
    "objection hidden": (objection_hidden, "entry 13 (Withheld)"),
    "objection blanked": (objection_blanked, "entry 13 (ObjectionRaised)"),
    "confirmation hidden": (confirmation_hidden, "entry 16 (Withheld)"),
    "roster hidden": (roster_hidden, "entry 4 (Withheld)"),
    "freeze altered": (freeze_altered, "entry 3 (TendersSealed)"),
}


def hidden(opened: Opened, change: Change) -> bytes:
    """The record of `opened`, which is over, with entries changed that then have no salt."""
    record = opened.published()

    def shown(entry: Entry) -> Entry:
        event = change(entry.envelope.event)
        if event is None:
            return entry
        envelope: Envelope[Seen] = replace(entry.envelope, event=event, by=HALL, cause=NOBODY)
        return Entry(entry.leaf, None, envelope)

    entries = tuple(shown(entry) for entry in decode(record).contents.entries)
    return resigned(opened, record, entries=entries)


def logged_with_blanks(opened: Opened) -> bytes:
    """The log made anew with a decryption that nobody signed, in full."""
    opened.true_log = opened.record
    entries = [entry.envelope for entry in opened.record.entries]
    blank = [
        replace(it, event=replace(it.event, act=None))
        if isinstance(it.event, r.TenderDecrypted)
        else it
        for it in entries
    ]
    with writing(opened, relogged(opened, blank)):
        return opened.published()


def terminated_before_the_roster() -> bytes:
    """A true record in which nobody may read whose tenders were frozen."""
    opened = Opened().scheduled()
    opened.say(c.SealTenders(tuple(firm.sealed for firm in opened.firms)), HALL, 0)
    opened.say(c.Terminate(opened.version, "项目调整"), opened.agent, 1)
    return opened.published()


class Unanswered(Opened):
    """An opening that is terminated before anybody answers the objection."""

    def terminated(self) -> bytes:
        self.scheduled().say(c.SealTenders(tuple(f.sealed for f in self.firms)), HALL, 0)
        self.say(c.PublishRoster(self.version), self.agent, 1)
        firm, text = self.firms[0], "唱标价格与投标函是否一致？"
        said = sha256(text.encode()).hexdigest()
        act = self.act(firm.signing, firm.id, Purpose.OBJECT, said, after(2))
        self.say(c.RaiseObjection(text, act), firm.actor, 2)
        self.say(c.Terminate(self.version, "项目调整"), self.agent, 3)
        return self.published()
