"""How often one address may ask: generous for people, and an end to floods."""

from __future__ import annotations

from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.requests import Request

# A firm behind one address may have many people, and a package many parts.
LOG_INS: Final = RateLimitItemPerMinute(600, namespace="log-in")
PARTS: Final = RateLimitItemPerMinute(20_000, namespace="parts")
OTHERS: Final = RateLimitItemPerMinute(6_000, namespace="others")


class TooMany(Exception):
    """An address asks more often than its limit."""


class Limiter:
    """Counts of one process; lies in `app.state.limiter`."""

    def __init__(self) -> None:
        self._counts = FixedWindowRateLimiter(MemoryStorage())

    async def allows(self, request: Request) -> bool:
        address = request.client.host if request.client else ""
        return await self._counts.hit(_limit(request), address)


async def within_limits(request: Request) -> None:
    """Raises TooMany."""
    state = request.app.state
    if not hasattr(state, "limiter"):
        state.limiter = Limiter()
    limiter: Limiter = state.limiter
    if not await limiter.allows(request):
        raise TooMany


def _limit(request: Request) -> RateLimitItem:
    path = request.url.path
    if path.startswith("/api/login"):
        return LOG_INS
    return PARTS if request.method == "PUT" else OTHERS
