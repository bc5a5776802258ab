"""The browser for tests of pages: a real Chromium, found by `./run test` or named by a setting."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS: Final = (
    "--no-sandbox",  # tests run as root too, where its sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def browser_path() -> str:
    """Where the browser is. A test without one fails: skipping would hide it from CI."""
    named = os.environ.get("BIDROOM_BROWSER")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        pytest.fail("没有浏览器 / no browser: run `./run test`, or set BIDROOM_BROWSER")
    return found


@asynccontextmanager
async def open_browser(*flags: str) -> AsyncIterator[Browser]:
    """A headless Chromium; `new_context(locale=…, viewport=…)` for each person."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path(), args=[*FLAGS, *flags]
        )
        try:
            yield browser
        finally:
            await browser.close()
