"""Work that follows what is written: news wake it, and a sweep now and then makes sure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


async def sweep_for_ever(
    sweep: Callable[[], Awaitable[object]],
    news: asyncio.Event,
    every_s: float,
    say: Callable[[Exception], object],
) -> None:
    """Run `sweep` at once, at every `news`, and `every_s` after its last end.

    `news` is cleared before a sweep begins, so that what is written meanwhile is seen by the next.
    Whatever goes wrong is given to `say` and tried again.
    """
    while True:
        news.clear()
        try:
            await sweep()
        except Exception as fault:
            say(fault)
        with suppress(TimeoutError):
            async with asyncio.timeout(every_s):
                await news.wait()
