"""What the browser is told of the wire: each kind of type, and that the files are up to date."""

from __future__ import annotations

import importlib.util
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from msgspec import Struct, defstruct

SCRIPT = Path(__file__).resolve().parents[2] / "web" / "protocol.py"


class Colour(StrEnum):
    """What it looks like."""

    INK = "ink"
    VERMILION = "vermilion"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Leaf(Struct, frozen=True, tag=True):
    """A leaf.

    With more to say.
    """

    colour: Colour
    below: Leaf | None = None


class Stem(Struct, frozen=True, tag=True, omit_defaults=True):
    size: int
    note: str = ""


class Tree(Struct, frozen=True, tag="tree"):
    leaves: tuple[Leaf | Stem, ...]
    pair: tuple[int, str]
    by_name: dict[str, Leaf | Stem]
    when: datetime | None
    digest: bytes
    level: Level
    mode: Literal["a", "b"]
    anything: Any
    names: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def protocol() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_protocol", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_in_the_tree_are_what_the_wire_and_the_words_say(protocol: ModuleType) -> None:
    assert protocol.main(check=True) == 0


def test_a_stale_file_is_noticed_and_left_alone(
    protocol: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    stale = tmp_path / "src" / "protocol.gen.ts"
    stale.write_text("old")
    monkeypatch.setattr(protocol, "HOME", tmp_path)

    assert protocol.main(check=True) == 1
    assert stale.read_text() == "old"
    assert protocol.main(check=False) == 0
    assert protocol.main(check=True) == 0


def test_each_kind_of_type_has_its_word_in_typescript(protocol: ModuleType) -> None:
    page = protocol.Page()
    page.hears("Frame", Tree)

    assert page.named == {
        "Tree": """export type Tree = {
  readonly type: "tree"
  readonly leaves: readonly (Leaf | Stem)[]
  readonly pair: readonly [number, string]
  readonly by_name: Readonly<Record<string, Leaf | Stem>>
  readonly when: string | null
  readonly digest: string
  readonly level: Level
  readonly mode: "a" | "b"
  readonly anything: unknown
  readonly names: readonly string[]
}""",
        "Leaf": """/** A leaf. */
export type Leaf = {
  readonly type: "Leaf"
  readonly colour: Colour
  readonly below: Leaf | null
}""",
        "Colour": """/** What it looks like. */
export const Colour = ["ink", "vermilion"] as const
export type Colour = (typeof Colour)[number]""",
        "Stem": """export type Stem = {
  readonly type: "Stem"
  readonly size: number
  readonly note?: string
}""",
        "Level": """export const Level = [1, 2] as const
export type Level = (typeof Level)[number]""",
        "Frame": "export type Frame = Tree",
    }


def test_the_browser_may_leave_out_what_has_a_default(protocol: ModuleType) -> None:
    page = protocol.Page()
    page.hears("Frame", Stem)
    page.says(Leaf)

    assert "readonly below?: Leaf | null" in page.named["Leaf"]
    assert "readonly colour: Colour" in page.named["Leaf"]


def test_two_types_of_one_name_are_refused(protocol: ModuleType) -> None:
    other = defstruct("Leaf", [("size", int)], tag="other")
    page = protocol.Page()
    page.hears("Frame", Leaf)

    with pytest.raises(TypeError, match="named Leaf"):
        page.says(other)
