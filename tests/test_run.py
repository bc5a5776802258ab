"""`./run` knows every verb of the house."""

from __future__ import annotations

import runpy
from pathlib import Path

from bidroom.__main__ import VERBS

ROOT = Path(__file__).parent.parent


def test_every_verb_of_the_house_can_be_had_through_run() -> None:
    run = runpy.run_path(str(ROOT / "run"), run_name="run")

    assert {*run["HALL_VERBS"], *run["TOOL_VERBS"]} == set(VERBS)
    assert [verb for verb in VERBS if f" {verb} " not in run["__doc__"]] == []
