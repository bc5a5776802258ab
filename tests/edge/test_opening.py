"""A lot is opened: sealed by the clock, unlocked by its bidders, read out. Through every door."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from bidroom.cli.client import Client
from bidroom.cli.line import Line, open_line
from bidroom.opening.policy import Suite
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening, Seal
from tests.edge.centre import HOST, LETTER, Doors, file_of, refusal, to_be_announced

LOT = "LOT-001"
BODY = b"technical " * 250_000  # more than two parts
LEAD = timedelta(seconds=4)  # for three uploads, on a slow machine too


def reached(phase: Phase) -> Any:
    return lambda opening: opening.phase is phase


class Hour:
    """Three firms have handed in, and the deadline is near."""

    def __init__(self, doors: Doors, stack: AsyncExitStack) -> None:
        self.doors, self._stack = doors, stack
        self.firms: list[Client] = []
        self.lines: list[Line] = []
        self.host: Client
        self.desk: Line

    async def begin(
        self,
        letters: list[dict[str, Any]] | None = None,
        window_s: int = 600,
        suite: Suite = "INT1",
    ) -> Hour:
        packed = []
        for number in range(3):  # all that takes its time comes before the deadline is set
            firm = await self._stack.enter_async_context(
                self.doors.person(self.doors.firm(number, suite))
            )
            letter = letters[number] if letters else LETTER
            files = [file_of(f"标书{number}.pdf", BODY)]
            packed.append(self.doors.seal(firm, to_be_announced(LOT, suite), letter, files))
            self.firms.append(firm)
        opens_at = await self.doors.house.hall.now() + LEAD
        await self.doors.scheduled(LOT, opens_at, suite=suite, window_s=window_s)
        async with asyncio.TaskGroup() as tasks:
            for firm, sealed in zip(self.firms, packed, strict=True):
                tasks.create_task(firm.upload(LOT, sealed))
        keys = self.doors.centre.staff_keys(HOST)
        self.host = await self._stack.enter_async_context(self.doors.person(keys))
        self.desk = await self._stack.enter_async_context(open_line(self.host, LOT))
        for firm in self.firms:
            line = await self._stack.enter_async_context(open_line(firm, LOT))
            self.lines.append(line)
        return self

    async def window(self) -> Opening:
        opening = await self.desk.until(reached(Phase.SEALED))
        await self.desk.ask({"type": "PublishRoster", "version": opening.version})
        opening = await self.desk.until(reached(Phase.ROSTER))
        await self.desk.ask({"type": "BeginDecryption", "version": opening.version})
        return await self.desk.until(reached(Phase.DECRYPTION))

    async def unlock(self, number: int) -> dict[str, Any]:
        return await self.lines[number].ask(await self.firms[number].unlocking(LOT))


@pytest.mark.parametrize("suite", ["INT1", "SM1"])
async def test_a_lot_goes_from_sealed_to_read_out_and_its_files_are_found_right(
    doors: Doors, suite: Suite
) -> None:
    async with AsyncExitStack() as stack:
        hour = await Hour(doors, stack).begin(suite=suite)
        opening = await hour.window()
        assert sorted(opening.tenders) == sorted(f.me["id"] for f in hour.firms)
        assert all(tender.sealed.intact for tender in opening.tenders.values())

        for number in range(3):
            got = await hour.unlock(number)
            assert got["type"] == "Done", got
        opening = await hour.desk.until(reached(Phase.SETTLED))
        firm = hour.firms[0]
        own = await firm.get(f"bidder/openings/{LOT}/offer")
        assert own == {"offer": {"values": LETTER["fields"]}}
        before = await refusal(hour.host.get(f"console/openings/{LOT}/files/{firm.me['id']}"))
        assert before.reason == "not_decrypted"

        await hour.desk.ask({"type": "BeginReadOut", "version": opening.version})
        opening = await hour.desk.until(reached(Phase.READ_OUT))
        assert {o.offer.values["price"] for o in opening.offers.values()} == {980_000_00}
        opening = await hour.desk.until(lambda it: all(t.body for t in it.tenders.values()))
        listed = await hour.host.get(f"console/openings/{LOT}/files/{firm.me['id']}")
        assert listed["files"] == [
            {"name": "标书0.pdf", "size": len(BODY), "sha256": sha256(BODY).hexdigest()}
        ]
        answer = await hour.host.http.get(f"/api/console/openings/{LOT}/files/{firm.me['id']}/0")
        assert answer.content == BODY
        other = await hour.host.http.get(f"/api/console/openings/{LOT}/files/{firm.me['id']}/7")
        assert other.status_code == 404


async def test_keys_that_are_wrong_are_refused_and_noted_and_may_be_tried_again(
    doors: Doors,
) -> None:
    async with AsyncExitStack() as stack:
        hour = await Hour(doors, stack).begin()
        early = await hour.unlock(0)
        assert (early["type"], early["reason"]) == ("Refused", "window_not_open")
        await hour.window()

        mine, theirs = await hour.firms[0].unlocking(LOT), await hour.firms[1].unlocking(LOT)
        swapped = await hour.lines[0].ask({**mine, "keys": theirs["keys"]})
        assert swapped["reason"] == "wrong_key"  # someone else's
        crossed = await hour.firms[0].unlocking(LOT)
        crossed = await hour.lines[0].ask({**crossed, "keys": crossed["keys"][::-1]})
        assert crossed["reason"] == "wrong_key"  # the letter's for the body
        replayed = await hour.lines[0].ask(mine)
        assert replayed["reason"] == "challenge_spent"
        stolen = await hour.lines[0].ask(theirs)
        assert stolen["reason"] == "signer_foreign"

        opening = await hour.desk.until(
            lambda it: it.tenders[hour.firms[0].me["id"]].keys_refused == 2
        )
        assert opening.tenders[hour.firms[0].me["id"]].last_refusal == "wrong_key"
        assert (await hour.unlock(0))["type"] == "Done"
        again = await hour.unlock(0)
        assert again["reason"] == "already_decrypted"


async def test_a_letter_that_cannot_be_read_is_said_so_and_never_asked_for_again(
    doors: Doors,
) -> None:
    lacking = {"typ": "bidroom/letter/1", "fields": {"price": 1}}
    covert = {**LETTER, "fields": {**LETTER["fields"], "quality": "合格\u202e"}}
    letters: list[dict[str, Any]] = [{"typ": "bidroom/other/1"}, lacking, covert]
    async with AsyncExitStack() as stack:
        hour = await Hour(doors, stack).begin(letters)
        await hour.window()
        for number in range(3):
            assert (await hour.unlock(number))["type"] == "Done"
        opening = await hour.desk.until(reached(Phase.SETTLED))
        await hour.desk.ask({"type": "BeginReadOut", "version": opening.version})
        opening = await hour.desk.until(reached(Phase.READ_OUT))
        said = [opening.tenders[firm.me["id"]].outcome for firm in hour.firms]
        assert [getattr(it, "why", None) for it in said] == [
            "not_a_letter",
            "field_missing: duration",
            "field_wrong: quality",
        ]
        own = await hour.firms[1].get(f"bidder/openings/{LOT}/offer")
        assert own == {"unreadable": "field_missing: duration"}


async def test_unlocking_at_once_is_answered_for_everybody(doors: Doors) -> None:
    async with AsyncExitStack() as stack:
        hour = await Hour(doors, stack).begin()
        await hour.window()
        answers = await asyncio.gather(*(hour.unlock(number) for number in range(3)))
        assert [answer["type"] for answer in answers] == ["Done"] * 3
        await hour.desk.until(reached(Phase.SETTLED))


async def test_a_key_after_the_window_is_late_and_the_others_go_on(doors: Doors) -> None:
    async with AsyncExitStack() as stack:
        hour = await Hour(doors, stack).begin(window_s=3)
        await hour.window()
        for number in (0, 1):
            assert (await hour.unlock(number))["type"] == "Done"
        opening = await hour.desk.until(reached(Phase.SETTLED))
        late = await hour.unlock(2)
        assert (late["type"], late["reason"]) == ("Refused", "window_over")
        left = opening.tenders[hour.firms[2].me["id"]]
        assert (left.seal, left.keys_refused) == (Seal.LEFT_SEALED, 0)
        await hour.desk.ask({"type": "BeginReadOut", "version": opening.version})
        opening = await hour.desk.until(reached(Phase.READ_OUT))
        assert len(opening.offers) == 2
        own = await refusal(hour.firms[2].get(f"bidder/openings/{LOT}/offer"))
        assert own.reason == "not_decrypted"
