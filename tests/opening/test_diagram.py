"""The page about openings shows the diagram that the table draws."""

from __future__ import annotations

from pathlib import Path

from bidroom.opening.diagram import diagram
from bidroom.opening.record import Phase

PAGE = Path(__file__).parents[2] / "docs" / "opening.md"


def test_the_page_shows_the_tables_own_diagram() -> None:
    assert f"```mermaid\n{diagram()}```" in PAGE.read_text()


def test_every_phase_is_explained() -> None:
    text = PAGE.read_text()
    assert [phase for phase in Phase if phase not in text] == []
