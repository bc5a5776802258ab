"""The only place that reads the time; everything else is told it.

What counts in an opening is the database's clock (`clock_timestamp()` in the transaction that
writes). These are for what a process needs to know by itself: how long something took, when a
cookie ends.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The time by this machine's clock, in UTC, with microseconds."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
