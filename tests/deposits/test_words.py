"""Every no has a sentence in both languages."""

from __future__ import annotations

from bidroom.deposits.ledger import Reason
from bidroom.deposits.matching import Doubt
from bidroom.deposits.statements import Finding
from bidroom.deposits.words import LEDGER, MATCHING, STATEMENTS


def test_every_reason_is_said_in_chinese_and_in_english() -> None:
    assert set(LEDGER) == set(Reason)
    assert set(STATEMENTS) == set(Finding)
    assert set(MATCHING) == set(Doubt)
    said = [*LEDGER.values(), *STATEMENTS.values(), *MATCHING.values()]
    for chinese, english in said:
        assert chinese.endswith("。")
        assert english.endswith(".")
