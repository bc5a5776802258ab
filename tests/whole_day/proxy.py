"""A TCP proxy that cuts websocket lines, ten of them, by a seed: the network on a bad day.

It understands just enough of RFC 6455 to cut where it hurts:

    torn        in the middle of a frame from the hall
    unsent      an ask has left the browser and never arrives
    unanswered  the hall has done what was asked, and its answer is lost on the way
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any, Final, NamedTuple

TEXT: Final = 0x1
PIECE: Final = 64 * 1024
ASKS: Final = range(2, 13)  # which of the asks can be cut
FRAMES: Final = range(10, 120)  # which of the hall's frames, whosever they are
VIEWERS: Final = range(10, 20)  # which of those on the first line
LOST: Final = (ConnectionError, asyncio.IncompleteReadError)


class Kind(StrEnum):
    TORN = "torn"
    UNSENT = "unsent"
    UNANSWERED = "unanswered"


class Cut(NamedTuple):
    """What was cut: `what` is the ask's command, or the type of the torn frame."""

    kind: Kind
    what: str


class Frame(NamedTuple):
    raw: bytes
    said: dict[str, Any]  # empty for whatever isn't text


class Scissors:
    """Decides by `seed` which asks and frames are cut, and notes what was."""

    def __init__(self, seed: int, torn: int = 4, unsent: int = 2, unanswered: int = 4) -> None:
        chance = random.Random(seed)
        kinds = [Kind.UNSENT] * unsent + [Kind.UNANSWERED] * unanswered
        chance.shuffle(kinds)
        at = sorted(chance.sample(ASKS, len(kinds)))
        self._asks = dict(zip(at, kinds, strict=True))
        self._frames = set(chance.sample(FRAMES, max(0, torn - 1)))
        # The first to dial is the viewer, who asks nothing and so could go through all uncut.
        self._viewers = chance.choice(VIEWERS) if torn else None
        self._asked: set[str] = set()
        self._lines_count = self._frames_count = self._viewers_count = 0
        self.cuts: list[Cut] = []

    def for_ask(self, said: dict[str, Any]) -> Kind | None:
        """What becomes of an ask; one that is repeated gets through."""
        if said["id"] in self._asked:
            return None
        self._asked.add(said["id"])
        return self._noted(self._asks.get(len(self._asked)), said["command"]["type"])

    def dialled(self) -> int:
        """The number of a new line."""
        self._lines_count += 1
        return self._lines_count

    def for_frame(self, line: int, said: dict[str, Any]) -> Kind | None:
        if line == 1:
            self._viewers_count += 1
            torn = self._viewers_count == self._viewers
        else:
            self._frames_count += 1
            torn = self._frames_count in self._frames
        event = said.get("event", said)
        return self._noted(Kind.TORN if torn else None, event.get("type", "?"))

    def _noted(self, kind: Kind | None, what: str) -> Kind | None:
        if kind is not None:
            self.cuts.append(Cut(kind, what))
        return kind


@asynccontextmanager
async def cutting(
    listening: socket.socket, hall_port: int, scissors: Scissors
) -> AsyncIterator[None]:
    """Carry whatever comes to `listening` to the hall, until the context is left."""
    tasks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _carry(reader, writer, hall_port, scissors)
        except asyncio.CancelledError:
            pass  # the proxy closes: its server would take a cancelled handler for a fault
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(carry, sock=listening)
    try:
        yield
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    hall_port: int,
    scissors: Scissors,
) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        hall_reader, hall_writer = await asyncio.open_connection("127.0.0.1", hall_port)
    except (*LOST, OSError):
        writer.transport.abort()
        return
    try:
        hall_writer.write(head)
        if b"\r\nupgrade: websocket\r\n" in head.lower():
            writer.write(await hall_reader.readuntil(b"\r\n\r\n"))
            line = _Line(reader, writer, hall_reader, hall_writer, scissors)
            ways = [line.up(), line.down()]
        else:
            ways = [_pipe(reader, hall_writer), _pipe(hall_reader, writer)]
        both = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            with suppress(*LOST):
                await writer.drain()
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
    except LOST:
        pass
    finally:
        hall_writer.transport.abort()
        writer.close()  # what was written goes out first: half a frame, then nothing


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(*LOST):
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()


class _Line:
    """One websocket. Either way ends when the line is lost or cut, and then so does the other."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        hall_reader: asyncio.StreamReader,
        hall_writer: asyncio.StreamWriter,
        scissors: Scissors,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._hall_reader, self._hall_writer = hall_reader, hall_writer
        self._scissors = scissors
        self._number = scissors.dialled()
        self._muted_for: str | None = None  # the ask whose answer won't arrive

    async def up(self) -> None:
        with suppress(*LOST):
            while True:
                frame = await _frame(self._reader)
                kind = self._scissors.for_ask(frame.said) if "command" in frame.said else None
                if kind is Kind.UNSENT:
                    return
                if kind is Kind.UNANSWERED:
                    self._muted_for = frame.said["id"]
                self._hall_writer.write(frame.raw)
                await self._hall_writer.drain()

    async def down(self) -> None:
        with suppress(*LOST):
            while True:
                frame = await _frame(self._hall_reader)
                if self._muted_for is not None:
                    if frame.said.get("re") == self._muted_for:
                        return
                    continue
                if self._scissors.for_frame(self._number, frame.said) is Kind.TORN:
                    self._writer.write(frame.raw[: len(frame.raw) // 2])
                    return
                self._writer.write(frame.raw)
                await self._writer.drain()


async def _frame(reader: asyncio.StreamReader) -> Frame:
    """The next websocket frame (RFC 6455 §5.2), masked as from a browser or bare as from the hall.

    Raises IncompleteReadError or ConnectionError where the line ends.
    """
    raw = await reader.readexactly(2)
    opcode, masked, size = raw[0] & 0x0F, raw[1] & 0x80, raw[1] & 0x7F
    if size >= 126:
        longer = await reader.readexactly(2 if size == 126 else 8)
        raw, size = raw + longer, int.from_bytes(longer)
    mask = await reader.readexactly(4) if masked else bytes(4)
    data = await reader.readexactly(size)
    raw += (mask if masked else b"") + data
    if opcode != TEXT:
        return Frame(raw, {})
    plain = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
    return Frame(raw, json.loads(plain))
