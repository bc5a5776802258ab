"""Who signs, and for whom: two people always, a third never, nobody twice."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bidroom.envelope import HALL, Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Reason, Refusal
from bidroom.opening.minutes import minutes
from bidroom.opening.record import Duty, Person
from bidroom.opening.rules import decide
from tests.opening.people import (
    ACT,
    AGENT,
    AGENT_2,
    RESERVE,
    SCHEDULE,
    SCRIBE,
    A,
    B,
    Story,
    after,
    bidder,
)

THIRD = Actor(Role.AGENT, PersonId("第三主持人"))


def refused(story: Story, command: c.Command, by: Actor) -> Reason:
    with pytest.raises(Refusal) as refusal:
        decide(story.opening, command, by, after(30))
    return refusal.value.reason


class ThreeHosts(Story):
    def scheduled(self) -> Story:
        hosts = (*SCHEDULE.hosts, Person(THIRD.id, "第三主持"))
        self.say(replace(SCHEDULE, hosts=hosts), AGENT, -24 * 60)
        return self


def test_a_host_never_signs_for_the_recorder_what_they_signed_as_host() -> None:
    story = Story().signing()
    story.say(c.PassHost(), HALL, 9)
    story.say(c.SignRecord(ACT), AGENT, 10)
    assert refused(story, c.SignRecord(ACT), AGENT) is Reason.ALREADY_SIGNED


def test_a_recorder_who_comes_after_the_stand_in_comes_too_late() -> None:
    story = Story().signing()
    story.say(c.PassHost(), HALL, 9)
    story.say(c.SignRecord(ACT), AGENT, 10)
    story.say(c.SignRecord(ACT), AGENT_2, 10)
    assert story.now.signatures == {Duty.HOST: AGENT.id, Duty.RECORDER: AGENT_2.id}
    assert refused(story, c.SignRecord(ACT), SCRIBE) is Reason.ALREADY_SIGNED


def test_hosts_are_let_in_one_after_another_and_a_third_has_nothing_left_to_sign() -> None:
    story = ThreeHosts().signing()
    assert story.say(c.PassHost(), HALL, 9) == [r.HostPassed(RESERVE, after(12))]
    assert refused(story, c.SignRecord(ACT), THIRD) is Reason.NOT_YOUR_PART
    assert story.say(c.PassHost(), HALL, 12) == [r.HostPassed(THIRD.id, None)]
    story.say(c.SignRecord(ACT), AGENT_2, 13)
    story.say(c.SignRecord(ACT), THIRD, 13)
    assert refused(story, c.SignRecord(ACT), AGENT) is Reason.ALREADY_SIGNED


def test_versions_count_the_steps_from_one() -> None:
    story = Story().scheduled()
    assert story.version == 1
    story.say(c.OpenLobby(), HALL, -60)
    assert story.version == 2


def test_objections_are_numbered_from_one_in_the_state_and_in_the_minutes() -> None:
    story = Story().roster()
    for who in (A, B):
        story.say(c.RaiseObjection("有异议", ACT), bidder(who), 2)
    assert story.now.unanswered == [1, 2]
    story.say(c.AnswerObjection(2, "已核实"), AGENT, 2)
    assert [(it.number, it.answer) for it in minutes(story.now).objections] == [
        (1, None),
        (2, "已核实"),
    ]
