"""Stories of bidders before the deadline, over HTTP as their browsers speak it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace as changed

from bidroom import clock, ids
from bidroom.cli.client import Client, Keys, Sealed
from bidroom.cli.line import open_line
from bidroom.opening.record import Phase
from crypto import canonical, signing
from crypto.certificates import Certificate, Usage
from crypto.demo_ca import DemoCA, Subject
from crypto.header import HeaderFacts
from crypto.seal import Package, seal
from crypto.statements import Purpose
from tests.edge.centre import HOST, LETTER, Doors, file_of, manifest, order, refusal

LOT = "LOT-001"
ONE = f"bidder/openings/{LOT}"
BIG = [file_of("技术标.pdf", b"plan" * 700_000)]  # three parts


async def mine(firm: Client, lot: str = LOT) -> dict[str, Any]:
    told = await firm.get(f"bidder/openings/{lot}")
    standing: dict[str, Any] = told["mine"]
    listed = (await firm.get("bidder/openings"))["openings"]
    assert [row["mine"] for row in listed if row["id"] == lot] == [standing]
    return standing


def said_in(receipt: dict[str, Any]) -> Any:
    """What a receipt says, once its signature was found to hold."""
    statement = receipt["statement"].encode()
    certificate = Certificate(b64decode(receipt["certificate"]))
    signing.verify(certificate, statement, b64decode(receipt["signature"]))
    return canonical.decode(statement, 4096)


async def test_a_tender_is_sealed_uploaded_and_its_receipt_holds(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        assert (await mine(firm))["state"] == "none"
        sealed = doors.seal(firm, facts, files=BIG)
        said = said_in(await firm.upload(LOT, sealed))
        assert (said["typ"], said["lot"], said["serial"]) == ("bidroom/receipt/1", LOT, 1)
        assert said["seal"] == sealed.package.seal_hash
        standing = await mine(firm)
        assert (standing["state"], standing["version"]) == ("received", 1)
        assert standing["seal"] == sealed.package.seal_hash
        assert standing["sealed_under_old_notice"] is False
        await firm.rehearse(LOT)
        assert (await mine(firm))["rehearsal_ok"] is True


async def test_a_tender_is_replaced_withdrawn_and_handed_in_again(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        first, second = doors.seal(firm, facts), doors.seal(firm, facts, files=BIG)
        await firm.upload(LOT, first)
        await firm.rehearse(LOT)
        assert said_in(await firm.upload(LOT, second))["serial"] == 2
        standing = await mine(firm)
        assert (standing["version"], standing["rehearsal_ok"]) == (2, None)

        act = await firm.act(Purpose.WITHDRAW, LOT, second.package.seal_hash)
        gone = await firm.post(f"{ONE}/withdraw", {"act": act})
        assert gone["mine"]["state"] == "withdrawn"
        said = said_in(gone["receipt"])
        assert (said["typ"], said["seal"]) == ("bidroom/withdrawn/1", second.package.seal_hash)
        again = await firm.post(f"{ONE}/withdraw", {"act": act})  # its answer was lost
        assert again["mine"] == gone["mine"]
        assert (await refusal(firm.get(f"{ONE}/package"))).reason == "no_tender"

        assert said_in(await firm.upload(LOT, second))["serial"] == 3
        assert (await mine(firm))["state"] == "received"
        kept = (await firm.get(f"{ONE}/receipts"))["receipts"]
        assert [(it["kind"], it["version"]) for it in kept] == [
            ("received", 1), ("received", 2), ("withdrawn", 2), ("received", 3),
        ]  # fmt: skip
        assert [said_in(it)["serial"] for it in kept] == [1, 2, 2, 3]


async def test_withdrawing_takes_an_act_over_just_this_package(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(1)) as other:
        sealed = doors.seal(firm, facts)
        await firm.upload(LOT, sealed)
        for act in (
            await firm.act(Purpose.WITHDRAW, LOT, "00" * 32),
            await firm.act(Purpose.CONFIRM, LOT, sealed.package.seal_hash),
            await other.act(Purpose.WITHDRAW, LOT, sealed.package.seal_hash),
        ):
            no = await refusal(firm.post(f"{ONE}/withdraw", {"act": act}))
            assert no.reason in {"statement_altered", "challenge_spent", "signer_foreign"}
        assert (await mine(firm))["state"] == "received"
        theirs = await other.act(Purpose.WITHDRAW, LOT, sealed.package.seal_hash)
        none = await refusal(other.post(f"{ONE}/withdraw", {"act": theirs}))
        assert none.reason == "no_tender"


async def test_an_upload_that_was_cut_goes_on_where_it_was(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        sealed = doors.seal(firm, facts, files=BIG)
        begun = await firm.post(f"{ONE}/uploads", manifest(sealed))
        assert begun["missing"] == [[0, 0], [1, 0], [1, 1], [1, 2]]
        await firm.put_part(begun["upload"], 1, 1, sealed.part(1, 1))
        await firm.put_part(begun["upload"], 1, 1, sealed.part(1, 1))
        assert (await mine(firm))["state"] == "uploading"
        assert (await refusal(firm.get(f"{ONE}/package"))).reason == "no_tender"

    async with doors.person(doors.firm(0)) as firm:  # the next morning, from another machine
        again = await firm.post(f"{ONE}/uploads", manifest(sealed))
        assert again["upload"] == begun["upload"]
        assert again["missing"] == [[0, 0], [1, 0], [1, 2]]
        receipt = await firm.upload(LOT, sealed)
        last = await firm.put_part(begun["upload"], 0, 0, sealed.part(0, 0))
        assert (last["state"], last["missing_count"]) == ("received", 0)
        assert last["receipt"]["statement"] == receipt["statement"], "said again, word for word"


Alter = Callable[[dict[str, Any]], object]


def swap(name: str, old: bytes, new: bytes) -> Alter:
    def alter(papers: dict[str, Any]) -> None:
        assert old in papers[name]
        papers[name] = papers[name].replace(old, new, 1)

    return alter


def first_digit(name: str, key: bytes) -> Alter:
    """Another digit at the start of a hash in a JSON object."""

    def alter(papers: dict[str, Any]) -> None:
        at = papers[name].index(b'"' + key + b'":"') + len(key) + 4
        digit = b"1" if papers[name][at : at + 1] == b"0" else b"0"
        papers[name] = papers[name][:at] + digit + papers[name][at + 1 :]

    return alter


def flip(name: str, place: int) -> Alter:
    def alter(papers: dict[str, Any]) -> None:
        data = bytearray(papers[name])
        data[place] ^= 1
        papers[name] = bytes(data)

    return alter


def leaves(papers: dict[str, Any]) -> None:
    papers["sections"][1]["leaves"].reverse()


ALTERED: list[tuple[str, Alter, set[str]]] = [
    ("an unsealed file", lambda p: p.update(header=b"%PDF-1.7"), {"not_canonical"}),
    ("the header", first_digit("header", b"package"), {"header_altered"}),
    ("spaces in the header", swap("header", b'":', b'": '), {"not_canonical"}),
    ("the suite", swap("header", b'"INT1"', b'"INT0"'), {"wrong_suite", "malformed_header"}),
    ("the key envelope", flip("keyenv", -1), {"keyenv_altered"}),
    ("the seal", first_digit("seal", b"root"), {"seal_altered", "section_altered"}),
    ("the seal's header", first_digit("seal", b"header"), {"seal_altered", "header_altered"}),
    ("the signature", flip("signature", -1), {"signature_bad", "malformed_signature"}),
    ("no signature", lambda p: p.update(signature=b""), {"signature_missing"}),
    ("no CMS", lambda p: p.update(signature=b"\x30\x03abc"), {"malformed_signature"}),
    ("parts in another order", leaves, {"section_altered"}),
    ("a part more", lambda p: p["sections"][0]["leaves"].append("00" * 32), {"section_altered"}),
    ("a section less", lambda p: p["sections"].pop(), {"section_altered"}),
]


async def test_whatever_is_altered_is_refused_and_the_original_still_goes(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        sealed = doors.seal(firm, facts, files=BIG)
        for what, alter, reasons in ALTERED:
            papers = manifest(sealed)
            alter(papers)
            no = await refusal(firm.post(f"{ONE}/uploads", papers))
            assert no.reason in reasons, what
            assert (await mine(firm))["state"] == "none", what
        await firm.upload(LOT, sealed)


async def test_a_package_for_something_or_somebody_else_is_refused(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    other_lot = await doors.in_an_hour("LOT-002")
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(1)) as thief:

        async def said(who: Client, sealed: Sealed) -> str:
            return (await refusal(who.post(f"{ONE}/uploads", manifest(sealed)))).reason

        assert await said(firm, doors.seal(firm, other_lot)) == "foreign_lot"
        old = {**facts, "notice_sha256": "00" * 32}
        assert await said(firm, doors.seal(firm, old)) == "foreign_notice"
        assert await said(thief, doors.seal(firm, facts)) == "foreign_bidder"
        assert firm.keys is not None
        assert thief.keys is not None
        firm.keys = Keys(thief.keys.sign, firm.keys.decrypt)  # signed by somebody else
        assert await said(firm, doors.seal(firm, facts)) == "foreign_bidder"


async def test_a_package_under_a_bad_certificate_is_refused(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    good, now = doors.firm(0), clock.now()
    assert good.decrypt is not None
    code = good.sign.certificate.credit_code or ""
    subject, since = Subject("长河建设集团有限公司", code, "长河"), now - timedelta(days=2)
    stranger = DemoCA.make(since, ids.random_bytes, "Other CA")
    untrusted = stranger.issue(subject, Usage.SIGN, since, ids.random_bytes).key
    ended = now - timedelta(hours=1)
    expired = doors.ca.issue(subject, Usage.SIGN, since, ids.random_bytes, until=ended).key
    early = doors.ca.issue(subject, Usage.SIGN, now + timedelta(days=1), ids.random_bytes).key
    theirs = doors.firm(2).decrypt
    async with doors.person(good) as firm:
        for keys, reason in (
            (Keys(untrusted, good.decrypt), "certificate_untrusted"),
            (Keys(expired, good.decrypt), "certificate_expired"),
            (Keys(early, good.decrypt), "certificate_not_yet_valid"),
            (Keys(good.decrypt, good.decrypt), "certificate_wrong_usage"),
            (Keys(good.sign, theirs), "recipient_foreign"),
        ):
            assert keys.decrypt is not None
            package = sealed_by(keys, facts, code)
            papers = manifest(Sealed(package, ()))
            assert (await refusal(firm.post(f"{ONE}/uploads", papers))).reason == reason


def sealed_by(keys: Keys, facts: dict[str, Any], code: str) -> Package:
    assert keys.decrypt is not None
    return seal(
        LETTER,
        [],
        HeaderFacts("INT1", LOT, LOT, code, facts["notice_sha256"]),
        keys.sign,
        [keys.decrypt.certificate],
        clock.now(),
        ids.random_bytes,
        lambda _section, _part: None,
    )


async def test_a_part_that_is_not_the_one_announced_is_refused(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        sealed = doors.seal(firm, facts, files=BIG)
        upload = (await firm.post(f"{ONE}/uploads", manifest(sealed)))["upload"]
        part = sealed.part(1, 0)
        for wrong in (part[:-1], part[:-1] + bytes([part[-1] ^ 1]), sealed.part(1, 1), b""):
            no = await refusal(firm.put_part(upload, 1, 0, wrong))
            assert no.reason == "part_altered"
        answer = await firm.http.put(f"/api/bidder/uploads/{upload}/1/0", content=part + b"x")
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
        digest = b64encode(sha256(b"other").digest()).decode()
        for header, reason in ((f"sha-256=:{digest}:", "part_altered"), ("md5=x", "malformed")):
            answer = await firm.http.put(
                f"/api/bidder/uploads/{upload}/1/0",
                content=part,
                headers={"Content-Digest": header},
            )
            assert answer.json()["error"] == reason
        for section, number in ((2, 0), (1, 3), (0, 1)):
            no = await refusal(firm.put_part(upload, section, number, part))
            assert no.reason == "no_such_upload"
        await firm.upload(LOT, sealed)


async def test_anothers_upload_looks_like_none(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(1)) as other:
        sealed = doors.seal(firm, facts)
        upload = (await firm.post(f"{ONE}/uploads", manifest(sealed)))["upload"]
        answers = []
        for name in (upload, ids.new_id()):
            answers.append(await other.http.get(f"/api/bidder/uploads/{name}"))
            part = sealed.part(0, 0)
            answers.append(await other.http.put(f"/api/bidder/uploads/{name}/0/0", content=part))
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1


async def test_what_ends_a_millisecond_late_is_late_and_nothing_is_half_received(
    doors: Doors,
) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(1)) as other:
        sealed, theirs = doors.seal(firm, facts), doors.seal(other, facts)
        upload = (await firm.post(f"{ONE}/uploads", manifest(sealed)))["upload"]
        await firm.put_part(upload, 0, 0, sealed.part(0, 0))
        receipt = await other.upload(LOT, theirs)
        await doors.end_intake(LOT)

        assert (await refusal(firm.put_part(upload, 1, 0, sealed.part(1, 0)))).reason == "too_late"
        assert (await mine(firm))["state"] == "uploading"
        act = await other.act(Purpose.WITHDRAW, LOT, theirs.package.seal_hash)
        late = await refusal(other.post(f"{ONE}/withdraw", {"act": act}))
        assert late.reason == "too_late"
        assert (await refusal(other.post(f"{ONE}/rehearsed", {"ok": True}))).reason == "too_late"
        kept = (await other.get(f"{ONE}/receipts"))["receipts"]
        assert [it["statement"] for it in kept] == [receipt["statement"]]
        async with doors.house.pool.acquire() as conn, conn.transaction():
            frozen = await doors.house.box.freeze(conn, LOT)
        assert [tender.seal for tender in frozen] == [theirs.package.seal_hash]


async def test_after_the_deadline_nothing_is_begun(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        sealed = doors.seal(firm, facts)
        room = await doors.house.hall.room(_stream(LOT))
        past = changed(room.opening, opens_at=clock.now() - timedelta(seconds=1))
        package = sealed.package
        with pytest.raises(Exception, match="too_late"):
            await doors.house.box.uploads.begin(
                past,
                firm.me["id"],
                package.header,
                package.keyenv,
                package.seal_json,
                package.seal_p7s,
                package.part_leaves,
            )
        sealed_phase = changed(room.opening, phase=Phase.SEALED)
        with pytest.raises(Exception, match="too_late"):
            await doors.house.box.sign_in(sealed_phase, firm.me["id"])


async def test_signing_in_waits_for_the_lobby_and_counts_once(doors: Doors) -> None:
    await doors.in_an_hour("LOT-001", sign_in_s=60)
    await doors.in_an_hour("LOT-002", sign_in_s=3600)
    async with doors.person(doors.firm(0)) as firm:
        assert (await refusal(firm.sign_in("LOT-001"))).reason == "too_early"
        async with open_line(firm, "LOT-002") as line:
            await line.until(lambda opening: opening.phase is Phase.LOBBY)
        first = (await firm.sign_in("LOT-002"))["mine"]["signed_in_at"]
        assert first is not None
        assert (await firm.sign_in("LOT-002"))["mine"]["signed_in_at"] == first
        assert (await refusal(firm.sign_in("LOT-404"))).reason == "no_such_opening"


async def test_uploads_of_one_bidder_end_somewhere(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bidroom.tenders.uploads.UPLOADS_MAX", 2)
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm, doors.person(doors.firm(1)) as other:
        first = doors.seal(firm, facts)
        await firm.upload(LOT, first)
        await firm.upload(LOT, doors.seal(firm, facts))
        no = await refusal(firm.post(f"{ONE}/uploads", manifest(doors.seal(firm, facts))))
        assert no.reason == "uploads_spent"
        assert said_in(await firm.upload(LOT, first))["serial"] == 3, "what is there may be used"
        await other.upload(LOT, doors.seal(other, facts))


async def test_requests_that_are_no_requests_are_answered_as_such(doors: Doors) -> None:
    await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        for body in (b"", b"[]", b'{"ok": 1}', b'{"ok": true, "more": 1}', b"\xff", b"{" * 10_000):
            answer = await firm.http.post(f"/api/{ONE}/rehearsed", content=body)
            assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
        answer = await firm.http.post(f"/api/{ONE}/uploads", content=b"x" * (2 << 20))
        assert answer.status_code == 413
        assert (await refusal(firm.post(f"{ONE}/rehearsed", {"ok": True}))).reason == "no_tender"
        assert (await refusal(firm.get("bidder/openings/LOT-404"))).reason == "no_such_opening"
        unknown = firm.post("challenge", {"purpose": "open", "opening": "LOT-404"})
        assert (await refusal(unknown)).reason == "no_such_opening"
        login = firm.post("challenge", {"purpose": "login", "opening": LOT})
        assert (await refusal(login)).reason == "malformed"


async def test_a_lot_is_scheduled_once_however_often_it_is_asked(doors: Doors) -> None:
    opens_at = await doors.house.hall.now() + timedelta(hours=2)
    async with doors.person(doors.centre.staff_keys(HOST)) as host:
        asked = order(LOT, opens_at, doors.centre)
        assert await host.post("console/openings", asked) == {"opening": LOT}
        assert await host.post("console/openings", asked) == {"opening": LOT}
        other = order(LOT, opens_at, doors.centre)
        assert (await refusal(host.post("console/openings", other))).reason == "already_scheduled"
        past = order("LOT-002", opens_at - timedelta(days=1), doors.centre)
        assert (await refusal(host.post("console/openings", past))).reason == "deadline_past"
        listed = (await host.get("console/openings"))["openings"]
        assert [(row["id"], row["recorder"]["name"]) for row in listed] == [(LOT, "赵记录")]


def _stream(lot: str) -> Any:
    return f"opening/{lot}"
