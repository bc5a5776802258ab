"""The offer (开标一览表): the lines of a tender that are read out, judged against the notice."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from bidroom.opening.policy import Field, FieldKind, Notice

LETTER: Final = "bidroom/letter/1"
TEXT_MAX: Final = 200
PRICE_FEN_MAX: Final = 10**15  # 10 万亿元, and below 2**53
DAYS_MAX: Final = 36_500
DISCOUNT_BP_MAX: Final = 10_000


class LetterFault(StrEnum):
    """Why a letter cannot be read out."""

    NOT_A_LETTER = "not_a_letter"
    FIELD_MISSING = "field_missing"
    FIELD_UNKNOWN = "field_unknown"
    FIELD_WRONG = "field_wrong"


class LetterUnreadable(Exception):
    def __init__(self, fault: LetterFault, field: str = "") -> None:
        super().__init__(f"{fault.value}: {field}" if field else fault.value)
        self.fault, self.field = fault, field


class Offer(Struct, frozen=True, tag=True):
    """The lines that are read out loud, by field name: whole numbers, or text."""

    values: dict[str, int | str]


def read_offer(notice: Notice, letter: object) -> Offer:
    """The offer in a decrypted `letter`; raises LetterUnreadable."""
    if not isinstance(letter, Mapping) or set(letter) != {"typ", "fields"}:
        raise LetterUnreadable(LetterFault.NOT_A_LETTER)
    lines = letter["fields"]
    if letter["typ"] != LETTER or not isinstance(lines, Mapping):
        raise LetterUnreadable(LetterFault.NOT_A_LETTER)
    known = {field.name: field for field in notice.fields}
    for name in lines:
        if name not in known:
            raise LetterUnreadable(LetterFault.FIELD_UNKNOWN, str(name)[:32])
    values: dict[str, int | str] = {}
    for name, field in known.items():
        if name in lines:
            values[name] = _read(field, lines[name])
        elif field.required:
            raise LetterUnreadable(LetterFault.FIELD_MISSING, name)
    return Offer(values)


def _read(field: Field, value: object) -> int | str:
    match field.kind:
        case FieldKind.PRICE_FEN:
            good = _is_whole(value, 1, PRICE_FEN_MAX)
        case FieldKind.DISCOUNT_BP:
            good = _is_whole(value, 0, DISCOUNT_BP_MAX)
        case FieldKind.DAYS:
            good = _is_whole(value, 1, DAYS_MAX)
        case FieldKind.TEXT | FieldKind.PERSON:
            good = isinstance(value, str) and len(value) <= TEXT_MAX and is_plain(value)
    if not good:
        raise LetterUnreadable(LetterFault.FIELD_WRONG, field.name)
    assert isinstance(value, int | str)
    return value


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_plain(text: str) -> bool:
    """Whether `text` shows as it reads: no control, bidi or zero-width characters.

    Line breaks are fine; so is every letter of GB 18030, the 4-byte ones included.
    """
    return text.strip() != "" and all(
        letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        for letter in text
    )
