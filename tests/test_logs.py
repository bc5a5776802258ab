"""The log tells where something went wrong, and nothing of what stood in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECRET = "913201000000000000 投了 LOT-001"  # noqa: S105
SCRIPT = f"""
import logging, structlog
from bidroom import logs
logs.configure()
own, others = structlog.get_logger(), logging.getLogger("asyncio")
def fail(secret):
    try:
        raise KeyError(secret)
    except KeyError as fault:
        raise ValueError(f"DETAIL: {{secret}}") from fault
secret = {SECRET!r}
try:
    fail(secret)
except ValueError:
    own.exception("it failed", stream="opening/LOT-001")
    others.exception("a task failed: %s", secret)
logging.getLogger("uvicorn.error").info('%s - "WebSocket %s"', "10.0.0.1", "/line/LOT-001")
"""


def test_a_fault_is_told_by_its_kinds_and_places_alone() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, check=True)

    assert SECRET not in said.stderr.decode()
    own, others = [json.loads(line) for line in said.stderr.decode().splitlines()]
    assert own["event"] == "it failed"
    assert own["level"] == "error"
    assert own["fault"][0] == "ValueError"
    assert "KeyError" in own["fault"]
    assert any(place.endswith(" fail") for place in own["fault"])
    assert others["event"] == "a task failed: %s"
    assert others["by"] == "asyncio"
