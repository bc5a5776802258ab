"""Every no has a sentence in both languages."""

from __future__ import annotations

from bidroom.deposits.ledger import Reason
from bidroom.deposits.words import LEDGER


def test_every_reason_is_said_in_chinese_and_in_english() -> None:
    assert set(LEDGER) == set(Reason)
    for chinese, english in LEDGER.values():
        assert chinese.endswith("。")
        assert english.endswith(".")
