"""Whether a record shows all that it has to.

The leaf of an entry without its salt proves nothing of what stands above it. So only what nobody
may read is taken without one, in the shape that says nothing, where the rules could have put it;
and an entry in full has no blanks. Otherwise whoever holds the hall's keys could keep every leaf
and root that people signed, and show something else above them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bidroom.envelope import HALL, Withheld
from bidroom.opening import record as r
from bidroom.opening.audience import NOBODY
from bidroom.opening.record import Phase, Seen
from bidroom.opening.state import Opening
from bidroom.publish.bundle import Entry


def is_rightly_shown(before: Opening | None, entries: Sequence[Entry], index: int) -> bool:
    """Whether the entry at `index` may stand as it does; `before`: what leads to it."""
    entry = entries[index]
    envelope, event = entry.envelope, entry.envelope.event
    if entry.salt is not None:
        return _is_whole(event)
    if envelope.by != HALL or envelope.cause != NOBODY or before is None:
        return False
    match event:
        case Withheld() if before.phase is Phase.DECRYPTION:
            return True  # a refused key
        case Withheld():  # whose tenders were frozen, where no roster followed
            after_freeze = isinstance(entries[index - 1].envelope.event, r.TendersSealed)
            return after_freeze and not _has(entries, r.RosterPublished)
        case r.ObjectionRaised(number, None, None, None):
            return not any(
                isinstance(it.envelope.event, r.ObjectionAnswered)
                and it.envelope.event.number == number
                for it in entries
            )
        case _:
            return False


def _is_whole(event: Seen) -> bool:
    match event:
        case Withheld() | r.TenderLeftSealed(None):
            return False
        case r.TenderDecrypted(bidder, act):
            return bidder is not None and act is not None
        case r.ObjectionRaised(_, bidder, text, act):
            return None not in (bidder, text, act)
        case _:
            return True


def _has(entries: Sequence[Entry], kind: type[Seen]) -> bool:
    return any(isinstance(it.envelope.event, kind) for it in entries)
