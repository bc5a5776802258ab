"""A person at a real page, in a browser context of their own; every frame it gets is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, ConsoleMessage, Page, WebSocket

from bidroom.cli.centre import PIN
from bidroom.envelope import Actor

PATIENCE_MS: Final = 60_000
# Asking who one is before logging in, and for a record before it is published: the answer is no,
# and Chromium notes every such answer as an error of its own.
USUAL: Final = (("/api/me", "401"), ("/record.pdf", "404"))


class Person:
    """`Person.come` opens the page. `who` is as whom the hall knows its reader."""

    def __init__(self, name: str, who: Actor, page: Page) -> None:
        self.name, self.who, self.page = name, who, page
        self.envelopes: list[dict[str, Any]] = []
        self.sockets = 0
        self.repeated = 0  # envelopes that came again
        self.asks: dict[str, int] = {}  # how often each was sent
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.faults: list[str] = []
        self._news = asyncio.Event()

    @classmethod
    async def come(
        cls, browser: Browser, name: str, who: Actor, url: str, **context: Any
    ) -> Person:
        opened = await browser.new_context(
            **{"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **context}
        )
        opened.set_default_timeout(PATIENCE_MS)
        person = cls(name, who, await opened.new_page())
        person.page.on("websocket", person._dialled)
        person.page.on("console", person._logged)
        person.page.on("pageerror", lambda error: person.faults.append(f"thrown: {error}"))
        await person.page.goto(url)
        return person

    async def until(self, met: Callable[[], bool], within_s: float = 30) -> None:
        """Wait for frames until `met`."""
        async with asyncio.timeout(within_s):
            while not met():
                self._news.clear()
                await self._news.wait()

    def has_heard(self, kind: str) -> bool:
        """Whether an event of this kind that is about this very bidder was received."""
        return any(
            it["event"]["type"] == kind and it["event"].get("bidder") == self.who.id
            for it in self.envelopes
        )

    def count(self, kind: str) -> int:
        return sum(it["event"]["type"] == kind for it in self.envelopes)

    async def press(self, name: str) -> None:
        """Press a button, once it is there and may be pressed."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def read(self, text: str) -> None:
        """Wait until `text` stands on the page."""
        await self.page.get_by_text(text).first.wait_for()

    async def log_in(self, files: Sequence[Path]) -> None:
        await self.page.set_input_files("#key-files", list(files))
        await self.page.fill("#pin-0", PIN)
        await self.press("登录")

    async def shown(self) -> list[int]:
        """The numbers of the entries that the page's line handed on, as its timeline has them."""
        all_of_it = self.page.locator("section:has([data-seq]) > button")
        if await all_of_it.count():
            await all_of_it.click()
        numbers = await self.page.locator("[data-seq]").evaluate_all(
            "entries => entries.map(one => Number(one.dataset.seq))"
        )
        return list(reversed(numbers))

    def _dialled(self, socket: WebSocket) -> None:
        self.sockets += 1
        socket.on("framereceived", lambda data: self._heard(json.loads(data)))
        socket.on("framesent", lambda data: self._said(json.loads(data)))

    def _said(self, frame: dict[str, Any]) -> None:
        if "command" in frame:
            self.asks[frame["id"]] = self.asks.get(frame["id"], 0) + 1

    def _heard(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "Envelope":
                self._take(frame)
            case "Done" | "Refused":
                self.replies.setdefault(frame["re"], []).append(frame)
            case _:
                pass
        self._news.set()

    def _take(self, envelope: dict[str, Any]) -> None:
        """Keep it, if it is the next; what comes again must be what it was."""
        seq, have = envelope["seq"], len(self.envelopes)
        if seq == have + 1:
            self.envelopes.append(envelope)
        elif seq <= have and self.envelopes[seq - 1] == envelope:
            self.repeated += 1
        else:
            self.faults.append(f"number {seq} came after {have}, or says something else now")

    def _logged(self, message: ConsoleMessage) -> None:
        usual = any(
            url in message.location["url"] and f"status of {status}" in message.text
            for url, status in USUAL
        )
        if message.type == "error" and not usual:
            self.faults.append(f"logged: {message.text} ({message.location['url']})")
