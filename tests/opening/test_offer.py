"""A decrypted letter against the notice: read to the letter, or named unreadable and why."""

from __future__ import annotations

from typing import Any

import pytest

from bidroom.opening.offer import LETTER, LetterFault, LetterUnreadable, Offer, is_plain, read_offer
from bidroom.opening.policy import Field, FieldKind, Notice, standard_fields

DISCOUNT = Field("discount", FieldKind.DISCOUNT_BP, "下浮率", "Discount", required=False)
NOTICE = Notice(lot="DEMO-001", fields=(*standard_fields(), DISCOUNT))
GOOD: dict[str, Any] = {"price": 1, "duration": 1, "quality": "合格", "manager": "王工"}


def letter(**changed: Any) -> dict[str, Any]:
    return {"typ": LETTER, "fields": GOOD | changed}


def fault(said: object) -> tuple[LetterFault, str]:
    with pytest.raises(LetterUnreadable) as unreadable:
        read_offer(NOTICE, said)
    return unreadable.value.fault, unreadable.value.field


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [("price", 1, 10**15), ("duration", 1, 36_500), ("discount", 0, 10_000)],
)
def test_a_number_is_read_from_its_least_to_its_most(field: str, least: int, most: int) -> None:
    for value in (least, most):
        assert read_offer(NOTICE, letter(**{field: value})).values[field] == value
    for wrong in (least - 1, most + 1, True, 1.5, "1", None):
        assert fault(letter(**{field: wrong})) == (LetterFault.FIELD_WRONG, field)


def test_a_text_is_read_up_to_its_length_and_as_it_shows() -> None:
    for value in ("优", "质" * 200, "𠮷䶮㛃𬭚"):
        assert read_offer(NOTICE, letter(quality=value)).values["quality"] == value
    for wrong in ("", "质" * 201, " ", "\u202e格", "合\u200b格", 7, ["合格"]):
        assert fault(letter(quality=wrong)) == (LetterFault.FIELD_WRONG, "quality")
    assert fault(letter(manager="")) == (LetterFault.FIELD_WRONG, "manager")


def test_a_line_that_need_not_be_there_may_be_missing_and_no_other() -> None:
    assert read_offer(NOTICE, letter()) == Offer(GOOD)
    lacking = {"typ": LETTER, "fields": {key: GOOD[key] for key in GOOD if key != "manager"}}
    assert fault(lacking) == (LetterFault.FIELD_MISSING, "manager")


def test_a_line_that_nobody_asked_for_is_named() -> None:
    assert fault(letter(bribe="x")) == (LetterFault.FIELD_UNKNOWN, "bribe")
    assert fault(letter(**{"x" * 33: 1})) == (LetterFault.FIELD_UNKNOWN, "x" * 32)


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"typ": LETTER},
        {"typ": LETTER, "fields": []},
        {"typ": "bidroom/letter/2", "fields": GOOD},
        {"typ": LETTER, "fields": GOOD, "more": 1},
    ],
)
def test_what_is_no_letter_is_none(said: object) -> None:
    assert fault(said) == (LetterFault.NOT_A_LETTER, "")


def test_plain_text_has_lines_and_rare_characters_and_nothing_hidden() -> None:
    assert is_plain("第一行\n第二行 𠮷")
    assert not any(map(is_plain, ("\x00", "a\x07", "\u2066a", "a\ufeff", "\ue000", " \n ")))
