"""Objections and confirmation (条例 §44): raised in time, answered on the spot, in nobody's way."""

from __future__ import annotations

import pytest

from bidroom.envelope import HALL, PUBLIC, Actor
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.minutes import minutes, minutes_sha256
from bidroom.opening.policy import Silence
from bidroom.opening.record import Phase
from bidroom.opening.rules import decide, wake_at
from tests.opening.people import ACT, AGENT, AGENT_2, RESERVE, A, B, C, D, Story, after, bidder

MS = 1 / 60_000
WHY = c.RaiseObjection("对开标有异议", ACT)


def refused(story: Story, reason: Reason, command: c.Command, by: Actor, minute: float) -> None:
    with pytest.raises(Refusal) as refusal:
        decide(story.opening, command, by, after(minute))
    assert refusal.value.reason is reason


@pytest.mark.parametrize("at", ["roster", "window", "settled", "read_out", "confirmation"])
def test_an_objection_may_be_raised_from_the_roster_on(at: str) -> None:
    story: Story = getattr(Story(), at)()
    assert story.say(WHY, bidder(A), 5) == [r.ObjectionRaised(1, A, "对开标有异议", ACT)]
    assert story.say(c.AnswerObjection(1, "已核实"), AGENT, 5) == [
        r.ObjectionAnswered(1, A, "对开标有异议", "已核实")
    ]


def test_an_objection_comes_from_somebody_who_bids_and_in_time() -> None:
    refused(Story().sealed(), Reason.NOT_NOW, WHY, bidder(A), 1)
    story = Story().confirmation()
    refused(story, Reason.NO_TENDER, WHY, bidder(D), 6)
    refused(story, Reason.NOT_YOUR_PART, WHY, PUBLIC, 6)
    refused(story, Reason.OBJECTIONS_OVER, WHY, bidder(A), 15)
    story.say(WHY, bidder(A), 15 - MS)
    refused(Story().signing(), Reason.NOT_NOW, WHY, bidder(A), 7)


def test_nobody_silences_the_others_with_objections_of_their_own() -> None:
    story = Story().roster()
    story.say(WHY, bidder(A), 2)
    story.say(WHY, bidder(A), 2)
    refused(story, Reason.OBJECTIONS_SPENT, WHY, bidder(A), 2)
    assert story.say(WHY, bidder(B), 2) == [r.ObjectionRaised(3, B, "对开标有异议", ACT)]


def test_an_objection_shows_as_it_reads() -> None:
    story = Story().roster()
    for text in ("\u202e反", "零\u200b宽", "\x07铃", "  "):
        refused(story, Reason.TEXT_NOT_PLAIN, c.RaiseObjection(text, ACT), bidder(A), 2)
    assert story.say(c.RaiseObjection("𠮷䶮㛃𬭚：\n第二行", ACT), bidder(A), 2)


def test_an_objection_is_answered_once_and_by_the_host() -> None:
    story = Story().roster()
    story.say(WHY, bidder(A), 2)
    refused(story, Reason.NO_SUCH_OBJECTION, c.AnswerObjection(2, "?"), AGENT, 2)
    refused(story, Reason.NOT_YOUR_PART, c.AnswerObjection(1, "?"), AGENT_2, 2)
    refused(story, Reason.NOT_YOUR_PART, c.AnswerObjection(1, "?"), bidder(B), 2)
    story.say(c.AnswerObjection(1, "已核实"), AGENT, 2)
    refused(story, Reason.ALREADY_ANSWERED, c.AnswerObjection(1, "改口"), AGENT, 2)


def test_an_unanswered_objection_holds_the_signing_up_and_the_last_answer_lets_it_begin() -> None:
    story = Story().confirmation()
    story.say(WHY, bidder(A), 6)
    story.say(WHY, bidder(B), 6)
    ended = story.say(c.EndConfirmation(), HALL, 15)
    assert ended == [r.ConfirmationEnded((A, B, C), Silence.ACCEPTS, after(18))]
    assert story.now.phase is Phase.OBJECTIONS
    refused(story, Reason.NOT_NOW, c.SignRecord(ACT), AGENT, 16)
    assert len(story.say(c.AnswerObjection(2, "已核实"), AGENT, 16)) == 1
    last = story.say(c.AnswerObjection(1, "已核实"), AGENT, 17)
    assert [type(event) for event in last] == [r.ObjectionAnswered, r.SigningBegan]
    assert last[1] == r.SigningBegan(minutes_sha256(story.now), after(20))


def test_a_host_who_does_not_answer_passes_the_answer_on() -> None:
    story = Story().confirmation()
    story.say(WHY, bidder(A), 6)
    story.say(c.EndConfirmation(), HALL, 15)
    refused(story, Reason.TOO_EARLY, c.PassHost(), HALL, 18 - MS)
    story.say(c.PassHost(), HALL, 18)
    assert story.now.acting_hosts[-1] == RESERVE
    last = story.say(c.AnswerObjection(1, "已核实"), AGENT_2, 19)
    assert isinstance(last[-1], r.SigningBegan)
    assert last[-1].passes_at is None, "there is no third host"
    assert wake_at(story.now) is None


def test_confirmation_ends_early_when_everybody_has_confirmed() -> None:
    story = Story().confirmation()
    story.say(c.Confirm(ACT), bidder(A), 6)
    refused(story, Reason.ALREADY_CONFIRMED, c.Confirm(ACT), bidder(A), 6)
    refused(story, Reason.NO_TENDER, c.Confirm(ACT), bidder(D), 6)
    story.say(c.Confirm(ACT), bidder(B), 6)
    last = story.say(c.Confirm(ACT), bidder(C), 7)
    assert last[0] == r.ReadOutConfirmed(C, ACT)
    assert last[1] == r.ConfirmationEnded((), Silence.ACCEPTS, after(10))
    assert isinstance(last[2], r.SigningBegan)
    assert last[2].passes_at == after(10)


def test_silence_is_noted_when_confirmation_ends_and_not_a_millisecond_before() -> None:
    story = Story().confirmation()
    story.say(c.Confirm(ACT), bidder(A), 15 - MS)
    refused(story, Reason.TOO_LATE, c.Confirm(ACT), bidder(B), 15)
    refused(story, Reason.TOO_EARLY, c.EndConfirmation(), HALL, 15 - MS)
    story.say(c.EndConfirmation(), HALL, 15)
    assert story.now.silent == (B, C)
    assert [line.silent for line in minutes(story.now).lines] == [False, True, True]
    assert [line.confirmed for line in minutes(story.now).lines] == [True, False, False]


def test_what_is_confirmed_is_what_was_read_out() -> None:
    story = Story().read_out()
    before = minutes_sha256(story.now)
    assert story.say(c.BeginConfirmation(story.version), AGENT, 5) == [
        r.ConfirmationBegan(before, after(15))
    ]
    assert story.now.confirmed_sha256 == before
