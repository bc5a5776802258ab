"""The websocket under a line: uvicorn's own, with a door for frames that are framed already.

Given to uvicorn as its `ws=` class, so everything else about a websocket stays as it is: routes and
their endpoints know no difference. What is added: whole frames are written straight to the
transport, the transport says when it is full, and every hang-up carries a code of ours.
"""

from __future__ import annotations

import socket
from asyncio import BaseTransport, Transport
from typing import Final, Protocol, cast

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.http11 import Request

from bidroom import clock
from bidroom.wire import Hangup

EXTENSION: Final = "bidroom.cable"
BUFFER_BYTES: Final = 128 * 1024  # unsent: more, and the line counts as full
KERNEL_BYTES: Final = 128 * 1024  # asked for of the system, which would else keep megabytes a line
GOODBYE_S: Final = 3.0  # for a browser to hear why, and to answer


class Listener(Protocol):
    """Who writes to a cable: a seat."""

    def fill(self, since: float) -> None: ...
    def drain(self) -> None: ...
    def leave(self) -> None: ...


class Cable(WebSocketsSansIOProtocol):
    """One websocket. It is in the scope's extensions, and is a `Sink` for a seat."""

    listener: Listener | None = None
    over = False  # a close frame was sent: whatever comes now is thrown away

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        wire = cast(Transport, transport)
        wire.set_write_buffer_limits(high=BUFFER_BYTES, low=BUFFER_BYTES // 4)
        below = wire.get_extra_info("socket")
        if below is not None and below.family != socket.AF_UNIX:
            below.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # otherwise the handshake was refused
            cast(Scope, self.scope)["extensions"][EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        if not self.over:
            super().data_received(data)
        elif self.conn.parser_exc is None:
            self.conn.receive_data(data)
            self.conn.events_received()
            if self.conn.close_rcvd is not None:
                self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.listener is not None:
            self.listener.fill(clock.steady_s())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.listener is not None and not self.over:
            self.listener.drain()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.listener is not None:
            self.listener.leave()
            self.listener = None
        super().connection_lost(exc)

    def handle_parser_exception(self) -> None:
        """A frame that is no frame, or too large. What the peer still sends is read and dropped,
        since closing upon unread bytes would lose the close frame."""
        sent = self.conn.close_sent
        too_large = sent is not None and sent.code == CloseCode.MESSAGE_TOO_BIG
        self.conn.data_to_send()  # the library's own goodbye
        self._say_goodbye(Hangup.TOO_LARGE if too_large else Hangup.MALFORMED)
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def shutdown(self) -> None:
        """The server stops."""
        if not self.handshake_complete or self.close_sent or not hasattr(self, "scope"):
            super().shutdown()
        else:
            self.hang_up(Hangup.RESTARTING)

    def take(self, listener: Listener) -> None:
        """Tell `listener` from now on when the line is full; at once, if it already is."""
        self.listener = listener
        if not self.writable.is_set():
            listener.fill(clock.steady_s())

    # The sending end of a line (hall/rooms.py).

    def write(self, frames: bytes) -> None:
        if not self.over:
            self.transport.write(frames)

    def hang_up(self, code: Hangup) -> None:
        if not self.over:
            self._say_goodbye(code)

    def _say_goodbye(self, code: Hangup) -> None:
        self.over = self.close_sent = True
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": int(code), "reason": ""})
        self.transport.write(b"\x88\x02" + int(code).to_bytes(2, "big"))
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # A line that is stuck never takes the goodbye either: then it is cut.
        self.close_timer = self.loop.call_later(GOODBYE_S, self.transport.abort)
