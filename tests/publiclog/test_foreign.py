"""Others' verifiers on our log: aics-tlog, aics-witness (Python 3.12 or newer)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bidroom.envelope import StreamId
from bidroom.opening.policy import canonical
from crypto import notes
from tests.edge.centre import HOST, Doors
from tests.publiclog.test_log import LOT, centre, doors, grown, head

__all__ = ["centre", "doors"]
PYTHON = os.environ.get("BIDROOM_FOREIGN_PYTHON")
SCRIPT = Path(__file__).with_name("foreign.py")


def said(python: str, given: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [python, str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(
    not PYTHON,
    reason="没有 Python 3.12：外部日志核验工具未运行 / no Python 3.12 or newer:"
    " aics-tlog and aics-witness were NOT asked",
)
async def test_a_foreign_verifier_and_a_foreign_witness_accept_our_log(doors: Doors) -> None:
    assert PYTHON is not None
    await doors.in_an_hour(LOT)
    async with doors.person(doors.centre.staff_keys(HOST)) as host, doors.person() as viewer:
        told = [await head(viewer, 1)]
        for _ in range(3):
            await grown(doors, host, 2)
            room = await doors.house.hall.room(StreamId(f"opening/{LOT}"))
            told.append(await head(viewer, room.record.seq))
        heads = [notes.parse(it["checkpoint"]).checkpoint for it in told]
        assert [it.size for it in heads] == sorted({it.size for it in heads})
        last = heads[-1].size
        entries = (await doors.house.hall.room(StreamId(f"opening/{LOT}"))).record.entries[:last]
        consistency = [
            await viewer.get(f"openings/{LOT}/log/consistency/{old.size}/{new.size}")
            for old, new in pairwise(heads)
        ]
        proofs = [await viewer.get(f"openings/{LOT}/log/proof/{n}") for n in range(1, last + 1)]
        if notes.parse(proofs[0]["checkpoint"]).checkpoint.size != last:
            pytest.fail("the log grew while it was read")
        tile = await viewer.http.get(f"/api/openings/{LOT}/log/tile/0/000.p/{last}")
    given = {
        "key": told[0]["key"],
        "notes": [it["checkpoint"] for it in told],
        "consistency": [it["consistency"] for it in consistency],
        "entries": [(it.salt + canonical(it.envelope)).hex() for it in entries],
        "inclusion": [it["inclusion"] for it in proofs],
        "tiles": {f"tile/0/000.p/{last}": tile.content.hex()},
    }
    found = await asyncio.to_thread(said, PYTHON, given)
    assert found["checkpoints"] == len(told)
    assert found["consistent"] == len(told) - 1
    assert found["included"] == last
    assert found["tiles"] is True
    *lines, fork = found["cosigned"]
    assert fork == "refused"
    for note, cosignature in zip(given["notes"], lines, strict=True):
        both = notes.parse(note + cosignature)  # the foreign witness's line, read by us
        assert len(both.lines) == 2
        assert both.lines[1][0] == "witness.example"
