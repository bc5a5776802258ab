"""The draw, told as stories: who reveals, who withholds, what follows, what anybody computes."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from bidroom.envelope import HALL, Actor
from bidroom.opening import commands as c
from bidroom.opening import drawing as d
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.detail import bid_open_detail, read
from bidroom.opening.draw import draw, seed_of
from bidroom.opening.drawing import Stage
from bidroom.opening.minutes import minutes
from bidroom.opening.plan import Part, Round
from bidroom.opening.policy import DrawOrder
from bidroom.opening.record import DecryptionBegan, Phase
from bidroom.opening.rules import Due, decide, due
from tests.opening.drawn import (
    PARTS,
    PLAN,
    ROOT,
    SHARES,
    DrawStory,
    handed,
    release,
    reveal,
    schedule,
)
from tests.opening.people import (
    ACT,
    AGENT,
    NOTARY,
    READ,
    SUPERVISOR,
    WATCH,
    WITNESS,
    A,
    B,
    C,
    Story,
    after,
    bidder,
)

MS = 1 / 60_000  # of a minute
PICKS = ((3,), (1, 2), (2, 3, 1))


def refused(story: Story, reason: Reason, command: c.Command, by: Actor, minute: float) -> None:
    with pytest.raises(Refusal) as refusal:
        decide(story.opening, command, by, after(minute))
    assert refusal.value.reason is reason


class LateStory(DrawStory):
    order = DrawOrder.AFTER_READ_OUT


# The plan.


def test_a_plan_that_one_alone_could_steer_or_nobody_could_draw_is_refused() -> None:
    hall, watch, notary = PLAN.contributors
    other = replace(watch, person=A)
    cases = {
        (Reason.DRAW_CONTRIBUTORS, "together"): [
            replace(PLAN, contributors=(hall, watch)),
            replace(PLAN, together=3),
        ],
        (Reason.DRAW_CONTRIBUTORS, "twice"): [replace(PLAN, contributors=(hall, watch, watch))],
        (Reason.DRAW_CONTRIBUTORS, "platform"): [
            replace(PLAN, contributors=(other, watch, notary))
        ],
        (Reason.DRAW_CONTRIBUTORS, A): [replace(PLAN, contributors=(other, hall, notary))],
        (Reason.DRAW_CONTRIBUTORS, SUPERVISOR): [
            replace(PLAN, contributors=(replace(watch, part=Part.NOTARY), hall, notary))
        ],
        (Reason.DRAW_COMMITMENT, NOTARY): [
            replace(PLAN, contributors=(hall, watch, replace(notary, parts=notary.parts[:2]))),
            replace(PLAN, contributors=(hall, watch, replace(notary, parts=notary.parts[::-1]))),
        ],
        (Reason.DRAW_ROUND, "1"): [
            replace(PLAN, rounds=(round_,))
            for round_ in (
                Round("一", "One", ()),
                Round("一", "One", (1, 2), take=3),
                Round("一", "One", (1, 1)),
                Round("一", "One", (2**53,)),
                Round("一", "One", ("\u202e",)),
                Round(" ", "One", (1,)),
                Round("一", "\u200b", (1,)),
                Round("一", "One", (1,), of_bidders=True),
            )
        ],
    }
    for (reason, detail), plans in cases.items():
        for plan in plans:
            with pytest.raises(Refusal) as refusal:
                decide(None, schedule(plan), AGENT, after(-60))
            assert (refusal.value.reason, refusal.value.detail) == (reason, detail)
    without = replace(schedule(), notary=None)
    with pytest.raises(Refusal, match=Reason.DRAW_CONTRIBUTORS):
        decide(None, without, AGENT, after(-60))


def test_a_round_that_can_be_drawn_is_taken() -> None:
    for round_ in (
        Round("一", "One", (1,), take=3, put_back=True),
        Round("一", "One", (1, "1")),
        Round("一", "One", (1 - 2**53,)),
        Round("一", "One", (), of_bidders=True, take=9),
    ):
        assert decide(None, schedule(replace(PLAN, rounds=(round_,))), AGENT, after(-60))


# All reveal.


def test_once_all_have_revealed_the_balls_are_what_anybody_computes() -> None:
    story = DrawStory().begun()
    assert (story.now.phase, story.now.due_at) == (Phase.DRAW, after(12))
    assert story.drawing.shares == {HALL.id: SHARES[HALL.id]}
    [revealed] = story.say(reveal(NOTARY), WITNESS, 3)
    assert revealed == d.ShareRevealed(NOTARY, SHARES[NOTARY], ACT)
    _, made = story.say(reveal(SUPERVISOR), WATCH, 4)

    assert isinstance(made, d.DrawMade)
    fixed = story.now.facts.notice_sha256 + ROOT
    shares = SHARES[HALL.id] + SHARES[SUPERVISOR] + SHARES[NOTARY]
    seed = sha256(b"bidroom/draw-seed/1\0" + bytes.fromhex(fixed + shares)).hexdigest()
    assert (
        made.seed == seed == seed_of(fixed[:64], ROOT, [shares[:64], shares[64:128], shares[128:]])
    )
    assert made.rounds == draw(PLAN, seed, sorted([A, B, C]))
    assert [len(it.picks) for it in made.rounds] == [1, 2, 3]
    assert sorted(made.rounds[2].values) == sorted([A, B, C])
    assert (story.drawing.stage, story.drawing.is_over) == (Stage.MADE, True)
    assert due(story.now) == Due(after(4 + 3), c.BeginDecryption)
    assert made.goes_on_at == after(7)


def test_a_share_is_revealed_once_in_time_by_its_owner_and_as_committed() -> None:
    story = DrawStory().begun()
    refused(story, Reason.SHARE_WRONG, c.RevealShare("00" * 32, ACT), WATCH, 3)
    refused(story, Reason.SHARE_WRONG, reveal(NOTARY), WATCH, 3)
    refused(story, Reason.TOO_LATE, reveal(SUPERVISOR), WATCH, 12)
    refused(story, Reason.NOT_YOUR_PART, reveal(SUPERVISOR), Actor(WITNESS.role, SUPERVISOR), 3)
    refused(story, Reason.NOT_YOUR_PART, reveal(SUPERVISOR), Actor(WATCH.role, A), 3)
    story.say(reveal(SUPERVISOR), WATCH, 12 - MS)
    refused(story, Reason.ALREADY_REVEALED, reveal(SUPERVISOR), WATCH, 12 - MS)
    refused(story, Reason.NOT_NOW, release(NOTARY, SUPERVISOR), WATCH, 11)


def test_the_platform_reveals_with_the_first_step_and_not_what_it_did_not_commit_to() -> None:
    story = DrawStory().roster(A, B, C)
    wrong = c.BeginDraw(story.version, 7, ROOT, c.Revealed("00" * 32, ACT))
    refused(story, Reason.SHARE_WRONG, wrong, AGENT, 2)
    assert DrawStory().begun(None).drawing.shares == {}


def test_the_draw_comes_before_decryption_or_after_the_read_out_as_the_policy_says() -> None:
    story = DrawStory().roster(A, B, C)
    assert due(story.now) == Due(after(4), c.BeginDraw)
    refused(story, Reason.DRAW_FIRST, c.BeginDecryption(story.version), AGENT, 2)
    begin = c.BeginDraw(story.version, 7, ROOT, None)
    refused(story, Reason.TOO_EARLY, begin, HALL, 4 - MS)
    story.say(begin, HALL, 4)
    refused(story, Reason.DRAW_FIRST, c.BeginDecryption(story.version), AGENT, 5)

    late = LateStory().read_out(A, B, C)
    assert late.now.phase is Phase.READ_OUT
    refused(late, Reason.DRAW_FIRST, c.BeginConfirmation(late.version), AGENT, 5)
    assert due(late.now) == Due(after(7), c.BeginDraw)
    late.say(c.BeginDraw(late.version, 9, ROOT, None), AGENT, 5)
    refused(late, Reason.NOT_NOW, c.BeginDecryption(late.version), AGENT, 6)
    refused(late, Reason.NOT_NOW, c.Terminate(late.version, "终止"), AGENT, 6)
    assert minutes(late.now).lines[0].values == READ.offer.values

    plain = Story().roster()
    refused(plain, Reason.NOT_NOW, c.BeginDraw(plain.version, 7, ROOT, None), AGENT, 2)
    early = LateStory().roster(A, B, C)
    refused(early, Reason.NOT_NOW, c.BeginDraw(early.version, 7, ROOT, None), AGENT, 2)


def test_after_the_draw_the_opening_goes_on_and_draws_no_second_time() -> None:
    story = DrawStory().begun()
    story.say(reveal(NOTARY), WITNESS, 3)
    story.say(reveal(SUPERVISOR), WATCH, 4)
    refused(story, Reason.NOT_NOW, c.CloseDraw(()), HALL, 12)
    refused(story, Reason.TOO_EARLY, c.BeginDecryption(story.version), HALL, 7 - MS)
    refused(story, Reason.NOT_NOW, c.BeginConfirmation(story.version), AGENT, 5)
    [began] = story.say(c.BeginDecryption(story.version), AGENT, 5)
    assert isinstance(began, DecryptionBegan)
    for bidding in (A, B, C):
        story.say(c.DecryptTender(ACT), bidder(bidding), 6)
    story.say(c.ReadOutOffers(story.version, dict.fromkeys((A, B, C), READ)), AGENT, 7)
    assert due(story.now) == Due(after(10), c.BeginConfirmation)

    late = LateStory().read_out(A, B, C)
    late.say(c.BeginDraw(late.version, 9, ROOT, c.Revealed(SHARES[HALL.id], ACT)), AGENT, 5)
    late.say(reveal(NOTARY), WITNESS, 6)
    late.say(reveal(SUPERVISOR), WATCH, 6)
    assert due(late.now) == Due(after(9), c.BeginConfirmation)
    late.say(c.BeginConfirmation(late.version), AGENT, 7)
    assert late.now.phase is Phase.CONFIRMATION


def test_an_opening_may_be_terminated_while_a_draw_comes_before_decryption() -> None:
    story = DrawStory().begun()
    story.say(c.Terminate(story.version, "终止"), AGENT, 3)
    assert story.now.phase is Phase.TERMINATED


# Somebody withholds.


def test_what_one_withholds_the_others_restore_together_and_none_alone() -> None:
    story = DrawStory().begun()
    story.say(reveal(NOTARY), WITNESS, 3)
    refused(story, Reason.TOO_EARLY, handed(SUPERVISOR), HALL, 12 - MS)
    missing, own = story.say(handed(SUPERVISOR), HALL, 12)
    assert missing == d.SharesMissing((SUPERVISOR,), after(22))
    assert own == d.PartReleased(SUPERVISOR, HALL.id, PARTS[SUPERVISOR][HALL.id], ACT)
    assert (story.now.due_at, story.drawing.missing) == (after(22), (SUPERVISOR,))

    refused(story, Reason.NOT_MISSING, release(NOTARY, SUPERVISOR), WATCH, 13)
    wrong = c.ReleasePart(SUPERVISOR, "00" * 32, ACT, None)
    refused(story, Reason.SHARE_WRONG, wrong, WITNESS, 13)
    bad = release(SUPERVISOR, NOTARY, "00" * 32)
    refused(story, Reason.SHARE_WRONG, bad, WITNESS, 13)
    good = release(SUPERVISOR, NOTARY, SHARES[SUPERVISOR])
    refused(story, Reason.TOO_LATE, good, WITNESS, 22)
    part, share, made = story.say(good, WITNESS, 22 - MS)
    assert part == d.PartReleased(SUPERVISOR, NOTARY, PARTS[SUPERVISOR][NOTARY], ACT)
    assert share == d.ShareRestored(SUPERVISOR, SHARES[SUPERVISOR])
    assert isinstance(made, d.DrawMade)
    assert (story.drawing.missing, story.drawing.restored) == ((SUPERVISOR,), (SUPERVISOR,))
    said = minutes(story.now).draw
    assert said is not None
    assert (said.withheld, said.restored, said.seed) == ((SUPERVISOR,), (SUPERVISOR,), made.seed)


def test_one_part_restores_nothing_and_is_released_once_by_who_holds_it() -> None:
    story = DrawStory().begun(None)
    story.say(reveal(NOTARY), WITNESS, 3)
    story.say(handed(HALL.id, SUPERVISOR), HALL, 12)
    alone = release(HALL.id, NOTARY, SHARES[HALL.id])
    refused(story, Reason.SHARE_WRONG, alone, WITNESS, 13)
    [part] = story.say(release(HALL.id, NOTARY), WITNESS, 13)
    assert isinstance(part, d.PartReleased)
    refused(story, Reason.ALREADY_REVEALED, release(HALL.id, NOTARY), WITNESS, 13)
    own = c.ReleasePart(SUPERVISOR, PARTS[SUPERVISOR][NOTARY], ACT, None)
    refused(story, Reason.NOT_MISSING, own, WATCH, 13)
    refused(story, Reason.NOT_YOUR_PART, release(HALL.id, NOTARY), Actor(WATCH.role, A), 13)
    story.say(release(HALL.id, SUPERVISOR, SHARES[HALL.id]), WATCH, 14)
    refused(story, Reason.NOT_MISSING, release(HALL.id, SUPERVISOR), WATCH, 14)
    assert story.drawing.stage is Stage.RESTORING
    late = story.say(reveal(SUPERVISOR), WATCH, 15)
    assert isinstance(late[-1], d.DrawMade), "who comes late still counts"
    assert story.drawing.missing == (HALL.id, SUPERVISOR), "and is on the record as late"


def test_the_hall_hands_out_only_what_it_holds_of_what_is_missing() -> None:
    story = DrawStory().begun(None)
    story.say(reveal(NOTARY), WITNESS, 3)
    for of, part in (
        (NOTARY, PARTS[NOTARY][HALL.id]),
        (HALL.id, PARTS[HALL.id][NOTARY]),
    ):
        refused(story, Reason.NOT_MISSING, c.CloseDraw((c.Handed(of, part, ACT),)), HALL, 12)
    wrong = c.Handed(SUPERVISOR, PARTS[SUPERVISOR][NOTARY], ACT)
    refused(story, Reason.SHARE_WRONG, c.CloseDraw((wrong,)), HALL, 12)


# Nothing can be drawn.


def test_with_two_missing_nothing_is_drawn_and_the_opening_goes_on_by_itself() -> None:
    story = DrawStory().restoring()
    assert due(story.now) == Due(after(22), c.CloseDraw)
    refused(story, Reason.TOO_EARLY, c.CloseDraw(()), HALL, 22 - MS)
    [failed] = story.say(c.CloseDraw(()), HALL, 22)
    assert failed == d.DrawFailed((SUPERVISOR, NOTARY), after(32))
    assert due(story.now) == Due(after(32), c.BeginDecryption)
    refused(story, Reason.NOT_NOW, reveal(SUPERVISOR), WATCH, 23)
    refused(story, Reason.NOT_NOW, release(NOTARY, SUPERVISOR), WATCH, 23)
    refused(story, Reason.NOT_NOW, c.CloseDraw(()), HALL, 32)
    refused(story, Reason.DRAW_FIRST, c.BeginDecryption(story.version), AGENT, 32 - MS)
    story.say(c.BeginDecryption(story.version), HALL, 32)
    assert story.now.phase is Phase.DECRYPTION
    said = minutes(story.now).draw
    assert said is not None
    assert (said.stage, said.rounds[0].picks, said.reason) == (Stage.FAILED, (), None)
    assert bid_open_detail(story.now) == []


def test_a_ball_machine_counts_only_once_the_notary_has_signed_too() -> None:
    story = DrawStory().failed()
    enter = c.EnterManualDraw(PICKS, "两方失联", ACT)
    refused(story, Reason.NOTHING_ENTERED, c.CosignManualDraw(ACT), WITNESS, 23)
    refused(story, Reason.TOO_LATE, enter, AGENT, 32)
    refused(story, Reason.TEXT_NOT_PLAIN, c.EnterManualDraw(PICKS, " ", ACT), AGENT, 23)
    [entered] = story.say(enter, AGENT, 23)
    assert isinstance(entered, d.ManualDrawEntered)
    assert entered.rounds[0].values == (150,)
    said = minutes(story.now).draw
    assert said is not None
    assert said.rounds[0].picks == (), "one signature is none"
    assert bid_open_detail(story.now) == []
    refused(story, Reason.DRAW_FIRST, c.BeginDecryption(story.version), AGENT, 24)
    refused(story, Reason.NOT_YOUR_PART, c.CosignManualDraw(ACT), Actor(WITNESS.role, A), 24)
    refused(story, Reason.TOO_LATE, c.CosignManualDraw(ACT), WITNESS, 32)
    other = ((4,), (2, 1), (1, 2, 3))
    story.say(c.EnterManualDraw(other, "录错更正", ACT), AGENT, 24)
    [cosigned] = story.say(c.CosignManualDraw(ACT), WITNESS, 25)
    assert cosigned == d.ManualDrawCosigned(NOTARY, ACT, after(28))
    refused(story, Reason.NOT_NOW, enter, AGENT, 26)
    refused(story, Reason.NOT_NOW, c.CosignManualDraw(ACT), WITNESS, 26)
    said = minutes(story.now).draw
    assert said is not None
    assert (said.stage, said.reason) == (Stage.MANUAL, "录错更正")
    assert [it.picks for it in said.rounds] == list(other)
    assert due(story.now) == Due(after(28), c.BeginDecryption)
    story.say(c.BeginDecryption(story.version), AGENT, 26)


def test_only_what_the_rounds_allow_can_be_entered_and_only_with_a_notary() -> None:
    story = DrawStory().failed()
    for picks in (
        PICKS[:2],
        ((0,), *PICKS[1:]),
        ((7,), *PICKS[1:]),
        ((1, 2), *PICKS[1:]),
        (PICKS[0], (1, 1), PICKS[2]),
        (*PICKS[:2], (1, 2, 4)),
    ):
        refused(story, Reason.PICKS_WRONG, c.EnterManualDraw(picks, "断电", ACT), AGENT, 23)
    story.say(c.EnterManualDraw(((6,), (1, 2), (1, 2, 3)), "断电", ACT), AGENT, 23)
    refused(
        DrawStory().restoring(), Reason.NOT_NOW, c.EnterManualDraw(PICKS, "断电", ACT), AGENT, 13
    )

    story = DrawStory().failed()
    assert story.opening is not None
    facts = replace(story.opening.facts, notary=None)
    story.opening = replace(story.opening, facts=facts)
    refused(story, Reason.NO_NOTARY, c.EnterManualDraw(PICKS, "断电", ACT), AGENT, 23)


# What the data set gets.


def test_the_official_data_set_gets_its_rows() -> None:
    story = DrawStory().failed()
    story.say(c.EnterManualDraw(PICKS, "断电", ACT), AGENT, 23)
    story.say(c.CosignManualDraw(ACT), WITNESS, 25)
    first, second, third = bid_open_detail(story.now)
    assert first == {
        "NOTARY": "钱公证",
        "ROUND": 1,
        "ROLL_BALL_LIST": ["1.00%", "1.25%", "1.50%", "1.75%", "2.00%", "2.25%"],
        "VALUE_RESULT": ["1.50%"],
        "CONTENT": "下浮率",
    }
    assert second["VALUE_RESULT"] == ["方法一", "方法二"]
    assert third["ROLL_BALL_LIST"] == sorted([A, B, C])
    assert bid_open_detail(Story().roster().now) == []
    assert read(-5, 1, "") == "-0.5"
