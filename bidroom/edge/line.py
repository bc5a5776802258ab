"""The websocket at /line/openings/{id}: one person's line to one opening (docs/protocol.md).

    browser → hall    Hello, then Asks                 "let this happen"
    hall → browser    Envelope, Done, Refused, Tick    what did, and what became of the ask

The browser names the last number it has and is sent everything after it, whether it has just
come, was away for an hour, or blinked. Asks are done one after another; meanwhile the line is read
on, so that a long one neither delays a pong nor hides that the browser has gone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, TypeAlias

import msgspec
import structlog
from msgspec import DecodeError, Struct, ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from bidroom import clock, wire
from bidroom.edge.cable import EXTENSION, Cable
from bidroom.envelope import PUBLIC, Actor, AskId, StreamId
from bidroom.hall.hall import Hall, NoSuchOpening
from bidroom.hall.rooms import Seat, framed
from bidroom.ports import Tickets
from bidroom.settings import Settings
from bidroom.wire import SUBPROTOCOL, Ask, Hangup, Hello, Refused

HELLO_S_MAX: Final = 10.0
ASKS_A_SECOND: Final = 10.0
BURST_MAX: Final = 30
WAITING_MAX: Final = 32  # asks that came while an earlier one was being done
MALFORMED: Final = "malformed"  # why an ask that is no command is refused
log = structlog.get_logger()


class Numbered(Struct):
    """Whatever the rest of an ask is: the number to refuse it by."""

    id: AskId


decode_numbered = msgspec.json.Decoder(Numbered).decode
Heard: TypeAlias = Ask | Refused


class HungUp(Exception):
    """The hall ends this line, and says why."""

    def __init__(self, code: Hangup) -> None:
        super().__init__(code.name)
        self.code = code


class Gone(Exception):
    """The browser ended this line, or the network did."""


class Pace:
    """How much one line may say: so many frames a second, and a burst."""

    def __init__(self) -> None:
        self._left, self._at_s = float(BURST_MAX), clock.steady_s()

    def take(self) -> None:
        """Raises HungUp."""
        now_s = clock.steady_s()
        refilled = self._left + (now_s - self._at_s) * ASKS_A_SECOND
        self._left, self._at_s = min(refilled, float(BURST_MAX)) - 1, now_s
        if self._left < 0:
            raise HungUp(Hangup.TOO_MANY)


async def take_line(websocket: WebSocket) -> None:
    # Accept first. A browser learns why a socket was closed, but never why a handshake failed.
    spoken = SUBPROTOCOL in websocket.scope["subprotocols"]
    await websocket.accept(SUBPROTOCOL if spoken else None)
    cable: Cable = websocket.scope["extensions"][EXTENSION]
    try:
        if not spoken:
            raise HungUp(Hangup.MALFORMED)
        settings: Settings = websocket.app.state.settings
        if websocket.headers.getlist("origin") != [settings.origin]:
            raise HungUp(Hangup.NOT_ADMITTED)
        await Line(websocket, cable).run()
    except HungUp as end:
        cable.hang_up(end.code)
    except Gone:
        pass
    except Exception:
        log.exception("a line failed")
        cable.hang_up(Hangup.RESTARTING)


class Line:
    """One websocket, from its Hello on."""

    def __init__(self, websocket: WebSocket, cable: Cable) -> None:
        self._websocket, self._cable = websocket, cable
        self._hall: Hall = websocket.app.state.hall
        self._opening: str = websocket.path_params["id"]
        self._stream = StreamId(f"opening/{self._opening}")
        self._pace = Pace()
        self._waiting: deque[Heard] = deque()
        self._answering: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Raises HungUp or Gone: a line ends in no other way."""
        hello = await self._hello()
        reader = await self._reader(hello.ticket)
        try:
            seat = await self._hall.sit(self._stream, reader, hello.after, self._cable)
        except NoSuchOpening:
            raise HungUp(Hangup.NO_SUCH_OPENING) from None
        if seat is None:
            raise HungUp(Hangup.MALFORMED)
        try:
            while True:
                self._put(heard(await self._frame()), seat)
        finally:
            seat.leave()
            self._waiting.clear()
            if self._answering is not None:  # what has begun is done, whoever hears of it
                await self._answering

    async def _frame(self) -> str:
        """The next text frame."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        text: str | None = message.get("text")
        if text is None:
            raise HungUp(Hangup.MALFORMED)
        self._pace.take()
        return text

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(HELLO_S_MAX):
                return wire.decode_hello(await self._frame())
        except DecodeError:
            raise HungUp(Hangup.MALFORMED) from None
        except TimeoutError:
            raise HungUp(Hangup.LAGGING) from None

    async def _reader(self, ticket: str | None) -> Actor:
        if ticket is None:
            return PUBLIC
        tickets: Tickets = self._websocket.app.state.tickets
        reader = await tickets.redeem(ticket, self._opening)
        if reader is None:
            raise HungUp(Hangup.TICKET_SPENT)
        return reader

    def _put(self, said: Heard, seat: Seat) -> None:
        if len(self._waiting) >= WAITING_MAX:
            raise HungUp(Hangup.TOO_MANY)
        self._waiting.append(said)
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer(seat))

    async def _answer(self, seat: Seat) -> None:
        """Answer all that waits, in order."""
        try:
            while self._waiting:
                said = self._waiting.popleft()
                if isinstance(said, Ask):
                    reply = await self._hall.answer(
                        self._stream, said.id, said.command, seat.reader
                    )
                else:
                    reply = said
                seat.reply(framed(wire.encode(reply)))
        except Exception:
            log.exception("an ask failed")
            seat.hang_up(Hangup.RESTARTING)  # the browser comes back, and asks again


def heard(text: str) -> Heard:
    """The ask in a frame, or why it can't be one. Raises HungUp where nobody can be told."""
    try:
        return wire.decode_ask(text)
    except ValidationError as fault:
        try:
            return Refused(decode_numbered(text).id, MALFORMED, _place(fault))
        except (ValidationError, RecursionError):
            raise HungUp(Hangup.MALFORMED) from None
    except (DecodeError, RecursionError):
        raise HungUp(Hangup.MALFORMED) from None


def _place(fault: ValidationError) -> str:
    """Which field is wrong, and not what stood in it."""
    return str(fault).rpartition(" - at `$")[2].rstrip("`").lstrip(".")


routes = [WebSocketRoute("/line/openings/{id}", take_line)]
