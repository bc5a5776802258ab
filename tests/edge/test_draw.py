"""A lot with a draw, through every door: shares made apart, revealed, withheld and restored."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from bidroom.cli import draw as verb
from bidroom.cli.client import Client
from bidroom.cli.line import Line, open_line
from bidroom.envelope import HALL, PersonId
from bidroom.opening.detail import bid_open_detail
from bidroom.opening.draw import Manual
from bidroom.opening.drawing import Stage
from bidroom.opening.plan import DrawPlan, Part, Round
from bidroom.opening.policy import Notice, digest, standard_fields
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening
from bidroom.shares import Call, Called
from crypto.statements import Purpose
from tests.edge.centre import HOST, LETTER, Doors, order, refusal
from tests.edge.test_opening import reached

LOT = "LOT-DRAW"
SUPERVISOR, NOTARY = PersonId("supervisor-1"), PersonId("notary-1")
PARTS = {SUPERVISOR: Part.SUPERVISOR, NOTARY: Part.NOTARY}
ROUNDS = (
    Round("下浮率", "Discount", (100, 150, 200, 250), decimals=2, unit="%"),
    Round("抽签", "Order", (), of_bidders=True, take=3),
)
LEAD = timedelta(seconds=3)


async def called(doors: Doors, host: Client) -> Call:
    platform: dict[str, Any] = await host.get("draw-platform")
    holders = [json.decode(json.encode(platform), type=Called)]
    for person, part in PARTS.items():
        keys = doors.centre.staff_keys(person)
        assert keys.decrypt is not None
        certificate = keys.decrypt.certificate
        holders.append(Called(part, person, certificate.common_name, certificate.der))
    return Call(LOT, tuple(holders))


async def planned(doors: Doors, host: Client) -> DrawPlan:
    """Each contributor's share comes from its own key, and the platform's from the hall."""
    call = await called(doors, host)
    made = [
        verb.contributed(call, person, doors.centre.staff_keys(person).sign) for person in PARTS
    ]
    return await verb.planned(host, call, ROUNDS, made)


class DrawHour:
    """Three firms have handed in for a lot with a draw; its people sit at their lines."""

    def __init__(self, doors: Doors, stack: AsyncExitStack) -> None:
        self.doors, self.stack = doors, stack
        self.desks: dict[str, tuple[Client, Line]] = {}
        self.host: Client
        self.plan: DrawPlan

    async def begin(self, draw_s: int = 600) -> Opening:
        keys = self.doors.centre.staff_keys(HOST)
        self.host = await self.stack.enter_async_context(self.doors.person(keys))
        self.plan = await self.planned(self.host)
        opens_at = await self.doors.house.hall.now() + LEAD
        await self.host.post("console/openings", await self.order(opens_at, self.plan, draw_s))
        facts = (await self.host.get(f"openings/{LOT}"))["facts"]
        for number in range(3):
            firm = await self.stack.enter_async_context(self.doors.person(self.doors.firm(number)))
            await firm.upload(LOT, self.doors.seal(firm, facts, LETTER))
        self.desks[HOST] = (
            self.host,
            await self.stack.enter_async_context(open_line(self.host, LOT)),
        )
        for person in PARTS:
            keys = self.doors.centre.staff_keys(person)
            client = await self.stack.enter_async_context(self.doors.person(keys))
            line = await self.stack.enter_async_context(open_line(client, LOT))
            self.desks[person] = client, line
        opening = await self.until(Phase.SEALED)
        await self.say(HOST, {"type": "PublishRoster", "version": opening.version})
        opening = await self.until(Phase.ROSTER)
        await self.say(HOST, {"type": "CallDraw", "version": opening.version})
        return await self.until(Phase.DRAW)

    async def planned(self, host: Client) -> DrawPlan:
        return await planned(self.doors, host)

    async def order(self, opens_at: Any, plan: DrawPlan, draw_s: int = 600) -> dict[str, Any]:
        ordered = order(LOT, opens_at, self.doors.centre, draw_s=draw_s)
        notice = Notice(lot=LOT, fields=standard_fields(), draw=plan)
        people = {
            "supervisors": self.doors.centre.supervisors[:1],
            "notary": self.doors.centre.notary,
        }
        ordered["schedule"] |= {"notice": notice, **people}
        return ordered

    async def say(self, who: str, command: dict[str, Any]) -> dict[str, Any]:
        return await self.desks[who][1].ask(command)

    async def reveal(self, who: PersonId) -> dict[str, Any]:
        return await self.say(who, await self.desks[who][0].share(LOT, self.plan))

    async def until(self, phase: Phase) -> Opening:
        return await self.desks[HOST][1].until(reached(phase))

    async def until_stage(self, stage: Stage) -> Opening:
        return await self.desks[HOST][1].until(
            lambda opening: opening.draw is not None and opening.draw.stage is stage
        )


async def test_shares_are_revealed_over_lines_and_the_balls_follow(doors: Doors) -> None:
    async with AsyncExitStack() as stack:
        hour = DrawHour(doors, stack)
        opening = await hour.begin()
        assert opening.draw is not None
        assert list(opening.draw.shares) == [HALL.id], "the platform reveals with the first step"
        spoilt = await hour.desks[NOTARY][0].share(LOT, hour.plan)
        answer = await hour.say(NOTARY, spoilt | {"share": "00" * 32})
        assert (answer["type"], answer["reason"]) == ("Refused", "share_wrong")
        for person in PARTS:
            assert (await hour.reveal(person))["type"] == "Done"
        opening = await hour.until_stage(Stage.MADE)
        rows = bid_open_detail(opening)
        assert [len(row["VALUE_RESULT"]) for row in rows] == [1, 3]
        assert sorted(rows[1]["VALUE_RESULT"]) == sorted(opening.tenders)
        await hour.say(HOST, {"type": "BeginDecryption", "version": opening.version})
        await hour.until(Phase.DECRYPTION)


async def test_what_the_supervisor_withholds_the_hall_and_the_notary_restore(doors: Doors) -> None:
    async with AsyncExitStack() as stack:
        hour = DrawHour(doors, stack)
        await hour.begin(draw_s=3)
        await hour.reveal(NOTARY)
        opening = await hour.until_stage(Stage.RESTORING)
        assert opening.draw is not None
        assert opening.draw.missing == (SUPERVISOR,)
        assert list(opening.draw.parts[SUPERVISOR]) == [HALL.id]
        part = await hour.desks[NOTARY][0].part(LOT, hour.plan, SUPERVISOR)
        assert (await hour.say(NOTARY, part))["type"] == "Done"
        opening = await hour.until_stage(Stage.MADE)
        assert opening.draw is not None
        assert opening.draw.restored == (SUPERVISOR,)


async def test_where_nothing_can_be_drawn_a_machine_counts_with_the_notarys_signature(
    doors: Doors,
) -> None:
    async with AsyncExitStack() as stack:
        hour = DrawHour(doors, stack)
        await hour.begin(draw_s=2)
        opening = await hour.until_stage(Stage.FAILED)
        content = Manual(opening.facts.notice_sha256, ((2,), (3, 1, 2)), "两方失联")
        act = await hour.host.act(Purpose.DRAW, LOT, digest(content))
        entry = {
            "type": "EnterManualDraw",
            "picks": content.picks,
            "reason": "两方失联",
            "act": act,
        }
        assert (await hour.say(HOST, entry))["type"] == "Done"
        other = await hour.desks[NOTARY][0].act(Purpose.DRAW, LOT, "00" * 32)
        answer = await hour.say(NOTARY, {"type": "CosignManualDraw", "act": other})
        assert (answer["type"], answer["reason"]) == ("Refused", "statement_altered")
        act = await hour.desks[NOTARY][0].act(Purpose.DRAW, LOT, digest(content))
        assert (await hour.say(NOTARY, {"type": "CosignManualDraw", "act": act}))["type"] == "Done"
        opening = await hour.until_stage(Stage.MANUAL)
        assert bid_open_detail(opening)[0]["VALUE_RESULT"] == ["1.50%"]


async def test_a_plan_with_a_wrong_commitment_or_somebody_elses_share_is_refused(
    doors: Doors,
) -> None:
    async with doors.person(doors.centre.staff_keys(HOST)) as host, AsyncExitStack() as stack:
        hour = DrawHour(doors, stack)
        plan = await planned(doors, host)
        opens_at = await doors.house.hall.now() + timedelta(hours=1)
        hall, watch, notary = plan.contributors
        for contributors, whose in (
            ((hall, watch, replace(notary, commitment="00" * 32)), NOTARY),
            ((hall, replace(watch, signer=notary.signer), notary), SUPERVISOR),
            ((replace(hall, signer=notary.signer), watch, notary), HALL.id),
        ):
            spoilt = replace(plan, contributors=contributors)
            no = await refusal(host.post("console/openings", await hour.order(opens_at, spoilt)))
            assert no.reason == "draw_commitment"
            assert no.detail == whose
        stranger = doors.centre.staff_keys(NOTARY)
        async with doors.person(stranger) as client:
            call = await called(doors, host)
            assert (
                await refusal(client.post("console/draw-share", call))
            ).reason == "not_your_part"


def test_the_command_line_makes_a_share_that_holds_nothing_in_the_clear(
    doors: Doors, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = doors.house.draws.holder
    holders = [Called(own.part, own.person, own.name, own.certificate.der)]
    for person, part in PARTS.items():
        keys = doors.centre.staff_keys(person)
        assert keys.decrypt is not None
        holders.append(Called(part, person, person, keys.decrypt.certificate.der))
    call, pin = tmp_path / "call.json", tmp_path / "pin"
    call.write_bytes(json.encode(Call(LOT, tuple(holders))))
    pin.write_text("123456")
    sign = doors.centre.staff_file(NOTARY)
    words = ["contribute", "--call", str(call), "--sign", str(sign), "--pin-file", str(pin)]
    assert verb.main(words) == 0
    said = json.decode(capsys.readouterr().out)
    assert said["person"] == NOTARY
    assert [part["to"] for part in said["parts"]] == [HALL.id, SUPERVISOR, NOTARY]
    stranger = [*words[:3], "--sign", str(doors.centre.staff_file(HOST)), *words[5:]]
    assert verb.main(stranger) == 1
