"""Certificates as they are in life: renewed, running out, of several authorities."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from bidroom import clock, ids
from bidroom.cli.centre import PIN, demo_code, demo_name
from bidroom.cli.client import Keys
from bidroom.envelope import Actor, PersonId, Role
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Subject
from tests.browser import open_browser
from tests.edge.centre import Doors, refusal
from tests.edge.test_draw_pages import WIDE, picture
from tests.whole_day.persons import Person

DAY = timedelta(days=1)
LOT = "LOT-001"


def issued(ca: DemoCA, usage: Usage, until: datetime | None = None, number: int = 0) -> Issued:
    subject = Subject(demo_name(number), demo_code(number), demo_name(number))
    return ca.issue(subject, usage, clock.now() - DAY, ids.random_bytes, until=until)


async def test_whoever_renews_is_told_which_tenders_need_the_old_key(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    old = doors.firm(0)
    assert old.decrypt is not None
    async with doors.person(old) as firm:
        assert (await firm.get("bidder/certificates"))["tenders"] == []
        await firm.upload(LOT, doors.seal(firm, facts))
    renewed = issued(doors.ca, Usage.SIGN)
    async with doors.person(Keys(renewed.key, issued(doors.ca, Usage.ENCRYPT).key)) as firm:
        (tender,) = (await firm.get("bidder/certificates"))["tenders"]
        assert (tender["lot"], tender["changeable"], tender["old_key_kept"]) == (LOT, True, [])
        assert tender["signer"]["fingerprint"] == old.sign.certificate.fingerprint
        named = [it["fingerprint"] for it in tender["recipients"]]
        assert named == [old.decrypt.certificate.fingerprint]
        kept = {"certificate": renewed.certificate.fingerprint}
        said = await firm.post(f"bidder/openings/{LOT}/old-key", kept)
        assert said["old_key_kept"] == [renewed.certificate.fingerprint]
        (tender,) = (await firm.get("bidder/certificates"))["tenders"]
        assert tender["old_key_kept"] == [renewed.certificate.fingerprint]
        await firm.upload(LOT, doors.seal(firm, facts))
        (tender,) = (await firm.get("bidder/certificates"))["tenders"]
        assert tender["signer"]["fingerprint"] == renewed.certificate.fingerprint
        assert tender["old_key_kept"] == []


async def test_nobody_else_is_told(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(1)) as other:
        await firm.upload(LOT, doors.seal(firm, facts))
        assert (await other.get("bidder/certificates"))["tenders"] == []
        kept = other.post(f"bidder/openings/{LOT}/old-key", {"certificate": "00" * 32})
        assert (await refusal(kept)).reason == "no_tender"


async def test_alarms_are_there_at_log_in_and_an_expired_key_still_opens(doors: Doors) -> None:
    at = clock.now()
    facts = await doors.scheduled(LOT, at + 2 * DAY)
    ends = at.replace(microsecond=0) + timedelta(seconds=4)
    short = issued(doors.ca, Usage.ENCRYPT, until=ends)
    keys = Keys(issued(doors.ca, Usage.SIGN, until=at + 20 * DAY).key, short.key)
    async with doors.person(keys) as firm:
        sealed = doors.seal(firm, facts)
        await firm.upload(LOT, sealed)
        alarms = (await firm.get("bidder/certificates"))["alarms"]
        told = [(it["certificate"]["usage"], it["opening"], it["within_h"]) for it in alarms]
        assert told == [("encrypt", None, 24), ("encrypt", LOT, 72), ("sign", None, 720)]
        while await doors.house.hall.now() <= ends:  # noqa: ASYNC110 (no clock tells)
            await asyncio.sleep(0.05)
        alarms = (await firm.get("bidder/certificates"))["alarms"]
        assert [it["within_h"] for it in alarms] == [0, 72, 720]
        await firm.rehearse(LOT)
        assert (await firm.drill(LOT))["state"] == "received"
        assert len((await firm.unlocking(LOT))["keys"]) == 2
        again = firm.upload(LOT, doors.seal(firm, facts))
        assert (await refusal(again)).reason == "certificate_expired", "but nothing new"


async def test_the_page_asks_whoever_renewed_to_keep_the_old_key(
    doors: Doors, tmp_path: Path
) -> None:
    facts = await doors.in_an_hour()
    at = clock.now()
    async with doors.person(doors.firm(0)) as firm:
        await firm.upload(LOT, doors.seal(firm, facts))
    files = []
    for usage in Usage:
        files.append(tmp_path / f"{usage}.p12")
        files[-1].write_bytes(issued(doors.ca, usage, until=at + 10 * DAY).p12(PIN))
    origin = doors.house.settings.origin
    who = Actor(Role.BIDDER, PersonId(demo_code(0)))
    async with open_browser() as browser:
        bidder = await Person.come(browser, "投标人", who, f"{origin}/bidder", viewport=WIDE)
        await bidder.log_in(files)
        await bidder.read("证书已更换：1 份已封装的投标文件仍需旧密钥")
        await bidder.read("15 天内")
        await picture(bidder, "renewed")
        await bidder.press("我确认：旧 UKey 仍在手中，并保留到开标")
        await bidder.read("已确认保留旧密钥")
        await picture(bidder, "kept")
        assert bidder.faults == []
