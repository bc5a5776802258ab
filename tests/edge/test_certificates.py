"""Certificates as they are in life: renewed, running out, of several authorities."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec import json

from bidroom import clock, ids
from bidroom.cli import seal as seal_verb
from bidroom.cli.centre import PIN, Centre, demo_code, demo_name
from bidroom.cli.client import Keys
from bidroom.envelope import Actor, PersonId, Role
from bidroom.people import trust as trust_module
from bidroom.people.trust import TrustFolder
from crypto import keyfile
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Subject
from crypto.errors import SealRefused
from crypto.softkey import open_pkcs12
from tests.browser import open_browser
from tests.edge.centre import LETTER, Doors, refusal
from tests.edge.test_draw_pages import WIDE, picture
from tests.whole_day.persons import Person
from tests.whole_day.steps import Offer, fill_and_seal

DAY = timedelta(days=1)
LOT = "LOT-001"
PASSPHRASE = "correct horse battery staple"  # noqa: S105 (of files made here)


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


async def test_a_spare_token_and_a_key_file_open_what_the_lost_one_would(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    own, spare = doors.firm(1), issued(doors.ca, Usage.ENCRYPT, number=1)
    data, certificate = keyfile.make(own.sign, PASSPHRASE, clock.now(), ids.random_bytes)
    async with doors.person(own) as firm:
        spares = [spare.certificate, certificate]
        sealed = firm.seal(facts, LETTER, (), doors.folder / "spares", clock.now(), spares)
        await firm.upload(LOT, sealed)
        for key in (own.decrypt, spare.key, open_pkcs12(data, PASSPHRASE)):
            firm.keys = Keys(own.sign, key)
            await firm.rehearse(LOT)
            assert (await firm.drill(LOT))["state"] == "received"
            assert len((await firm.unlocking(LOT))["keys"]) == 2
        (tender,) = (await firm.get("bidder/certificates"))["tenders"]
        assert len(tender["recipients"]) == 3


async def test_only_the_signers_own_key_file_is_taken_and_never_alone(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    own, at = doors.firm(0), clock.now()
    _, another = keyfile.make(doors.firm(2).sign, PASSPHRASE, at, ids.random_bytes)
    former = issued(doors.ca, Usage.SIGN)
    _, older = keyfile.make(former.key, PASSPHRASE, at, ids.random_bytes)
    _, old = keyfile.make(own.sign, PASSPHRASE, at - 400 * DAY, ids.random_bytes)
    data, mine = keyfile.make(own.sign, PASSPHRASE, at, ids.random_bytes)
    async with doors.person(own) as firm:
        for number, (spare, reason) in enumerate(
            (
                (another, "recipient_foreign"),
                (older, "certificate_untrusted"),
                (old, "certificate_untrusted"),
            )
        ):
            folder = doors.folder / f"no-{number}"
            sealed = firm.seal(facts, LETTER, (), folder, at, [spare])
            assert (await refusal(firm.upload(LOT, sealed))).reason == reason
        firm.keys = Keys(own.sign, open_pkcs12(data, PASSPHRASE))
        alone = firm.seal(facts, LETTER, (), doors.folder / "alone", at)
        assert (await refusal(firm.upload(LOT, alone))).reason == "recipient_foreign"
    with pytest.raises(SealRefused):
        keyfile.make(own.sign, "too short", at, ids.random_bytes)
    assert keyfile.is_of(mine, own.sign.certificate, at)
    assert not keyfile.is_of(own.sign.certificate, own.sign.certificate, at)


async def test_the_command_line_makes_a_key_file_and_seals_to_it(
    doors: Doors, tmp_path: Path
) -> None:
    await doors.in_an_hour()
    firm, key_file = doors.centre.firms()[0], tmp_path / "spare.p12"
    spare = tmp_path / "spare.cer"
    spare.write_bytes(issued(doors.ca, Usage.ENCRYPT).certificate.der)
    texts = {"pin": PIN, "passphrase": PASSPHRASE, "letter": json.encode(LETTER["fields"]).decode()}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    options = {
        "url": doors.url, "opening": LOT, "letter": tmp_path / "letter", "sign": firm.sign,
        "enc": firm.enc, "pin-file": tmp_path / "pin", "key-file": key_file, "spare": spare,
        "passphrase-file": tmp_path / "passphrase", "receipt": tmp_path / "receipt",
    }  # fmt: skip
    arguments = [str(it) for name, value in options.items() for it in (f"--{name}", value)]
    for _ in range(2):  # the second time it is there
        assert await asyncio.to_thread(seal_verb.main, arguments) == 0
    assert key_file.stat().st_mode & 0o777 == 0o600
    async with doors.person(doors.firm(0)) as lost:
        lost.keys = Keys(doors.firm(0).sign, open_pkcs12(key_file.read_bytes(), PASSPHRASE))
        await lost.rehearse(LOT)


async def test_certificates_of_two_authorities_go_together_until_one_is_taken_off(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust_module, "LOOK_AGAIN_S", 0.0)
    facts = await doors.in_an_hour()
    other = DemoCA.make(clock.now() - DAY, ids.random_bytes, "互认 CA")
    trust = doors.centre.trust
    keys = Keys(issued(doors.ca, Usage.SIGN).key, issued(other, Usage.ENCRYPT).key)
    async with doors.person(keys) as firm:
        unknown = firm.upload(LOT, doors.seal(firm, facts))
        assert (await refusal(unknown)).reason == "certificate_untrusted"
        names = ["second-issuing.cer", "second-root.cer"]
        for name, one in zip(names, (other.issuing, other.root), strict=True):
            (trust / name).write_bytes(one.der)
        try:
            await firm.upload(LOT, doors.seal(firm, facts))
            assert other.root.der in doors.house.people.trust.authorities()
            (trust / "retired").mkdir()
            for name in names:
                (trust / name).rename(trust / "retired" / name)
            again = firm.upload(LOT, doors.seal(firm, facts))
            assert (await refusal(again)).reason == "certificate_untrusted"
            await firm.rehearse(LOT)
            assert len((await firm.unlocking(LOT))["keys"]) == 2, "what was received stays good"
            assert other.root.der in doors.house.people.trust.authorities(), "records lead to it"
        finally:
            shutil.rmtree(trust / "retired", ignore_errors=True)
            for name in names:
                (trust / name).unlink(missing_ok=True)


def test_a_demonstration_centre_can_have_two_authorities(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    centre.make(clock.now(), 2, second=True)
    trust = TrustFolder(centre.trust)
    for keys in (firm.keys() for firm in centre.firms()):
        assert keys.decrypt is not None
        roots = [
            trust.check(key.certificate, [], usage, clock.now()).path[-1]
            for key, usage in ((keys.sign, Usage.SIGN), (keys.decrypt, Usage.ENCRYPT))
        ]
        assert roots[0] != roots[1]


async def test_the_page_seals_to_a_spare_certificate_too(doors: Doors, tmp_path: Path) -> None:
    await doors.in_an_hour()
    own, spare = doors.centre.firms()[0], issued(doors.ca, Usage.ENCRYPT)
    good, foreign = tmp_path / "spare.cer", tmp_path / "foreign.cer"
    good.write_bytes(spare.certificate.der)
    foreign.write_bytes(issued(doors.ca, Usage.ENCRYPT, number=1).certificate.der)
    origin = doors.house.settings.origin
    who = Actor(Role.BIDDER, PersonId(own.code))
    async with open_browser() as browser:
        bidder = await Person.come(
            browser, "投标人", who, f"{origin}/bidder#/lot/{LOT}/seal", viewport=WIDE
        )
        await bidder.log_in([own.sign, own.enc])
        await bidder.read("备用加密证书（选填）")
        await bidder.page.set_input_files("#spare-file", foreign)
        await bidder.read("recipient_foreign")
        await bidder.page.set_input_files("#spare-file", good)
        await bidder.read(spare.certificate.fingerprint[:16])
        await picture(bidder, "spare")
        await fill_and_seal(bidder, Offer("980000.00", "120", "王工"))
        await bidder.read("已签收，投标有效")
        assert bidder.faults == []
    async with doors.person(Keys(doors.firm(0).sign, spare.key)) as lost:
        await lost.rehearse(LOT)
