"""`bidroom seal` and `bidroom unlock`, as bidders run them; one opens with its key file."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bidroom.cli.centre import PIN
from bidroom.cli.line import open_line
from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening.policy import Suite
from bidroom.opening.record import Phase
from tests.browser import open_browser
from tests.edge.centre import HOST, LETTER, Doors
from tests.edge.test_draw_pages import WIDE, picture
from tests.whole_day.persons import Person

LOT = "LOT-001"
LEAD = timedelta(seconds=15)  # for three firms' commands, on a slow machine too


async def run(*words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bidroom", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.parametrize("suite", ["INT1", "SM1"])
async def test_a_tender_is_sealed_and_unlocked_by_commands(
    doors: Doors, tmp_path: Path, suite: Suite
) -> None:
    letter, pin, passphrase = (tmp_path / name for name in ("letter.json", "pin", "passphrase"))
    passphrase.write_text("一个足够长的口令，不易猜到")
    spare = ["--key-file", str(tmp_path / "spare.p12"), "--passphrase-file", str(passphrase)]
    letter.write_text(json.dumps(LETTER["fields"]))
    pin.write_text(PIN)
    own = []
    for firm in doors.centre.firms()[:3]:
        sign, enc = firm.files(suite)
        own.append(
            ["--url", doors.url, "--opening", LOT, "--sign", str(sign), "--enc", str(enc),
             "--pin-file", str(pin)]
        )  # fmt: skip
    await doors.scheduled(LOT, await doors.house.hall.now() + LEAD, suite=suite)

    receipts = [str(tmp_path / f"receipt{number}.json") for number in range(3)]
    sealed = await asyncio.gather(
        *(
            run("seal", *mine, *extra, "--letter", str(letter), "--receipt", receipt)
            for mine, receipt, extra in zip(own, receipts, (spare, [], []), strict=True)
        )
    )
    assert [status for status, _ in sealed] == [0, 0, 0], sealed
    assert (await run("verify", "receipt", receipts[0]))[0] == 0

    async with AsyncExitStack() as stack:
        keys = doors.centre.staff_keys(HOST)
        host = await stack.enter_async_context(doors.person(keys))
        desk = await stack.enter_async_context(open_line(host, LOT))
        lost = [word for word in own[0] if word not in own[0][6:8]]  # its encryption key is gone
        keys_of = [[*lost, *spare], *own[1:]]
        unlocking = [asyncio.create_task(run("unlock", *mine)) for mine in keys_of]
        opening = await desk.until(lambda it: it.phase is Phase.SEALED)
        await desk.ask({"type": "PublishRoster", "version": opening.version})
        opening = await desk.until(lambda it: it.phase is Phase.ROSTER)
        await desk.ask({"type": "BeginDecryption", "version": opening.version})
        opening = await desk.until(lambda it: it.phase is Phase.SETTLED)
        told = await asyncio.gather(*unlocking)
        await desk.ask({"type": "BeginReadOut", "version": opening.version})
        opening = await desk.until(lambda it: it.phase is Phase.READ_OUT)

    assert [status for status, _ in told] == [0, 0, 0], told
    assert opening.decrypted_count == 3
    assert {o.offer.values["price"] for o in opening.offers.values()} == {980_000_00}
    late = await run("unlock", *own[0])
    assert late[0] == 1
    assert "解密时段已过" in late[1]


async def test_a_page_names_the_commands_where_it_cannot_seal(doors: Doors) -> None:
    await doors.in_an_hour(suite="SM1")
    own = doors.centre.firms()[0]
    origin = doors.house.settings.origin
    who = Actor(Role.BIDDER, PersonId(own.code))
    async with open_browser() as browser:
        bidder = await Person.come(
            browser, "投标人", who, f"{origin}/bidder#/lot/{LOT}/seal", viewport=WIDE
        )
        await bidder.log_in([own.sign, own.enc])
        await bidder.read("请用命令 bidroom seal 封装并递交")
        await picture(bidder, "sm1")
        assert await bidder.page.locator("#tender-files").count() == 0
        assert bidder.faults == []
