"""Before the deadline a lot with many tenders looks to everybody like one with none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.secrecy.measure import Secrecy, measure, unasked
from tests.secrecy.scene import found_in, written

TENDERS = 9


@pytest.fixture(scope="module")
def found(open_folder: Path) -> Secrecy:
    folder = open_folder / "secrecy"
    folder.mkdir()
    return measure(folder, TENDERS)


def test_every_route_there_is_was_asked() -> None:
    assert unasked() == []


def test_every_answer_is_the_same_for_none_and_for_many(found: Secrecy) -> None:
    assert found.different == []
    assert found.answers > 100


def test_every_frame_is_the_same_for_none_and_for_many(found: Secrecy) -> None:
    assert found.frames_different == []
    assert found.frames >= 5 * 3, "scheduled, lobby, tick, for each of five people"


def test_no_dump_no_log_and_no_object_names_a_bidder(found: Secrecy) -> None:
    assert (found.in_dump, found.in_log, found.in_paths) == ([], [], [])
    assert found.dump_bytes > 100_000, "there is something to search"


@pytest.mark.parametrize("number", range(15))
def test_a_name_would_be_found_in_any_coat(number: int) -> None:
    coats = list(written("𠮷䶮路桥工程有限公司"))
    hidden = b"insert into t values ('" + coats[number % len(coats)] + b"');"
    assert found_in(hidden, ["𠮷䶮路桥工程有限公司"]) == ["𠮷䶮路桥工程有限公司"]
