"""A hall that a test can live in: real PostgreSQL, real sockets, several halls if need be."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Self

import msgspec
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from bidroom import ids, wire
from bidroom.edge import line
from bidroom.edge.cable import Cable
from bidroom.envelope import Actor, AskId, Envelope, StreamId
from bidroom.hall.alarm import Alarm
from bidroom.hall.bus import Bus, NotifyBus
from bidroom.hall.hall import Hall, Told
from bidroom.opening.commands import Reason
from bidroom.opening.record import Seen
from bidroom.opening.state import Opening
from bidroom.postgres.pool import open_pool
from bidroom.settings import Settings
from bidroom.wire import Done, Frame, Refused
from tests.hall.people import FIRMS, HOST, Clerk, Counter, PaperBox, schedule, soon

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

PATIENCE_S = 10.0
TRIES = 20
STREAM = StreamId("opening/LOT-001")
decode_frame = msgspec.json.Decoder(Envelope[Seen] | Done | Refused | wire.Tick).decode


class Person:
    """Somebody's browser, as far as a line goes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []

    @property
    def envelopes(self) -> list[Envelope[Seen]]:
        return [frame for frame in self.frames if isinstance(frame, Envelope)]

    async def hear(self) -> Frame:
        """The next frame; raises ConnectionClosed."""
        async with asyncio.timeout(PATIENCE_S):
            frame: Frame = decode_frame(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def hear_event(self, kind: type) -> Envelope[Seen]:
        """Everything up to the next event of that kind."""
        while True:
            frame = await self.hear()
            if isinstance(frame, Envelope) and isinstance(frame.event, kind):
                return frame

    async def hear_seq(self, seq: int) -> None:
        while not self.envelopes or self.envelopes[-1].seq < seq:
            await self.hear()

    async def hear_tick(self) -> wire.Tick:
        while True:
            frame = await self.hear()
            if isinstance(frame, wire.Tick):
                return frame

    async def say(self, command: wire.Spoken, ask: AskId | None = None) -> AskId:
        asked = ask or ids.new_id()
        await self.socket.send(wire.encode(wire.Ask(asked, command)).decode())
        return asked

    async def ask(self, command: wire.Spoken, ask: AskId | None = None) -> Done | Refused:
        """Say it, and hear everything up to the answer."""
        asked = await self.say(command, ask)
        while True:
            frame = await self.hear()
            if isinstance(frame, Done | Refused) and frame.re == asked:
                return frame

    async def closed(self) -> int:
        """The code that the hall hung up with."""
        with suppress(ConnectionClosed):
            while True:
                await self.hear()
        assert self.socket.close_code is not None
        return self.socket.close_code


class House:
    """One process of a hall, in the test's own process."""

    def __init__(self, pool: Pool, bus: Bus, box: PaperBox, counter: Counter) -> None:
        self.pool, self.bus, self.box, self.counter = pool, bus, box, counter
        self.hall = Hall(pool, box, Clerk(), bus)
        self.alarm = Alarm(pool, self.hall)
        self.settings = Settings(origin="https://hall.example")
        self.address = ""

    @asynccontextmanager
    async def open(self, *, alarm: bool = True) -> AsyncIterator[Self]:
        app = Starlette(routes=line.routes)
        app.state.hall, app.state.tickets = self.hall, self.counter
        app.state.settings = self.settings
        with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
            self.address = f"ws://127.0.0.1:{listening.getsockname()[1]}"
            config = uvicorn.Config(
                app,
                ws=Cable,
                lifespan="off",
                log_config=None,
                access_log=False,
                ws_max_size=wire.FRAME_BYTES_MAX,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=5,
            )
            config.load()
            server = uvicorn.Server(config)
            server.lifespan = config.lifespan_class(config)
            await server.startup(sockets=[listening])
            running = [asyncio.create_task(self.bus.listen(self.hall.hear))]
            running += [asyncio.create_task(self.hall.follow())]
            running += [asyncio.create_task(self.hall.beat())]
            running += [asyncio.create_task(self.alarm.run())] if alarm else []
            try:
                yield self
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                await server.shutdown(sockets=[listening])
                await self.bus.close()

    @asynccontextmanager
    async def person(
        self,
        actor: Actor | None = None,
        after: int = 0,
        *,
        opening: str = "LOT-001",
        ticket: str | None = None,
        origin: str | None = "https://hall.example",
        hello: bool = True,
        below: socket.socket | None = None,
    ) -> AsyncIterator[Person]:
        """A browser in the room: by default one of the public's."""
        async with connect(
            f"{self.address}/line/openings/{opening}",
            origin=Origin(origin) if origin else None,
            subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
            compression=None,
            sock=below,
        ) as connected:
            if actor is not None:
                ticket = self.counter.give(actor)
            if hello:
                with suppress(ConnectionClosed):  # who is not let in hears of it at once
                    await connected.send(wire.encode(wire.Hello(ticket, after)).decode())
            yield Person(connected)

    async def told(self, told: Told, by: Actor) -> Done:
        reply = await self.hall.answer(STREAM, ids.new_id(), told, by)
        assert isinstance(reply, Done), reply
        return reply

    async def schedule_soon(self) -> None:
        """Schedule the opening with a deadline so near that a slow machine may miss it at first."""
        for _ in range(TRIES):
            told = schedule(soon(await self.at()))
            reply = await self.hall.answer(STREAM, ids.new_id(), told, HOST)
            if isinstance(reply, Done):
                return
            assert reply.reason == Reason.DEADLINE_PAST, reply
        raise TimeoutError("the deadline was always past")

    async def opening(self) -> Opening:
        return (await self.hall.room(STREAM)).opening

    async def at(self) -> datetime:
        at: datetime = await self.pool.fetchval("select clock_timestamp()")
        return at


@asynccontextmanager
async def open_house(
    dsn: str,
    *,
    firms: Sequence[Actor] = FIRMS[:3],
    scheduled: bool = True,
    alarm: bool = True,
) -> AsyncIterator[House]:
    """A hall whose one opening has its deadline in a moment."""
    pool = await open_pool(dsn)
    try:
        at: datetime = await pool.fetchval("select clock_timestamp()")
        house = House(pool, NotifyBus(dsn), PaperBox(firms, at), Counter())
        async with house.open(alarm=alarm):
            if scheduled:
                await house.schedule_soon()
            yield house
    finally:
        await asyncio.wait_for(pool.close(), PATIENCE_S)
