"""The live hall: rooms, and the one door that commands go through.

The hall adds to the rules what they leave out: the time, the log, what is in the tender box, and
who is listening. It decides nothing itself.

A room with people in it is kept up to date by the bus, and in case the bus missed something by a
look at all their heads with every beat of the hall's clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from bidroom import clock
from bidroom.envelope import HALL, Actor, AskId, PersonId, StreamId
from bidroom.hall import board, drawing
from bidroom.hall.bus import Bus, Hint
from bidroom.hall.log import Decision, Log, Said
from bidroom.hall.rooms import Room, Seat, Sink
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Command, Refusal
from bidroom.opening.rules import Due, decide, due
from bidroom.opening.state import Opening
from bidroom.ports import Acts, Box, Draws, Rejected
from bidroom.wire import BeginReadOut, CallDraw, Done, HandOverPart, Refused, Spoken, UnlockTender

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

ROOMS_KEPT: Final = 500  # without anybody in them
BEAT_S: Final = 4.0  # between ticks; a browser gives a line up after 25 silent seconds
CLOCK_S_MAX: Final = 10.0  # how long the database's clock, once read, is counted on from
RETRY_S: Final = 0.5  # before looking again for news that could not be read
OfDraw: TypeAlias = CallDraw | HandOverPart | c.RevealShare | c.EnterManualDraw | c.CosignManualDraw
Told: TypeAlias = Spoken | c.Schedule | c.NoteBody | c.NoteUnreadableBody | Due
log = structlog.get_logger()


class NoSuchOpening(LookupError):
    """Nothing stands on the record of this stream."""


class Hall:
    def __init__(
        self, pool: Pool, box: Box, acts: Acts, bus: Bus, draws: Draws | None = None
    ) -> None:
        self.log = Log(pool, bus)
        self._pool, self._box, self._acts, self._bus = pool, box, acts, bus
        self._draws = draws
        self._rooms: dict[StreamId, Room] = {}
        self._read_clock: tuple[datetime, float] | None = None
        self._stale: dict[StreamId, int | None] = {}
        self._news = asyncio.Event()
        self.after: list[Callable[[Opening], None]] = []  # called after each commit of ours

    async def now(self) -> datetime:
        """The database's clock, which is the hall's, counted on from when it was last read."""
        steady_s = clock.steady_s()
        if self._read_clock is None or steady_s - self._read_clock[1] > CLOCK_S_MAX:
            self._read_clock = (await self._pool.fetchval("select clock_timestamp()"), steady_s)
        at, read_s = self._read_clock
        return at + timedelta(seconds=steady_s - read_s)

    async def room(self, stream: StreamId) -> Room:
        """The room of `stream`, its copy of the record brought up to date."""
        room = self._rooms.get(stream) or Room(stream)
        if room.is_empty:  # otherwise the bus keeps it
            room.extend(await self.log.read(stream, after=room.record.seq))
        if not room.record.entries:
            raise NoSuchOpening(stream)
        self._forget_some()
        return self._rooms.setdefault(stream, room)

    async def sit(self, stream: StreamId, reader: Actor, after: int, sink: Sink) -> Seat | None:
        """A seat for a line that has the record up to `after`; None if there is no such number.

        Raises NoSuchOpening.
        """
        at = await self.now()
        room = await self.room(stream)
        if after > room.record.seq:  # another process told them what we have not heard yet
            room.extend(await self.log.read(stream, after=room.record.seq))
            room = self._rooms.setdefault(stream, room)
        if after > room.record.seq:
            return None
        if room.is_empty:  # news may have come since it was read
            self._look_into(room, None)
        seat = Seat(room, reader, after, sink)
        room.sit(seat, at)
        return seat

    def hear(self, hint: Hint | None) -> None:
        """The bus says that a record has grown, or that it may have missed something."""
        if hint is None:
            for room in self._rooms.values():
                self._look_into(room, None)
        else:
            known = self._rooms.get(hint.stream)
            if known is not None and known.record.seq >= hint.seq:
                return  # written here, most likely
            if known is not None and not known.is_empty:
                self._look_into(known, hint.seq)

    def _look_into(self, room: Room, seq: int | None) -> None:
        """Read what `room` lacks up to `seq`, or whatever there is."""
        known = self._stale.get(room.stream, 0)
        self._stale[room.stream] = None if seq is None or known is None else max(seq, known)
        self._news.set()

    async def follow(self) -> None:
        """Bring rooms up to date as the bus tells of news, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            stale, self._stale = self._stale, {}
            await asyncio.gather(*(self._refresh(*each) for each in stale.items()))

    async def _refresh(self, stream: StreamId, seq: int | None) -> None:
        room = self._rooms.get(stream)
        if room is None:
            return
        try:
            async with room.door:  # what is being written here is told from here
                if seq is None or room.record.seq < seq:
                    room.extend(await self.log.read(stream, after=room.record.seq))
        except Exception:
            log.exception("a room's news could not be read")
            await asyncio.sleep(RETRY_S)
            self._look_into(room, None)

    async def beat(self) -> None:
        """Tell all rooms the time, look whether they missed anything, and who is stuck."""
        while True:
            try:
                await self._beat_once()
            except Exception:
                log.exception("the hall's clock could not be read")
            await asyncio.sleep(BEAT_S)

    async def _beat_once(self) -> None:
        steady_s = clock.steady_s()
        self._read_clock = (await self._pool.fetchval("select clock_timestamp()"), steady_s)
        at, _ = self._read_clock
        rooms = [room for room in self._rooms.values() if not room.is_empty]
        heads = await self._pool.fetch(
            "select stream, head from hall.stream where stream = any($1)",
            [room.stream for room in rooms],
        )
        for stream, head in heads:
            self.hear(Hint(stream, head))
        for room in rooms:
            room.tell_time(at)
            room.drop_stuck(steady_s)

    async def answer(self, stream: StreamId, ask: AskId, told: Told, by: Actor) -> Done | Refused:
        """What becomes of an ask. To one that is repeated, what became of it the first time."""
        room = self._rooms.get(stream) or Room(stream)
        async with room.door:
            turn = partial(self._decide, told=told, by=by, ask=ask)
            try:
                said = await self.log.turn(stream, by, ask, room.record, turn)
            except Refusal as refusal:
                return Refused(ask, refusal.reason, refusal.detail)
            except Rejected as rejected:
                return Refused(ask, rejected.reason, rejected.detail)
        self._tell(room, said)
        if said.entries:
            await self._bus.send(Hint(stream, said.entries[-1].envelope.seq))
        return said.reply

    def _tell(self, room: Room, said: Said) -> None:
        """After the commit: tell the room, and whoever works on what was written."""
        if room.record.entries or said.entries:
            room = self._rooms.setdefault(room.stream, room)
        room.extend(said.entries)
        for entry in said.entries:
            if isinstance(entry.envelope.event, r.TenderDecrypted):
                bidder = entry.envelope.event.bidder
                assert bidder is not None, "the log is not redacted"
                self._box.body_wanted(room.opening.facts.notice.lot, bidder)
        if said.entries:
            for told in self.after:
                told(room.opening)

    async def _decide(
        self,
        conn: Connection,
        opening: Opening | None,
        at: datetime,
        *,
        told: Told,
        by: Actor,
        ask: AskId,
    ) -> Decision:
        """What was said, along with what the rules need to know to judge it."""
        match told:
            case UnlockTender():
                return await self._unlock(conn, opening, at, told, by, ask)
            case c.RaiseObjection(text, act):
                subject = sha256(text.encode()).hexdigest()
                return await self._act(conn, opening, at, told, by, "object", subject, act)
            case c.Confirm(act):
                subject = (opening and opening.confirmed_sha256) or ""
                return await self._act(conn, opening, at, told, by, "confirm", subject, act)
            case c.SignRecord(act):
                subject = (opening and opening.minutes_sha256) or ""
                return await self._act(conn, opening, at, told, by, "sign", subject, act)
            case BeginReadOut(version):
                command: Command = c.ReadOutOffers(version, await self._outcomes(conn, opening))
                return Decision(decide(opening, command, by, at))
            case CallDraw() | HandOverPart() | c.RevealShare() | c.EnterManualDraw():
                return await self._of_draw(conn, opening, at, told, by)
            case c.CosignManualDraw():
                return await self._of_draw(conn, opening, at, told, by)
            case c.Schedule() | c.Postpone():
                events = decide(opening, told, by, at)
                plan = told.notice.draw if isinstance(told, c.Schedule) else None
                if plan is not None and isinstance(told, c.Schedule):
                    self._drawer.check(plan, told.notice.lot, at)
                lot = told.notice.lot if isinstance(told, c.Schedule) else _lot(opening)
                await self._box.announce(conn, lot, told.opens_at)
                return Decision(events)
            case Due():
                return await self._step(conn, opening, at, told)
            case _:
                return Decision(decide(opening, told, by, at))

    async def _unlock(
        self,
        conn: Connection,
        opening: Opening | None,
        at: datetime,
        told: UnlockTender,
        by: Actor,
        ask: AskId,
    ) -> Decision:
        events = decide(opening, c.DecryptTender(told.act), by, at)  # is it the time for it?
        assert opening is not None, "decide refused what has no opening"
        try:
            held = await self._box.unlock(conn, opening, by, told.keys, told.act, at)
        except Rejected as no:
            if not no.evidence:
                raise
            noted = decide(opening, c.NoteRefusedKey(no.reason), by, at)
            return Decision(noted, Refused(ask, no.reason, no.detail))
        await self._box.hold(conn, _lot(opening), held)
        return Decision(events)

    @property
    def _drawer(self) -> Draws:
        if self._draws is None:
            raise Rejected(c.Reason.DRAW_CONTRIBUTORS, "no platform")
        return self._draws

    async def _of_draw(
        self, conn: Connection, opening: Opening | None, at: datetime, told: OfDraw, by: Actor
    ) -> Decision:
        if isinstance(told, CallDraw):
            if opening is None:
                raise Refusal(c.Reason.NO_SUCH_OPENING)
            begin = await drawing.begin(
                conn, self._drawer, opening, _stream(opening), told.version, at
            )
            return Decision(decide(opening, begin, by, at))
        command: drawing.Signing = (
            drawing.released(self._drawer, opening, by.id, told)
            if isinstance(told, HandOverPart)
            else told
        )
        events = decide(opening, command, by, at)
        subject, purpose = drawing.subject(opening, by.id, command), drawing.PURPOSES[type(command)]
        await self._acts.check(conn, _lot(opening), by, purpose, subject, command.act, at)
        return Decision(events)

    async def _act(
        self,
        conn: Connection,
        opening: Opening | None,
        at: datetime,
        command: c.RaiseObjection | c.Confirm | c.SignRecord,
        by: Actor,
        purpose: str,
        subject: str,
        act: r.Signed,
    ) -> Decision:
        events = decide(opening, command, by, at)
        lot = _lot(opening)
        await self._acts.check(conn, lot, by, purpose, subject, act, at)
        return Decision(events)

    async def _outcomes(
        self, conn: Connection, opening: Opening | None
    ) -> dict[PersonId, r.Outcome]:
        if opening is None or opening.phase is not r.Phase.SETTLED:
            return {}  # the rules will say no
        return dict(await self._box.outcomes(conn, opening))

    async def _step(
        self, conn: Connection, opening: Opening | None, at: datetime, told: Due
    ) -> Decision:
        """What the hall does by itself, if it is still the thing to do."""
        if opening is None or due(opening) != told or at < told.at:
            return Decision([])  # somebody was quicker
        version = opening.version
        match told.command:
            case c.SealTenders:
                command: Command = c.SealTenders(await self._box.freeze(conn, _lot(opening)))
            case c.ReadOutOffers:
                command = c.ReadOutOffers(version, await self._outcomes(conn, opening))
            case c.BeginDraw:
                command = await drawing.begin(
                    conn, self._drawer, opening, _stream(opening), version, at
                )
            case c.CloseDraw:
                command = await drawing.close(conn, self._drawer, opening, _stream(opening), at)
            case c.PublishRoster | c.BeginDecryption | c.BeginConfirmation as kind:
                command = kind(version)
            case c.OpenLobby | c.CloseWindow | c.EndConfirmation | c.PassHost as kind:
                command = kind()
            case _:
                raise AssertionError(told)
        return Decision(decide(opening, command, HALL, at))

    def _forget_some(self) -> None:
        """Let go of empty rooms, the oldest first: their record is in the log."""
        empty = [stream for stream, room in self._rooms.items() if room.is_empty]
        for stream in empty[: max(0, len(self._rooms) - ROOMS_KEPT)]:
            del self._rooms[stream]


def _stream(opening: Opening) -> StreamId:
    return StreamId(board.PREFIX + opening.facts.notice.lot)


def _lot(opening: Opening | None) -> str:
    assert opening is not None, "the rules refused what has no opening"
    return opening.facts.notice.lot
