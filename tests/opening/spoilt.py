"""Records with one thing changed that the rules fix: what whoever checks a record must notice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from msgspec.structs import fields, replace

from bidroom.envelope import Actor, Envelope, PersonId, Role
from bidroom.opening.record import Event
from tests.opening.walk import Walk

WALKS: Final = 150
Change = tuple[str, list[Envelope[Event]]]
MICROSECOND: Final = timedelta(microseconds=1)

# What a speaker is free to say, or what another check of the verifier holds to account.
FREE: Final = {
    "OpeningScheduled": {
        "title", "project", "notice", "notice_sha256", "opens_at", "policy", "hosts", "recorder",
        "supervisors", "notary",
    },
    "OpeningPostponed": {"opens_at", "reason"},
    "TendersSealed": {"seals"},
    "WindowExtended": {"reason"},
    "DrawBegan": {"log_size", "log_root"},
    "ShareRevealed": {"act"},
    "PartReleased": {"act"},
    "ManualDrawEntered": {"rounds", "reason", "act"},
    "ManualDrawCosigned": {"act"},
    "KeyRefused": {"why"},
    "TenderDecrypted": {"act"},
    "TenderLeftSealed": {"cause", "keys_refused", "last_refusal"},
    "BodyOpened": {"index_sha256", "files_count", "size_bytes"},
    "BodyUnreadable": {"why"},
    "ConfirmationBegan": {"minutes_sha256"},
    "ReadOutConfirmed": {"act"},
    "ObjectionRaised": {"text", "act"},
    "ObjectionAnswered": {"text"},
    "SigningBegan": {"minutes_sha256"},
    "RecordSigned": {"act"},
    "OpeningTerminated": {"reason"},
    "CandidatesNamed": {"candidates"},
    "ContractMade": {"signed_on"},
}  # fmt: skip
STRANGER: Final = Actor(Role.BIDDER, PersonId("戊"))


def other(value: Any) -> Any:
    """Another value, as near as can be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case datetime():
            return value + MICROSECOND
        case date():
            return value + timedelta(days=1)
        case None:
            return datetime(2026, 4, 12, 5, 0, 0, 1).astimezone()
        case str():
            return value + "x"
        case tuple():
            return value[:-1] if value else ("x",)
        case dict():
            return dict(list(value.items())[:-1])
    raise AssertionError(value)


def spoilt(record: list[Envelope[Event]]) -> Iterator[Change]:
    """The record with one thing changed that the rules fix, and what that is."""
    for place, entry in enumerate(record):
        kind = type(entry.event).__name__
        for field in fields(entry.event):
            if field.name in FREE.get(kind, ()):
                continue
            event = replace(entry.event, **{field.name: other(getattr(entry.event, field.name))})
            yield f"{kind}.{field.name}", with_entry(record, place, replace(entry, event=event))
        yield f"{kind} by another", with_entry(record, place, replace(entry, by=STRANGER))


def with_entry(
    record: list[Envelope[Event]], place: int, entry: Envelope[Event]
) -> list[Envelope[Event]]:
    return [*record[:place], entry, *record[place + 1 :]]


def walked(count: int) -> list[list[Envelope[Event]]]:
    taken = Counter[tuple[str, str]]()
    return [Walk(Random(seed), taken).run().entries for seed in range(count)]


def changes(records: list[list[Envelope[Event]]], each: int = 3) -> list[Change]:
    """`each` examples of every kind of change that there is in `records`."""
    chosen, often = list[Change](), Counter[str]()
    for record in records:
        for what, changed in spoilt(record):
            often[what] += 1
            if often[what] <= each:
                chosen.append((what, changed))
    assert len(often) > 60, "every kind of event came, with what the rules fix of it"
    return chosen


STEPS: Final = {
    "RosterPublished", "DecryptionBegan", "DecryptionSettled", "OffersReadOut",
    "ConfirmationBegan", "ConfirmationEnded", "SigningBegan", "OpeningNotOpened",
}  # fmt: skip


def steps_twice_and_left_out(
    records: list[list[Envelope[Event]]],
) -> Iterator[list[Envelope[Event]]]:
    """Records in which a step stands twice, or not at all before a later one."""
    for record in records:
        for place, entry in enumerate(record):
            if type(entry.event).__name__ not in STEPS:
                continue
            yield [*record[: place + 1], *record[place:]]
            # Left out at the very end it would be a shorter record, and lawful.
            if any(type(later.event).__name__ in STEPS for later in record[place + 1 :]):
                yield [*record[:place], *record[place + 1 :]]
