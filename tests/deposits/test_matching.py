"""A line is a deposit if everything holds; whatever else it is, a person hears why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidroom.deposits.matching import Doubt, Slot, account_tag, match, name_tag
from bidroom.deposits.statements import Line

KEY = b"k" * 32
DEADLINE = datetime(2026, 4, 1, 1, 30, tzinfo=UTC)  # 9:30 in China
NAMES = ["华建建设（集团）有限公司", "长河建设有限公司", "䶮山路桥有限公司"]
ACCOUNTS = ["440212340001", "440212340002", "440212340003"]
SLOTS = {
    f"6222000{n}": Slot(
        "LOT-1", f"6222000{n}", 80_000_00, DEADLINE, account_tag(KEY, account), name_tag(KEY, name)
    )
    for n, (account, name) in enumerate(zip(ACCOUNTS, NAMES, strict=True))
}
GOOD = Line(
    "62220000", True, 80_000_00, "CNY", "2026-04-01T09:30:00", "", NAMES[0], ACCOUNTS[0], "", "R1"
)


def test_a_deposit_counts_at_the_deadline_itself() -> None:
    found = match(GOOD, SLOTS, KEY)

    assert found.valid
    assert found.slot is SLOTS["62220000"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "华建建设(集团)有限公司"},
        {"name": " 华建建设 （集团）有限公司"},
        {"number": "4402 1234 0001"},
        {"booked": "2026-04-01T01:30:00+00:00"},
        {"booked": "2026-03-31"},
        {"remark": "LOT-2 长河建设有限公司 62220001", "value_date": "2026-05-01"},
    ],
)
def test_forms_that_mean_the_same_count(change: dict[str, str]) -> None:
    assert match(replace(GOOD, **change), SLOTS, KEY).valid  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"account": "62229999"}, Doubt.UNKNOWN_ACCOUNT),
        ({"account": "88880000", "remark": "62220000"}, Doubt.UNKNOWN_ACCOUNT),
        ({"number": "440212340002"}, Doubt.OTHER_ACCOUNT),
        ({"number": ""}, Doubt.OTHER_ACCOUNT),
        ({"name": "华建建设有限公司"}, Doubt.OTHER_NAME),
        ({"amount": 79_999_99}, Doubt.TOO_LITTLE),
        ({"amount": 80_000_01}, Doubt.TOO_MUCH),
        ({"booked": "2026-04-01T09:30:01"}, Doubt.LATE),
        ({"booked": "2026-04-02"}, Doubt.LATE),
        ({"booked": "2026-04-01"}, Doubt.TIME_UNKNOWN),
        ({"booked": "2026-04-01T01:30:01Z"}, Doubt.LATE),
        ({"booked": "2026-03-31T25:00"}, Doubt.TIME_UNKNOWN),
        ({"booked": "", "value_date": "2026-03-01"}, Doubt.TIME_UNKNOWN),
        ({"incoming": False}, Doubt.NOT_A_RECEIPT),
        ({"reversal": True}, Doubt.NOT_A_RECEIPT),
        ({"currency": "USD"}, Doubt.OTHER_CURRENCY),
    ],
)
def test_one_thing_amiss_is_one_doubt(change: dict[str, object], doubt: Doubt) -> None:
    found = match(replace(GOOD, **change), SLOTS, KEY)  # type: ignore[arg-type]

    assert found.doubts == {doubt}
    assert not found.valid


def test_the_same_line_and_the_same_slot_count_once() -> None:
    other = replace(GOOD, reference="R2")

    assert match(GOOD, SLOTS, KEY, seen={GOOD.id}).doubts == {Doubt.SEEN_BEFORE}
    assert match(other, SLOTS, KEY, seen={GOOD.id}, paid={"62220000"}).doubts == {
        Doubt.PAID_ALREADY
    }


def test_tags_tell_nothing_without_their_key() -> None:
    assert account_tag(KEY, ACCOUNTS[0]) != account_tag(b"x" * 32, ACCOUNTS[0])
    assert account_tag(KEY, "1") != name_tag(KEY, "1")
    shown = repr(list(SLOTS.values()))
    assert not [text for text in (*NAMES, *ACCOUNTS) if text in shown]


near = st.sampled_from
lines = st.builds(
    Line,
    account=near([*SLOTS, "62220009", "6222000", "", "６２２２０００0"]),
    incoming=st.booleans(),
    amount=near([80_000_00, 80_000_00, 79_999_99, 80_000_01, 8_000_000_00, 1, 0]),
    currency=near(["CNY", "CNY", "USD", ""]),
    booked=near(
        [
            "2026-03-31T23:59:59",
            "2026-04-01T09:30:00",
            "2026-04-01T09:30:01",
            "2026-04-01T00:00:00Z",
            "2026-04-01",
            "2026-03-31",
            "2026-04-02",
            "",
        ]
    )
    | st.text(max_size=20),
    name=near([*NAMES, "华建建设有限公司", "", "长河建设有限公司分公司"]) | st.text(max_size=10),
    number=near([*ACCOUNTS, "44021234000", "", "4.40E+11"]) | st.text(max_size=10),
    remark=near(["", "62220001", *NAMES]) | st.text(max_size=10),
    reference=st.text(max_size=5),
    reversal=st.booleans(),
)
IN_TIME = ("2026-03-31T23:59:59", "2026-04-01T09:30:00", "2026-04-01T00:00:00Z", "2026-03-31")


@settings(max_examples=1000, deadline=None)
@given(lines)
def test_no_hostile_line_is_taken_for_a_deposit(line: Line) -> None:
    """Against a list of good lines written out by hand, not against the rules again."""
    good = any(
        (line.account, line.number, line.name) == (f"6222000{n}", ACCOUNTS[n], NAMES[n])
        for n in range(3)
    ) and (line.incoming, line.reversal, line.currency, line.amount) == (
        True,
        False,
        "CNY",
        80_000_00,
    )
    found = match(line, SLOTS, KEY)

    if found.valid:
        assert good
        assert found.slot is SLOTS[line.account]
    if good and line.booked in IN_TIME:
        assert found.valid
