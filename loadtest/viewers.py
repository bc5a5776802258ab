"""A thousand viewers in one event loop, as cheap as they come: they count what arrives.

Each is a socket of its own with a real handshake. A frame is told apart by its last bytes, for the
hall writes JSON with its keys in order: an envelope ends in its type.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Final, cast

ENVELOPE: Final = b'"type":"Envelope"}'
TEXT, PING, PONG = 0x81, 0x89, 0x8A  # first bytes of frames that are whole
HANDSHAKE_S_MAX: Final = 30.0
AT_ONCE: Final = 50


class Crowd:
    """Those who watch one server, and how much they have seen together."""

    def __init__(self) -> None:
        self.envelopes = 0
        self.lost = 0
        self.seated = 0
        self._waiting: tuple[int, asyncio.Future[None]] | None = None
        self._viewers: list[Viewer] = []

    async def come(self, count: int, port: int, head: bytes, hello: bytes | None) -> None:
        """Open `count` lines: `head` is the request's first lines, `hello` the first frame."""
        loop = asyncio.get_running_loop()
        for start in range(0, count, AT_ONCE):
            some = min(AT_ONCE, count - start)
            pairs = [
                loop.create_connection(lambda: Viewer(self, head, hello), "127.0.0.1", port)
                for _ in range(some)
            ]
            self._viewers += [viewer for _, viewer in await asyncio.gather(*pairs)]
            async with asyncio.timeout(HANDSHAKE_S_MAX):
                await asyncio.gather(*(viewer.seated for viewer in self._viewers[-some:]))

    def expect(self, envelopes: int) -> asyncio.Future[None]:
        """Done once that many have arrived in all, counted from the beginning."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = (envelopes, future)
        self.count(0)
        return future

    def count(self, envelopes: int) -> None:
        self.envelopes += envelopes
        if self._waiting and self.envelopes >= self._waiting[0] and not self._waiting[1].done():
            self._waiting[1].set_result(None)

    def go(self) -> None:
        for viewer in self._viewers:
            viewer.transport.abort()


class Viewer(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, crowd: Crowd, head: bytes, hello: bytes | None) -> None:
        self._crowd, self._head, self._hello = crowd, head, hello
        self._unread = b""
        self._open = False
        self.seated: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        key = b"Sec-WebSocket-Key: " + b64encode(bytes(16)) + b"\r\n"
        upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        self.transport.write(self._head + upgrade + key + b"\r\n")

    def data_received(self, data: bytes) -> None:
        data = self._unread + data if self._unread else data
        if not self._open:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._unread = data
                return
            assert data.startswith(b"HTTP/1.1 101 "), data[:200]
            self._open, data = True, data[end + 4 :]
            if self._hello is None:
                self.seated.set_result(None)
            else:
                self.transport.write(masked(self._hello))
        self._read(data)

    def _read(self, data: bytes) -> None:
        place, size, envelopes = 0, len(data), 0
        while size - place >= 2:
            length, start = data[place + 1], place + 2
            if length == 126:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length == 127:
                length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if start + length > size:
                break
            end = start + length
            if data[place] == PING:
                self.transport.write(masked(data[start:end], PONG))
            envelopes += data.endswith(ENVELOPE, start, end)
            if not self.seated.done() and data.endswith(b'"type":"Tick"}', start, end):
                self.seated.set_result(None)  # it has all there was
            place = end
        self._unread = data[place:]
        if envelopes:
            self._crowd.count(envelopes)

    def connection_lost(self, fault: Exception | None) -> None:
        self._crowd.lost += 1


def masked(data: bytes, opcode: int = TEXT) -> bytes:
    """A short frame from a browser; a mask of zeros is a mask."""
    assert len(data) < 126
    return bytes((opcode, 0x80 | len(data))) + bytes(4) + data
