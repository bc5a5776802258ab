"""docs/threats.md: every attack of the list names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ATTACKS = (ROOT / "docs" / "threats.md").read_text().partition("## The attacks")[2]
ROWS = [line for line in ATTACKS.splitlines() if "`test_" in line]
THERE = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text(), re.M)
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_an_attack_is_shown_stopped_by_a_test_there_is(row: str) -> None:
    named = re.findall(r"`(test_\w+)`", row)
    assert [name for name in named if name not in THERE] == []


def test_no_attack_stands_without_a_test() -> None:
    rows = [line for line in ATTACKS.splitlines() if line.startswith("|")][2:]
    assert [row for row in rows if row not in ROWS] == []
