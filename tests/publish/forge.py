"""Records forged by an insider who holds the hall's keys, has the host's help, and signs anew.

python -m tests.publish.forge FOLDER    writes them, and what was kept, and prints what the verifier
                                        says of each
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from bidroom.envelope import HALL, Envelope
from bidroom.hall.log import Record
from bidroom.opening import drawing as d
from bidroom.opening import record as r
from bidroom.opening.draw import draw, seed_of
from bidroom.opening.minutes import minutes_sha256
from bidroom.opening.record import Event
from bidroom.opening.state import replay
from bidroom.publish import kept
from bidroom.publish.findings import RecordFails
from bidroom.publish.verify import verify
from crypto import statements
from crypto.demo_ca import Issued
from crypto.statements import Purpose
from tests.opening.people import after
from tests.publish.drawn import OpenedDraw
from tests.publish.opened import LOT, Opened, signed

Entries = list[Envelope[Event]]


class Forged(NamedTuple):
    """A forged record, and what somebody kept by which it is found out all the same."""

    record: bytes
    head: tuple[int, str]  # of the true log: its size and root
    receipt: bytes  # of the first firm's package
    true: bytes


def relogged(opened: Opened, entries: Entries) -> Record:
    """`entries` as a new log, with the minutes' digests made right, and host and recorder signing
    again. What stands before the first change keeps its salts, and so its roots.
    """
    record, same = Record(), True
    for it, true in zip_longest(entries, opened.true_log.entries):
        if it is None:
            break
        event = _made_right(opened, record, it)
        same = same and true is not None and replace(it, event=event) == true.envelope
        new = record.sealed(opened.stream, it.at, it.by, it.cause, [event])
        record.extend([true] if same else new)
    return record


def _made_right(opened: Opened, record: Record, it: Envelope[Event]) -> Event:
    event, before = it.event, record.opening
    match event:
        case r.ConfirmationBegan() | r.SigningBegan():
            assert before is not None
            return replace(event, minutes_sha256=minutes_sha256(before))
        case r.RecordSigned(person, duty):
            assert before is not None
            who = opened.host if duty is r.Duty.HOST else opened.recorder
            subject = before.minutes_sha256 or ""
            with writing(opened, record):
                return replace(event, act=opened.act(who, person, Purpose.SIGN, subject, it.at))
        case _:
            return event


@contextmanager
def writing(opened: Opened, record: Record) -> Iterator[None]:
    """While this lasts, acts name `record` as the history that was seen."""
    kept_record, opened.record = opened.record, record
    try:
        yield
    finally:
        opened.record = kept_record


def silenced(entries: Entries) -> Entries:
    """Nobody confirmed: whoever would have signed what is forged was silent."""
    opening = replay(it.event for it in entries)
    everybody = tuple(opening.tenders)
    found = [it for it in entries if not isinstance(it.event, r.ReadOutConfirmed)]
    return [
        replace(it, event=replace(it.event, silent=everybody))
        if isinstance(it.event, r.ConfirmationEnded)
        else it
        for it in found
    ]


def price_changed(opened: Opened, entries: Entries) -> Entries:
    first = opened.firms[0].id

    def cheaper(event: Event) -> Event:
        if not isinstance(event, r.OffersReadOut):
            return event
        outcome = event.outcomes[first]
        assert isinstance(outcome, r.ReadOut)
        offer = replace(outcome.offer, values=outcome.offer.values | {"price": 1_00})
        return replace(event, outcomes=event.outcomes | {first: replace(outcome, offer=offer)})

    changed = [replace(it, event=cheaper(it.event)) for it in entries]
    return silenced(objection_dropped(opened, changed))


def objection_dropped(opened: Opened, entries: Entries) -> Entries:
    gone = r.ObjectionRaised | r.ObjectionAnswered
    return [it for it in entries if not isinstance(it.event, gone)]


def objection_dropped_and_all_silent(opened: Opened, entries: Entries) -> Entries:
    return silenced(objection_dropped(opened, entries))


def tender_swapped(opened: Opened, entries: Entries) -> Entries:
    """The first firm's digest is another's: a package that the insider sealed."""
    first, other = opened.firms[0].sealed, "ab" * 32

    def swapped(event: Event) -> Event:
        match event:
            case r.TendersSealed(seals):
                new = sorted(other if seal == first.seal else seal for seal in seals)
                return replace(event, seals=tuple(new))
            case r.RosterKept(tenders) | r.RosterPublished(tenders):
                new_ones = [
                    replace(it, seal=other) if it.seal == first.seal else it for it in tenders
                ]
                return replace(event, tenders=tuple(new_ones))
            case _:
                return event

    return silenced([replace(it, event=swapped(it.event)) for it in entries])


def tail_cut(opened: Opened, entries: Entries) -> Entries:
    """Ended before the read-out, as if the host had terminated it."""
    read_out = next(n for n, it in enumerate(entries) if isinstance(it.event, r.OffersReadOut))
    ended = replace(entries[read_out], event=r.OpeningTerminated("项目调整"))
    return [*entries[:read_out], ended]


def draw_altered(opened: Opened, entries: Entries) -> Entries:
    """The platform's share is another, and all that follows from it is computed anew."""
    share = "5e" * 32
    opening = replay(it.event for it in entries)
    plan, drawing, facts = opening.facts.notice.draw, opening.draw, opening.facts
    assert plan is not None
    assert drawing is not None
    shares = drawing.shares | {HALL.id: share}
    seed = seed_of(
        facts.notice_sha256, drawing.log_root, [shares[it.person] for it in plan.contributors]
    )

    def altered(event: Event) -> Event:
        match event:
            case d.ShareRevealed(HALL.id):
                return replace(event, share=share)
            case d.DrawMade():
                return replace(event, seed=seed, rounds=draw(plan, seed, sorted(opening.tenders)))
            case _:
                return event

    return silenced([replace(it, event=altered(it.event)) for it in entries])


