"""The published record proves itself, and whatever is changed in it shows."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest
from msgspec.structs import replace

from bidroom.opening.policy import canonical, digest
from bidroom.publish.bundle import TYP_STATEMENT, Entry, Logged, Statement, decode
from bidroom.publish.findings import RecordFails
from bidroom.publish.pdf import record_pdf
from bidroom.publish.prove import holds, leaves, with_change
from bidroom.publish.verify import verify
from crypto.certificates import Usage
from crypto.demo_ca import Subject
from tests.opening.people import after
from tests.publish.opened import CODES, Opened, signed


@pytest.fixture(scope="module")
def opened() -> Opened:
    return Opened().closed()


@pytest.fixture(scope="module")
def record(opened: Opened) -> bytes:
    return opened.published()


def test_a_record_of_an_opening_holds_and_says_what_was_shown(opened: Opened) -> None:
    proof = verify(opened.published(), roots=[opened.ca.root.der])
    assert (proof.opening, proof.phase) == ("DEMO-001", "closed")
    assert proof.entries == proof.entries_in_full + 1, "the refused key is nobody's business"
    assert (proof.offers, proof.tenders) == (2, 3)
    # 3 seals, 3 openings, 2 confirmations, 1 objection, 2 signatures, the hall's
    assert proof.signatures == 12
    assert proof.roots == (opened.ca.root.fingerprint,)


def test_a_record_of_a_failed_tender_holds_and_names_nobody() -> None:
    opened = Opened().not_opened()
    record = opened.published()
    assert verify(record).phase == "not_opened"
    for firm in opened.firms:
        assert firm.id.encode() not in record
        assert firm.name.encode() not in record


def test_changing_any_one_field_makes_it_fail(record: bytes) -> None:
    document = json.loads(record)
    paths = list(leaves(document))
    assert len(paths) > 300
    assert [path for path in paths if holds(with_change(document, path))] == []


def test_nothing_can_be_added_taken_away_or_said_twice(record: bytes) -> None:
    for changed in (
        record + b" ",
        record[:-1],
        record.replace(b'{"contents"', b'{"a":1,"contents"', 1),
        record.replace(b'"typ":"bidroom/record/2"', b'"typ":"bidroom/record/2","typ":"x"', 1),
        b"[]",
        b"",
    ):
        with pytest.raises(RecordFails):
            verify(changed)


def test_the_hall_itself_cannot_change_what_others_signed_or_what_was_logged(
    opened: Opened, record: bytes
) -> None:
    """Somebody who holds the hall's key makes the record anew with one thing changed."""
    published = decode(record)
    for index, entry in enumerate(published.contents.entries):
        if entry.salt is None:
            continue
        moved = replace(entry, envelope=replace(entry.envelope, cause="another-ask"))
        entries: list[Entry] = list(published.contents.entries)
        entries[index] = moved
        with pytest.raises(RecordFails, match="leaf"):
            verify(resigned(opened, record, entries=tuple(entries)))
    minutes = replace(published.contents.minutes, title="另一个标段")
    with pytest.raises(RecordFails, match="minutes"):
        verify(resigned(opened, record, minutes=minutes))
    papers = published.contents.tenders
    first, second = list(papers)[:2]
    swapped = papers | {first: papers[second], second: papers[first]}
    with pytest.raises(RecordFails, match="another package"):
        verify(resigned(opened, record, tenders=swapped))
    shorter = published.contents.entries[:-1]
    with pytest.raises(RecordFails, match="entries"):
        verify(resigned(opened, record, entries=shorter, log_size=len(shorter)))


def resigned(opened: Opened, record: bytes, **changes: Any) -> bytes:
    published = decode(record)
    contents = replace(published.contents, **changes)
    statement = Statement(
        TYP_STATEMENT,
        contents.opening,
        digest(contents),
        contents.log_size,
        contents.log_root,
        after(18),
    )
    insider = opened.ca.issue(
        Subject("示范交易中心", CODES[1], "示范交易中心"),
        Usage.SIGN,
        after(-30 * 24 * 60),
        secrets.token_bytes,
    )
    hall = signed(insider, canonical(statement))
    return canonical(replace(published, contents=contents, hall=hall))


def test_roots_that_one_trusts_oneself_decide(record: bytes) -> None:
    stranger = Opened().ca.root.der
    with pytest.raises(RecordFails, match="certificate that is not good"):
        verify(record, roots=[stranger])


def test_the_sheet_is_a_pdf_with_its_fonts_in_it(record: bytes) -> None:
    sheet = record_pdf(record)
    assert sheet.startswith(b"%PDF-1.7")
    assert b"/FontFile3" in sheet or b"/FontFile2" in sheet


def test_an_entry_that_is_not_public_stands_there_without_its_salt(
    opened: Opened, record: bytes
) -> None:
    entries = decode(record).contents.entries
    hidden = [entry for entry in entries if entry.salt is None]
    assert [type(entry.envelope.event).__name__ for entry in hidden] == ["Withheld"]
    logged = [Logged(*entry) for entry in opened.record.entries]
    assert [entry.leaf for entry in entries] == [entry.leaf.hex() for entry in logged]
