"""A line to one opening from a command line or a robot: resumes by number, asks exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import httpx2
from msgspec import json
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin, Subprotocol

from bidroom import ids, wire
from bidroom.cli.client import Client, Refused
from bidroom.opening.record import Seen
from bidroom.opening.state import Opening, evolve
from bidroom.wire import Hangup

PAUSE_S: Final = 0.2
FINAL: Final = range(4400, 4500)


class HungUp(Exception):
    """The hall's last word: a close code of 44xx."""

    def __init__(self, code: int) -> None:
        super().__init__(f"hung up ({code})")
        self.code = code


class Line:
    """What one person has heard, and a way to ask. Use `open_line`."""

    def __init__(self, client: Client, opening: str) -> None:
        self.client, self.opening = client, opening
        self.envelopes: list[dict[str, Any]] = []
        self.state: Opening | None = None
        self._unanswered: dict[str, tuple[bytes, asyncio.Future[dict[str, Any]]]] = {}
        self._socket: ClientConnection | None = None
        self._news = asyncio.Condition()
        self.ended: HungUp | Refused | None = None  # why nothing more will come

    async def ask(self, command: object) -> dict[str, Any]:
        """`Done` or `Refused`, as the hall said it; repeated over new sockets until it comes."""
        ask = ids.new_id()
        text = json.encode({"id": ask, "command": command})
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._unanswered[ask] = (text, future)
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(text, text=True)
        return await future

    async def until(self, met: Callable[[Opening], bool], within_s: float = 60) -> Opening:
        """The opening once `met` holds for it."""

        def now() -> bool:
            return self.ended is not None or (self.state is not None and met(self.state))

        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(now)
        if self.ended is not None:
            raise self.ended
        assert self.state is not None
        return self.state

    async def run(self) -> None:
        """Stay on the line until told otherwise."""
        while self.ended is None:
            with suppress(OSError, WebSocketException, TimeoutError, httpx2.TransportError):
                try:
                    await self._once()
                except Refused as no:
                    if no.status < 500:
                        self.ended = no
            if self.ended is None:
                await asyncio.sleep(PAUSE_S)
        async with self._news:
            self._news.notify_all()
        for _, future in self._unanswered.values():
            if not future.done():
                future.set_exception(self.ended)

    async def _once(self) -> None:
        ticket = None
        if self.client.me:
            said = await self.client.post("line-ticket", {"opening": self.opening})
            ticket = said["ticket"]
        url = self.client.url.replace("http", "ws", 1) + f"/line/openings/{self.opening}"
        async with connect(
            url,
            origin=Origin(self.client.origin),
            subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
            compression=None,
            max_size=1 << 20,
            proxy=None,
        ) as socket:
            hello = wire.Hello(ticket, len(self.envelopes))
            await socket.send(wire.encode(hello), text=True)
            for text, _ in list(self._unanswered.values()):
                await socket.send(text, text=True)
            self._socket = socket
            try:
                with suppress(ConnectionClosed):  # the code is looked at below
                    async for message in socket:
                        await self._hear(json.decode(message))
            finally:
                self._socket = None
            code = socket.close_code or 1006
            if code in FINAL and code != Hangup.TICKET_SPENT:
                self.ended = HungUp(code)

    async def _hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "Envelope":
                assert frame["seq"] <= len(self.envelopes) + 1, "a gap in the numbers"
                if frame["seq"] == len(self.envelopes) + 1:
                    self.envelopes.append(frame)
                    self.state = evolve(self.state, _event(frame))
            case "Done" | "Refused":
                _, future = self._unanswered.pop(frame["re"], (b"", None))
                if future is not None and not future.done():
                    future.set_result(frame)
            case _:
                pass
        async with self._news:
            self._news.notify_all()


def _event(frame: dict[str, Any]) -> Any:
    return json.decode(json.encode(frame["event"]), type=Seen)


@asynccontextmanager
async def open_line(client: Client, opening: str) -> AsyncIterator[Line]:
    line = Line(client, opening)
    task = asyncio.create_task(line.run())
    try:
        yield line
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
