"""Every no has its sentences."""

from __future__ import annotations

import pytest

from bidroom.opening.commands import Reason
from bidroom.opening.offer import LetterFault
from bidroom.words import WORDS
from crypto.errors import Reason as SealReason


@pytest.mark.parametrize("code", [*Reason, *SealReason, *LetterFault])
def test_every_reason_is_said_in_both_languages(code: str) -> None:
    chinese, english = WORDS[code]

    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
    assert chinese.endswith("。")
    assert english.isascii()
    assert english.endswith(".")
