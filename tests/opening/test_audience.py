"""Who sees what, over every opening that could happen."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bidroom.envelope import HALL, PUBLIC, STAFF, Actor, Envelope, Role, Withheld
from bidroom.opening import record as r
from bidroom.opening.audience import View, redact, redact_for, takes_part, view_of
from bidroom.opening.policy import canonical
from bidroom.opening.record import Event, Phase, Seen
from bidroom.opening.rules import wake_at
from bidroom.opening.state import evolve, replay
from crypto import canonical as any_json
from tests.opening.people import (
    ACT,
    AGENT,
    AGENT_2,
    SCRIBE,
    WATCH,
    WITNESS,
    A,
    B,
    C,
    D,
    Story,
    bidder,
    tender,
)
from tests.opening.walk import STREAM, Walk, walk_until

OTHERS = [PUBLIC, bidder(A), bidder(B), AGENT]
Record = list[Envelope[Event]]


@st.composite
def records(draw: st.DrawFn) -> Record:
    return Walk(draw(st.integers(0, 2**32).map(Random)), Counter[Any]()).run().entries


def seen_by(record: Record, reader: Actor) -> list[Seen]:
    return [redact(entry, reader).event for entry in record]


def read_out(record: Record) -> bool:
    return any(isinstance(entry.event, r.OffersReadOut) for entry in record)


@given(records())
@settings(max_examples=60, deadline=None)
def test_every_reader_gets_every_number_and_a_record_that_replays(record: Record) -> None:
    for reader in OTHERS:
        seen = [redact(entry, reader) for entry in record]
        assert [entry.seq for entry in seen] == list(range(1, len(record) + 1))
        assert [entry.at for entry in seen] == [entry.at for entry in record]
        truth, shown = replay(e.event for e in record), replay(e.event for e in seen)
        assert (shown.phase, shown.version, shown.due_at) == (
            truth.phase,
            truth.version,
            truth.due_at,
        )
        assert shown.offers == truth.offers
        assert shown.decrypted_count == truth.decrypted_count
        assert wake_at(shown) == wake_at(truth)


@given(records())
@settings(max_examples=60, deadline=None)
def test_before_the_deadline_nothing_stands_on_the_record_that_tells_of_a_tender(
    record: Record,
) -> None:
    quiet = (r.OpeningScheduled, r.OpeningPostponed, r.LobbyOpened, r.OpeningTerminated)
    opening = None
    for entry in record:
        opening = evolve(opening, entry.event)
        if opening.phase in {Phase.SCHEDULED, Phase.LOBBY}:
            assert isinstance(entry.event, quiet)


@given(records())
@settings(max_examples=60, deadline=None)
def test_no_bidder_is_named_before_the_roster_and_in_a_failed_tender_never(record: Record) -> None:
    named = False
    for entry in record:
        named = named or isinstance(entry.event, r.RosterPublished)
        for reader in (PUBLIC, bidder(A), AGENT):
            text = canonical(redact(entry, reader)).decode()
            assert named or not any(f'"{who}' in text for who in (B, C))


@given(records())
@settings(max_examples=60, deadline=None)
def test_what_a_bidder_says_in_private_is_not_heard_by_the_others(record: Record) -> None:
    answered: set[int] = set()
    for entry in record:
        public = redact(entry, PUBLIC)
        match entry.event:
            case r.KeyRefused() | r.BodyOpened() | r.BodyUnreadable():
                assert public.event == Withheld()
                assert public.by == HALL
            case r.TenderDecrypted():
                assert canonical(public).decode().count('"bidder":null') == 1
                assert public.by == HALL
            case r.ObjectionRaised(number):
                assert public.event == r.ObjectionRaised(number, None, None, None)
                assert (public.by, public.cause) == (HALL, "withheld")
            case r.ObjectionAnswered(number):
                answered.add(number)
                assert public.event == entry.event
            case _:
                pass


@given(records())
@settings(max_examples=60, deadline=None)
def test_an_opening_never_signs_over_an_objection_nor_reads_out_over_an_undecided_tender(
    record: Record,
) -> None:
    opening, ends = None, None
    for entry in record:
        opening = evolve(opening, entry.event)
        match entry.event:
            case r.SigningBegan() | r.OpeningClosed():
                assert not opening.unanswered
            case r.DecryptionSettled() | r.OffersReadOut():
                assert not opening.undecided
            case r.DecryptionBegan(ends_at):
                ends = ends_at
            case r.WindowExtended(ends_at):
                assert ends is not None
                assert ends_at > ends
                ends = ends_at
            case _:
                pass


@given(records())
@settings(max_examples=60, deadline=None)
def test_a_record_is_the_same_in_every_coat_it_wears(record: Record) -> None:
    for entry in record:
        text = canonical(entry)
        assert msgspec.json.decode(text, type=Envelope[Event]) == entry
        assert any_json.encode(any_json.decode(text, limit=10**6)) == text


def test_every_row_of_the_table_and_every_kind_of_event_is_reached() -> None:
    taken, seen, _ = walk_until(seed=7, times=20, walks_max=6_000)
    assert min(taken.values()) > 0
    assert min(seen.values()) >= 20


@pytest.mark.parametrize(
    ("event", "view", "shown"),
    [
        (r.TendersSealed(("aa",), None), View.PUBLIC, r.TendersSealed(("aa",), None)),
        (r.RosterKept((tender(A),)), View.STAFF, Withheld()),
        (r.RosterKept((tender(A),)), View.OWN, Withheld()),
        (r.KeyRefused(A, "wrong_key"), View.OWN, r.KeyRefused(A, "wrong_key")),
        (r.KeyRefused(A, "wrong_key"), View.STAFF, r.KeyRefused(A, "wrong_key")),
        (r.KeyRefused(A, "wrong_key"), View.BIDDER, Withheld()),
        (r.TenderDecrypted(A, ACT), View.OWN, r.TenderDecrypted(A, ACT)),
        (r.TenderDecrypted(A, ACT), View.STAFF, r.TenderDecrypted(A, ACT)),
        (r.TenderDecrypted(A, ACT), View.BIDDER, r.TenderDecrypted(A, None)),
        (r.TenderDecrypted(A, ACT), View.PUBLIC, r.TenderDecrypted(None, None)),
        (
            r.TenderLeftSealed(A, r.Cause.PENDING, 2, "wrong_key"),
            View.PUBLIC,
            r.TenderLeftSealed(None, r.Cause.PENDING, 0, None),
        ),
        (
            r.TenderLeftSealed(A, r.Cause.PENDING, 2, "wrong_key"),
            View.BIDDER,
            r.TenderLeftSealed(A, r.Cause.PENDING, 0, None),
        ),
        (
            r.TenderLeftSealed(A, r.Cause.PENDING, 2, "wrong_key"),
            View.OWN,
            r.TenderLeftSealed(A, r.Cause.PENDING, 2, "wrong_key"),
        ),
        (r.BodyUnreadable(A, "x"), View.BIDDER, r.BodyUnreadable(A, "x")),
        (r.BodyUnreadable(A, "x"), View.PUBLIC, Withheld()),
        (r.BodyOpened(A, "x", 1, 1), View.PUBLIC, Withheld()),
        (r.ObjectionRaised(1, A, "?", ACT), View.OWN, r.ObjectionRaised(1, A, "?", ACT)),
        (r.ObjectionRaised(1, A, "?", ACT), View.STAFF, r.ObjectionRaised(1, A, "?", ACT)),
        (r.ObjectionRaised(1, A, "?", ACT), View.BIDDER, r.ObjectionRaised(1, None, None, None)),
        (r.ObjectionRaised(1, A, "?", ACT), View.PUBLIC, r.ObjectionRaised(1, None, None, None)),
        (r.ReadOutConfirmed(A, ACT), View.PUBLIC, r.ReadOutConfirmed(A, ACT)),
    ],
)
def test_the_table_of_who_sees_what(event: Event, view: View, shown: Seen) -> None:
    entry = Envelope(STREAM, 9, tender(A).received_at, bidder(A), "ask-00009", event)
    assert redact_for(entry, view).event == shown


def test_the_public_is_not_told_who_decrypted_last() -> None:
    settled = r.DecryptionSettled(3, 0, tender(A).received_at)
    entry = Envelope(STREAM, 9, tender(A).received_at, bidder(C), "ask-00009", settled)
    assert redact(entry, PUBLIC) == replace(entry, by=HALL, cause="withheld")
    assert redact(entry, bidder(A)) == entry


def test_a_reader_is_the_subject_of_their_own_events_only() -> None:
    event = r.KeyRefused(A, "wrong_key")
    assert [view_of(event, who) for who in (bidder(A), bidder(B), WATCH, HALL, PUBLIC)] == [
        View.OWN,
        View.BIDDER,
        View.STAFF,
        View.STAFF,
        View.PUBLIC,
    ]


def test_who_has_no_part_in_an_opening_is_known_from_the_freeze_on() -> None:
    opening = Story().scheduled().now
    staff = [AGENT, AGENT_2, SCRIBE, WATCH, WITNESS, HALL]
    strangers = [Actor(role, D) for role in STAFF] + [Actor(Role.AGENT, WATCH.id), PUBLIC]
    others = [*strangers, bidder(A), bidder(D)]
    assert [who for who in (*staff, *others) if takes_part(opening, who)] == staff
    opening = Story().sealed().now
    assert [who for who in (*staff, *others) if takes_part(opening, who)] == [*staff, bidder(A)]
