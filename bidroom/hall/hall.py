"""The live hall: rooms, and the one door that commands go through.

The hall adds to the rules what they leave out: the time, the log, what is in the tender box, and
who is listening. It decides nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from bidroom.envelope import HALL, Actor, AskId, PersonId, StreamId
from bidroom.hall.log import Decision, Log, Said
from bidroom.hall.rooms import Room
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Command, Refusal
from bidroom.opening.rules import Due, decide, due
from bidroom.opening.state import Opening
from bidroom.ports import Acts, Box, Rejected
from bidroom.wire import BeginReadOut, Done, Refused, Spoken, UnlockTender

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

ROOMS_KEPT: Final = 500  # without anybody in them
Told: TypeAlias = Spoken | c.Schedule | c.NoteBody | c.NoteUnreadableBody | Due
log = structlog.get_logger()


class NoSuchOpening(LookupError):
    """Nothing stands on the record of this stream."""


class Hall:
    def __init__(self, pool: Pool, box: Box, acts: Acts) -> None:
        self.log = Log(pool)
        self._pool, self._box, self._acts = pool, box, acts
        self._rooms: dict[StreamId, Room] = {}
        self.committed: list[asyncio.Event] = []  # set when anything was written here

    async def now(self) -> datetime:
        """The database's clock, which is the hall's."""
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        return at

    async def room(self, stream: StreamId) -> Room:
        """The room of `stream`, its copy of the record brought up to date."""
        room = self._rooms.get(stream) or Room(stream)
        room.extend(await self.log.read(stream, after=room.record.seq))
        if not room.record.entries:
            raise NoSuchOpening(stream)
        self._forget_some()
        return self._rooms.setdefault(stream, room)

    def rooms(self) -> Iterable[Room]:
        return list(self._rooms.values())

    async def catch_up(self, stream: StreamId) -> None:
        """The bus says that `stream` has grown. It may say so late, twice, or not at all."""
        room = self._rooms.get(stream)
        if room is not None:
            room.extend(await self.log.read(stream, after=room.record.seq))

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
        self._hear(room, said)
        return said.reply

    def _hear(self, room: Room, said: Said) -> None:
        """After the commit: tell the room, and whoever works on what was written."""
        if room.record.entries or said.entries:
            room = self._rooms.setdefault(room.stream, room)
        room.extend(said.entries)
        for entry in said.entries:
            if isinstance(entry.envelope.event, r.TenderDecrypted):
                bidder = entry.envelope.event.bidder
                assert bidder is not None, "the log is not redacted"
                self._box.body_wanted(room.opening.facts.notice.lot, bidder)
        for event in self.committed:
            event.set()

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
            case c.Schedule() | c.Postpone():
                events = decide(opening, told, by, at)
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
            case c.PublishRoster | c.BeginDecryption | c.BeginConfirmation as kind:
                command = kind(version)
            case c.OpenLobby | c.CloseWindow | c.EndConfirmation | c.PassHost as kind:
                command = kind()
            case _:
                raise AssertionError(told)
        return Decision(decide(opening, command, HALL, at))

    def _forget_some(self) -> None:
        """Let go of empty rooms, the oldest first: their record is in the log."""
        empty = [stream for stream, room in self._rooms.items() if not room.seats]
        for stream in empty[: max(0, len(self._rooms) - ROOMS_KEPT)]:
            del self._rooms[stream]


def _lot(opening: Opening | None) -> str:
    assert opening is not None, "the rules refused what has no opening"
    return opening.facts.notice.lot