FORGERIES: Final[dict[str, Callable[[Opened, Entries], Entries]]] = {
    "price changed": price_changed,
    "objection dropped": objection_dropped,
    "objection dropped, nobody confirmed": objection_dropped_and_all_silent,
    "tender swapped": tender_swapped,
    "tail cut": tail_cut,
}


def forged(opened: Opened, how: Callable[[Opened, Entries], Entries]) -> Forged:
    """What the insider publishes instead of `opened`, which is over."""
    true, log = opened.published(), opened.record
    opened.true_log = log
    entries = [entry.envelope for entry in log.entries]
    size = next(n for n, it in enumerate(entries, 1) if isinstance(it.event, r.ObjectionAnswered))
    head, receipt = (size, log.entries[size - 1].root.hex()), receipt_of(opened)
    with writing(opened, relogged(opened, how(opened, entries))):
        return Forged(opened.published(), head, receipt, true)


def receipt_of(opened: Opened, by: Issued | None = None) -> bytes:
    seal = opened.firms[0].sealed.seal
    act = signed(by or opened.hall(), statements.receipt(LOT, LOT, seal, after(-100), 1))
    return json.dumps(
        {"statement": act.statement, "signature": act.signature, "certificate": act.certificate}
    ).encode()


def said_of(record: bytes, check: Callable[[bytes], object] = verify) -> str:
    """What `check` says: "holds", or the fault and where it is."""
    try:
        check(record)
    except RecordFails as fails:
        return f"{fails.fault} at {fails.where}"
    return "holds"


def verdicts(made: Forged) -> dict[str, str]:
    """From the bundle alone, and with each thing that somebody kept."""

    def with_head(record: bytes) -> None:
        kept.has_head(kept.contents_of(record), *made.head)

    def with_receipt(record: bytes) -> None:
        kept.has_receipt(record, made.receipt)

    def with_download(record: bytes) -> None:
        kept.compare(made.true, record)

    return {
        "alone": said_of(made.record),
        "with a head that was kept": said_of(made.record, with_head),
        "with a receipt": said_of(made.record, with_receipt),
        "with an older download": said_of(made.record, with_download),
    }


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    opened = Opened().closed()
    told = [(name, opened, how) for name, how in FORGERIES.items()]
    for name, story, how in [*told, ("draw altered", OpenedDraw().closed(), draw_altered)]:
        made = forged(story, how)
        (folder / f"{name}.json").write_bytes(made.record)
        found: dict[str, Any] = {"forged": name} | verdicts(made)
        print(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
