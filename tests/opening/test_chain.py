"""The chain of an opening, told as short stories: what has happened, who asks, what follows."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from msgspec.structs import replace

from bidroom.envelope import HALL, Actor
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.record import Cause, Duty, Phase
from bidroom.opening.rules import decide, due, wake_at
from bidroom.opening.table import ALLOWED, BY_ITSELF
from tests.opening.people import (
    ACT,
    AGENT,
    AGENT_2,
    NOON,
    READ,
    RESERVE,
    SCHEDULE,
    SCRIBE,
    A,
    B,
    C,
    D,
    Story,
    after,
    bidder,
    tender,
)

MS = 1 / 60_000  # of a minute


def refused(story: Story, reason: Reason, command: c.Command, by: Actor, minute: float) -> None:
    with pytest.raises(Refusal) as refusal:
        decide(story.opening, command, by, after(minute))
    assert refusal.value.reason is reason


def test_every_command_is_someones_to_give() -> None:
    assert set(ALLOWED) == set(get_args(c.Command))


def test_an_opening_goes_from_its_notice_to_its_contract() -> None:
    story = Story().closed()
    story.say(c.NameCandidates(story.version, (B, A)), AGENT, 60)
    story.say(c.MakeAward(story.version, B), AGENT, 90)
    story.say(c.RecordContract(story.version, date(2026, 5, 20)), AGENT, 120)

    assert story.now.phase is Phase.CONTRACTED
    assert story.now.award == B
    assert story.now.contract_on == date(2026, 5, 20)


def test_with_nobody_at_the_desk_the_hall_goes_on_by_itself_to_the_end_of_confirmation() -> None:
    story = Story().scheduled()
    for _ in range(8):
        step = due(story.now)
        assert step is not None
        minute = (step.at - NOON).total_seconds() / 60
        with pytest.raises(Refusal, match=Reason.TOO_EARLY):
            decide(story.now, made(step.command, story), HALL, after(minute - MS))
        story.say(made(step.command, story), HALL, minute)

    assert [type(event) for event in story.events if not isinstance(event, r.TenderLeftSealed)] == [
        r.OpeningScheduled,
        r.LobbyOpened,
        r.TendersSealed,
        r.RosterKept,
        r.RosterPublished,
        r.DecryptionBegan,
        r.DecryptionSettled,
        r.OffersReadOut,
        r.ConfirmationBegan,
        r.ConfirmationEnded,
        r.SigningBegan,
    ]
    assert story.now.silent == (A, B, C)
    # ... minute 0 sealed, 3 roster, 6 window, 36 settled, 39 read out, 42 confirmation, 52 signing
    assert wake_at(story.now) == after(55)


def made(kind: type[c.Command], story: Story) -> c.Command:
    version = story.version
    by_itself: dict[type[c.Command], c.Command] = {
        c.OpenLobby: c.OpenLobby(),
        c.SealTenders: c.SealTenders(tuple(map(tender, (A, B, C)))),
        c.PublishRoster: c.PublishRoster(version),
        c.BeginDecryption: c.BeginDecryption(version),
        c.CloseWindow: c.CloseWindow(),
        c.ReadOutOffers: c.ReadOutOffers(version, {}),
        c.BeginConfirmation: c.BeginConfirmation(version),
        c.EndConfirmation: c.EndConfirmation(),
    }
    return by_itself[kind]


def test_a_deadline_already_past_is_not_scheduled() -> None:
    story = Story()
    refused(story, Reason.DEADLINE_PAST, SCHEDULE, AGENT, 0)
    assert decide(None, SCHEDULE, AGENT, after(-MS))


def test_an_opening_is_scheduled_once_and_by_an_agent() -> None:
    refused(Story().scheduled(), Reason.ALREADY_SCHEDULED, SCHEDULE, AGENT, -10)
    refused(Story(), Reason.NOT_YOUR_PART, SCHEDULE, bidder(A), -10)
    refused(Story(), Reason.NO_SUCH_OPENING, c.OpenLobby(), HALL, 0)


def test_nobody_has_two_duties_and_no_field_two_lines() -> None:
    for twice in (
        replace(SCHEDULE, recorder=SCHEDULE.hosts[0]),
        replace(SCHEDULE, supervisors=(SCHEDULE.recorder,)),
        replace(SCHEDULE, notary=SCHEDULE.hosts[1]),
    ):
        refused(Story(), Reason.DUTIES_OVERLAP, twice, AGENT, -10)
    notice = replace(SCHEDULE.notice, fields=SCHEDULE.notice.fields * 2)
    refused(Story(), Reason.FIELDS_REPEATED, replace(SCHEDULE, notice=notice), AGENT, -10)
    refused(Story(), Reason.TEXT_NOT_PLAIN, replace(SCHEDULE, title="标\u202e段"), AGENT, -10)


def test_postponing_moves_the_one_instant_and_closes_the_lobby_again() -> None:
    story = Story().scheduled()
    story.say(c.OpenLobby(), HALL, -60)
    refused(story, Reason.TOO_EARLY, c.Postpone(story.version, NOON, "改期"), AGENT, -30)
    refused(story, Reason.DEADLINE_PAST, c.Postpone(story.version, after(60), "改期"), AGENT, 0)
    story.say(c.Postpone(story.version, after(60), "改期"), AGENT, -MS)

    assert story.now.phase is Phase.SCHEDULED
    assert story.now.opens_at == after(60)
    assert due(story.now) == (after(0), c.OpenLobby)


def test_lobby_and_sealing_come_at_their_instants_and_not_a_millisecond_before() -> None:
    story = Story().scheduled()
    refused(story, Reason.TOO_EARLY, c.OpenLobby(), HALL, -60 - MS)
    story.say(c.OpenLobby(), HALL, -60)
    sealing = c.SealTenders(tuple(map(tender, (A, B, C))))
    refused(story, Reason.TOO_EARLY, sealing, HALL, -MS)
    refused(story, Reason.NOT_YOUR_PART, sealing, AGENT, 0)

    sealed, kept = story.say(sealing, HALL, 0)

    assert isinstance(sealed, r.TendersSealed)
    assert kept == r.RosterKept(tuple(map(tender, (A, B, C))))
    assert sealed.seals == tuple(sorted(tender(who).seal for who in (A, B, C)))
    assert sealed.goes_on_at == after(3)


def test_with_two_tenders_nothing_is_opened_and_nobody_is_named() -> None:
    story = Story().sealed(A, B)

    assert story.events[-2:] == [
        r.TendersSealed(tuple(sorted(tender(who).seal for who in (A, B))), None),
        r.OpeningNotOpened(2),
    ]
    assert story.now.phase is Phase.NOT_OPENED
    assert wake_at(story.now) is None
    refused(story, Reason.WINDOW_OVER, c.DecryptTender(ACT), bidder(A), 5)


def test_a_step_is_the_hosts_at_once_and_the_halls_after_the_grace() -> None:
    story = Story().sealed()
    refused(story, Reason.TOO_EARLY, c.PublishRoster(story.version), HALL, 3 - MS)
    refused(story, Reason.NOT_YOUR_PART, c.PublishRoster(story.version), AGENT_2, 1)
    refused(story, Reason.NOT_YOUR_PART, c.PublishRoster(story.version), bidder(A), 1)
    by_hall = story.say(c.PublishRoster(story.version), HALL, 3)
    assert by_hall == [r.RosterPublished(tuple(map(tender, (A, B, C))), after(6))]


def test_a_step_is_taken_once_even_if_two_hosts_click() -> None:
    story = Story().roster()
    seen = story.version
    story.say(c.BeginDecryption(seen), AGENT, 2)
    refused(story, Reason.NOT_NOW, c.BeginDecryption(seen), AGENT, 2)
    refused(story, Reason.STALE_VERSION, c.ExtendWindow(seen, 60, "网络"), AGENT, 2)
    story.say(c.ExtendWindow(story.version, 60, "网络"), AGENT, 2)
    refused(story, Reason.STALE_VERSION, c.ExtendWindow(seen + 1, 60, "网络"), AGENT, 2)


def test_the_last_tender_decrypted_settles_the_window() -> None:
    story = Story().window()
    assert story.say(c.DecryptTender(ACT), bidder(A), 3) == [r.TenderDecrypted(A, ACT)]
    story.say(c.DecryptTender(ACT), bidder(B), 3)
    assert story.say(c.DecryptTender(ACT), bidder(C), 4) == [
        r.TenderDecrypted(C, ACT),
        r.DecryptionSettled(3, 0, after(7)),
    ]


def test_a_key_is_taken_in_the_window_only() -> None:
    story = Story().roster()
    refused(story, Reason.WINDOW_NOT_OPEN, c.DecryptTender(ACT), bidder(A), 1)
    story.say(c.BeginDecryption(story.version), AGENT, 2)
    refused(story, Reason.WINDOW_OVER, c.DecryptTender(ACT), bidder(A), 32)
    story.say(c.DecryptTender(ACT), bidder(A), 32 - MS)
    refused(story, Reason.ALREADY_DECRYPTED, c.DecryptTender(ACT), bidder(A), 5)
    refused(story, Reason.NO_TENDER, c.DecryptTender(ACT), bidder(D), 5)
    refused(Story().settled(), Reason.WINDOW_OVER, c.DecryptTender(ACT), bidder(A), 5)


def test_a_tender_whose_seal_broke_in_our_keeping_takes_no_key() -> None:
    story = Story().scheduled()
    story.say(c.OpenLobby(), HALL, -60)
    broken = (tender(A), tender(B), tender(C, intact=False))
    story.say(c.SealTenders(broken), HALL, 0)
    story.say(c.PublishRoster(story.version), AGENT, 1)
    story.say(c.BeginDecryption(story.version), AGENT, 2)
    refused(story, Reason.SEAL_BROKEN, c.DecryptTender(ACT), bidder(C), 3)


def test_a_tender_still_sealed_when_the_window_closes_is_left_sealed_and_the_others_go_on() -> None:
    story = Story().window()
    story.say(c.DecryptTender(ACT), bidder(A), 3)
    story.say(c.NoteRefusedKey("wrong_key"), bidder(B), 4)
    refused(story, Reason.TOO_EARLY, c.CloseWindow(), HALL, 32 - MS)

    assert story.say(c.CloseWindow(), HALL, 32) == [
        r.TenderLeftSealed(B, Cause.PENDING, 1, "wrong_key"),
        r.TenderLeftSealed(C, Cause.PENDING, 0, None),
        r.DecryptionSettled(1, 2, after(35)),
    ]
    read = story.say(c.ReadOutOffers(story.version, {A: READ}), AGENT, 33)
    assert read == [
        r.OffersReadOut(
            {A: READ, B: r.LeftSealed(Cause.PENDING), C: r.LeftSealed(Cause.PENDING)},
            after(36),
        )
    ]


def test_refused_keys_are_noted_up_to_a_limit_and_no_longer_than_the_window() -> None:
    story = Story().window()
    for _ in range(3):
        assert story.say(c.NoteRefusedKey("wrong_key"), bidder(A), 3) == [
            r.KeyRefused(A, "wrong_key")
        ]
    assert story.say(c.NoteRefusedKey("wrong_key"), bidder(A), 4) == []
    assert story.say(c.NoteRefusedKey("wrong_key"), bidder(B), 32) == []
    assert story.say(c.NoteRefusedKey("wrong_key"), bidder(B), 32 - MS) != []
    story.say(c.DecryptTender(ACT), bidder(C), 5)
    assert story.say(c.NoteRefusedKey("wrong_key"), bidder(C), 5) == []


def test_the_window_is_extended_with_a_reason_and_within_its_caps() -> None:
    story = Story().window()
    refused(story, Reason.EXTENSION_TOO_LONG, c.ExtendWindow(story.version, 1201, "网络"), AGENT, 3)
    refused(story, Reason.TEXT_NOT_PLAIN, c.ExtendWindow(story.version, 60, " "), AGENT, 3)
    refused(story, Reason.WINDOW_OVER, c.ExtendWindow(story.version, 60, "网络"), AGENT, 32)
    assert story.say(c.ExtendWindow(story.version, 600, "网络"), AGENT, 32 - MS) == [
        r.WindowExtended(after(42), 600, "网络")
    ]
    refused(story, Reason.EXTENSION_TOO_LONG, c.ExtendWindow(story.version, 601, "又"), AGENT, 33)
    story.say(c.ExtendWindow(story.version, 600, "又"), AGENT, 33)
    refused(story, Reason.EXTENSIONS_SPENT, c.ExtendWindow(story.version, 1, "再"), AGENT, 34)
    story.say(c.DecryptTender(ACT), bidder(A), 52 - MS)
    refused(story, Reason.TOO_EARLY, c.CloseWindow(), HALL, 52 - MS)
    story.say(c.CloseWindow(), HALL, 52)


def test_the_hall_reads_out_what_was_decrypted_and_nothing_else() -> None:
    story = Story().settled()
    with pytest.raises(AssertionError):
        decide(story.now, c.ReadOutOffers(story.version, {A: READ}), AGENT, after(4))


@pytest.mark.parametrize("at", ["scheduled", "sealed", "roster", "window", "settled"])
def test_an_opening_is_terminated_with_a_reason_before_the_read_out(at: str) -> None:
    story: Story = getattr(Story(), at)()
    refused(story, Reason.TEXT_NOT_PLAIN, c.Terminate(story.version, "\u200b"), AGENT, 3)
    story.say(c.Terminate(story.version, "招标人终止招标"), AGENT, 3)

    assert story.now.phase is Phase.TERMINATED
    assert story.now.ended_why == "招标人终止招标"
    assert wake_at(story.now) is None


def test_after_the_read_out_nothing_is_terminated() -> None:
    for story in (Story().read_out(), Story().confirmation(), Story().signing(), Story().closed()):
        refused(story, Reason.NOT_NOW, c.Terminate(story.version, "终止"), AGENT, 9)


def test_the_result_comes_after_the_close_and_from_among_those_read_out() -> None:
    story = Story().signing()
    refused(story, Reason.NOT_NOW, c.NameCandidates(story.version, (A,)), AGENT, 8)
    story = Story().closed()
    refused(story, Reason.NOT_READ_OUT, c.NameCandidates(story.version, (D,)), AGENT, 9)
    refused(story, Reason.NOT_A_CANDIDATE, c.NameCandidates(story.version, (A, A)), AGENT, 9)
    story.say(c.NameCandidates(story.version, (A, B)), AGENT, 9)
    refused(story, Reason.NOT_A_CANDIDATE, c.MakeAward(story.version, C), AGENT, 10)


def test_bodies_are_noted_once_each_for_a_tender_that_was_decrypted() -> None:
    story = Story().window()
    note = c.NoteBody(A, "22" * 32, 2, 100)
    refused(story, Reason.NOT_NOW, note, HALL, 3)
    refused(story, Reason.NOT_NOW, c.NoteUnreadableBody(D, "unreadable_body"), HALL, 3)
    story.say(c.DecryptTender(ACT), bidder(A), 3)
    assert story.say(note, HALL, 3) == [r.BodyOpened(A, "22" * 32, 2, 100)]
    refused(story, Reason.NOT_NOW, c.NoteUnreadableBody(A, "unreadable_body"), HALL, 3)


def test_signing_takes_two_people_and_closing_takes_both_signatures() -> None:
    story = Story().signing()
    refused(story, Reason.SIGNATURES_MISSING, c.Close(story.version), AGENT, 7)
    story.say(c.SignRecord(ACT), AGENT, 7)
    refused(story, Reason.ALREADY_SIGNED, c.SignRecord(ACT), AGENT, 7)
    refused(story, Reason.NOT_YOUR_PART, c.SignRecord(ACT), AGENT_2, 7)
    refused(story, Reason.SIGNATURES_MISSING, c.Close(story.version), AGENT, 7)
    story.say(c.SignRecord(ACT), SCRIBE, 7)
    refused(story, Reason.ALREADY_SIGNED, c.SignRecord(ACT), SCRIBE, 7)
    refused(story, Reason.NOT_YOUR_PART, c.Close(story.version), SCRIBE, 7)
    assert story.say(c.Close(story.version), AGENT, 8) == [r.OpeningClosed()]


def test_a_silent_host_passes_the_close_on_to_the_reserve_and_there_it_ends() -> None:
    story = Story().signing()  # began at minute 6
    refused(story, Reason.TOO_EARLY, c.PassHost(), HALL, 9 - MS)
    assert story.say(c.PassHost(), HALL, 9) == [r.HostPassed(RESERVE, None)]
    assert wake_at(story.now) is None
    refused(story, Reason.TOO_EARLY, c.PassHost(), HALL, 60)

    story.say(c.SignRecord(ACT), AGENT_2, 10)
    story.say(c.SignRecord(ACT), AGENT, 10)  # the host is back, and the recorder is not
    assert story.now.signatures == {Duty.HOST: RESERVE, Duty.RECORDER: story.now.facts.hosts[0].id}
    story.say(c.Close(story.version), AGENT_2, 11)


def test_what_the_hall_does_by_itself_it_is_allowed_to() -> None:
    for phase, command in BY_ITSELF.items():
        assert phase in ALLOWED[command].phases
