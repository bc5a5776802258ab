"""The package that is attacked, and how an attack is tried."""

from __future__ import annotations

import pytest

from crypto import opening, sections
from crypto.errors import Reason, SealRefused
from crypto.vectors.cast import cast
from crypto.vectors.made import Made, expected, made, try_accept

GOOD = made()[0]
OTHER = made(seed="another")[0]  # of the same bidder for the same lot
OWNER, STRANGER = cast().holders["a.enc"].key, cast().holders["b.enc"].key
KEYS = opening.section_keys(OWNER, GOOD.keyenv, GOOD.header)
HEADS = [section[: sections.HEAD] for section in GOOD.sections]


def bring(whole: Made, **otherwise: object) -> object:
    return try_accept(whole, expected(otherwise), "fresh", None)


def refused(*reasons: Reason) -> pytest.RaisesExc[SealRefused]:
    return pytest.RaisesExc(SealRefused, check=lambda found: found.reason in reasons)


def open_all(whole: Made, keys: list[bytes] = KEYS) -> None:
    opening.read_letter(whole.header, keys[0], whole.sections[0])
    list(opening.read_body(whole.header, keys[1], [whole.sections[1]]))
