"""The drill through the hall's doors: with the key that the tender is sealed to, and another."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest

from bidroom.cli.client import Keys
from bidroom.opening.policy import Suite
from tests.edge.centre import Doors, refusal

LOT = "LOT-001"


@pytest.mark.parametrize("suite", ["INT1", "SM1"])
async def test_whoever_holds_the_key_passes_and_only_it_sees_that(
    doors: Doors, suite: Suite
) -> None:
    at = await doors.house.hall.now()
    facts = await doors.scheduled(LOT, at + timedelta(minutes=50), suite=suite)
    async with doors.person(doors.firm(0, suite)) as firm, doors.person(doors.firm(1)) as other:
        assert (await refusal(firm.drill(LOT))).reason == "no_tender"
        await firm.upload(LOT, doors.seal(firm, facts))
        mine = (await firm.get(f"bidder/openings/{LOT}"))["mine"]
        assert [it["standing"] for it in mine["drills"]] == ["missed", "due"]
        mine = await firm.drill(LOT)
        assert [it["standing"] for it in mine["drills"]] == ["missed", "done"]
        theirs = (await other.get(f"bidder/openings/{LOT}"))["mine"]
        assert theirs["drills"] == []


async def test_another_key_fails_and_is_told_so(doors: Doors) -> None:
    at = await doors.house.hall.now()
    facts = await doors.scheduled(LOT, at + timedelta(minutes=50))
    async with doors.person(doors.firm(0)) as firm:
        await firm.upload(LOT, doors.seal(firm, facts))
        own = firm.keys
        assert own is not None
        firm.keys = Keys(own.sign, doors.firm(2).decrypt)
        mine = await firm.drill(LOT)
        assert [it["standing"] for it in mine["drills"]] == ["missed", "failed"]
        firm.keys = own
        mine = await firm.drill(LOT)
        assert [it["standing"] for it in mine["drills"]] == ["missed", "done"]


async def test_a_word_is_answered_for_its_own_bidder_and_lot_only(doors: Doors) -> None:
    at = await doors.house.hall.now()
    facts = await doors.scheduled(LOT, at + timedelta(minutes=50))
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(2)) as other:
        for who in (firm, other):
            await who.upload(LOT, doors.seal(who, facts))
        given = await firm.post(f"bidder/openings/{LOT}/drill")
        for drill in (given["drill"], b64encode(bytes(80)).decode(), ""):
            answer = {"drill": drill, "word": "00" * 32}
            asked = other.post(f"bidder/openings/{LOT}/drilled", answer)
            assert (await refusal(asked)).reason == "challenge_spent"
        wrong = {"drill": given["drill"], "word": "00" * 32}
        said = await firm.post(f"bidder/openings/{LOT}/drilled", wrong)
        assert [it["standing"] for it in said["mine"]["drills"]] == ["missed", "failed"]
