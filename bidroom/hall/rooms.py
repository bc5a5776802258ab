"""One opening as this process knows it: its record so far, and who is listening.

A seat is a cursor into the record and not a queue. Joining, resuming, following and falling behind
are one walk: a line that takes no more bytes keeps its number, and goes on from there once it
does. So a slow line costs the hall one full buffer and no more. A frame is made once for each event
and kind of reader: what goes out to a thousand viewers is the same bytes a thousand times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Protocol

from bidroom import wire
from bidroom.envelope import Actor, Role, StreamId
from bidroom.hall.log import Entry, Record
from bidroom.opening.audience import View, redact_for, view_in
from bidroom.opening.state import Opening
from bidroom.wire import Hangup

PIECE_BYTES: Final = 64 * 1024  # of what was missed, in one write
VIEWER_STUCK_S_MAX: Final = 10.0  # taking no byte
STUCK_S_MAX: Final = 30.0  # anybody else


class Sink(Protocol):
    """The sending end of one line."""

    def take(self, listener: Seat) -> None:
        """Tell `listener` from now on when no more bytes are taken, and when they are again."""

    def write(self, frames: bytes) -> None:
        """Send whole websocket frames. Never blocks."""

    def hang_up(self, code: Hangup) -> None:
        """Say why, and close; nothing is written afterwards."""


def framed(text: bytes) -> bytes:
    """`text` as an unmasked websocket text frame (RFC 6455 §5.2): the same for every line."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


class Seat:
    """One listener's place in a record. `seq` is the last number that was written to the line."""

    __slots__ = ("_replies", "full_since", "reader", "room", "seq", "sink")

    def __init__(self, room: Room, reader: Actor, after: int, sink: Sink) -> None:
        self.room, self.reader, self.seq, self.sink = room, reader, after, sink
        self.full_since: float | None = None  # on the loop's clock
        self._replies: list[bytes] = []

    def fill(self, since: float) -> None:
        """The line takes no more for now."""
        self.full_since = since

    def drain(self) -> None:
        """The line takes bytes again: go on where it stopped."""
        self.full_since = None
        self.room.walk(self)
        self._say_replies()

    def reply(self, frame: bytes) -> None:
        """Send what one ask came to, behind everything that it led to."""
        self._replies.append(frame)
        self._say_replies()

    def leave(self) -> None:
        self.room.seats.discard(self)
        self.room.viewers.discard(self)

    def hang_up(self, code: Hangup) -> None:
        self.leave()
        self.sink.hang_up(code)

    def _say_replies(self) -> None:
        if self._replies and self.full_since is None and self.seq == self.room.record.seq:
            frames, self._replies = b"".join(self._replies), []
            self.sink.write(frames)


class Room:
    def __init__(self, stream: StreamId) -> None:
        self.stream = stream
        self.record = Record()
        self.door = asyncio.Lock()  # one command at a time, so that the database needn't queue them
        self.seats: set[Seat] = set()  # of bidders and staff
        self.viewers: set[Seat] = set()
        self._frames: dict[tuple[View, int], bytes] = {}

    @property
    def opening(self) -> Opening:
        assert self.record.opening is not None, "a room is entered once its record has begun"
        return self.record.opening

    @property
    def is_empty(self) -> bool:
        return not self.seats and not self.viewers

    def everybody(self) -> list[Seat]:
        return [*self.seats, *self.viewers]

    def extend(self, news: Sequence[Entry]) -> None:
        """Add what is new, and tell everybody who is seated."""
        before = self.record.seq
        added = self.record.extend(news)
        if not added:
            return
        for seat in list(self.seats):
            self.walk(seat)
        if not self.viewers:
            return
        head, reader = self.record.seq, next(iter(self.viewers)).reader
        for_public = b"".join([self._frame(entry, reader) for entry in added])
        for seat in list(self.viewers):
            if seat.seq == before and seat.full_since is None:
                seat.seq = head
                seat.sink.write(for_public)

    def sit(self, seat: Seat, at: datetime) -> None:
        """Seat somebody: what they missed is written, and the hall's clock."""
        (self.viewers if seat.reader.role is Role.PUBLIC else self.seats).add(seat)
        seat.sink.take(seat)
        self.walk(seat)
        seat.reply(self.tick(at))

    def walk(self, seat: Seat) -> None:
        """Write what `seat` has not had yet, as much of it as its line takes."""
        while seat.full_since is None and seat.seq < self.record.seq:
            frames, seat.seq = self._piece(seat.seq, seat.reader)
            seat.sink.write(frames)

    def tick(self, at: datetime) -> bytes:
        return framed(wire.encode(wire.Tick(at, self.record.seq)))

    def tell_time(self, at: datetime) -> None:
        """Send the hall's clock to all who aren't behind, who would hear it too late."""
        frame = self.tick(at)
        for seat in self.everybody():
            if seat.full_since is None:
                seat.sink.write(frame)

    def drop_stuck(self, steady_s: float) -> None:
        """Hang up on who has taken no byte for too long: they come back, and resume by number."""
        for seat in self.everybody():
            since = seat.full_since
            most = VIEWER_STUCK_S_MAX if seat.reader.role is Role.PUBLIC else STUCK_S_MAX
            if since is not None and steady_s - since > most:
                seat.hang_up(Hangup.LAGGING)

    def _piece(self, after: int, reader: Actor) -> tuple[bytes, int]:
        """The frames that follow number `after`, about PIECE_BYTES of them, and the last number."""
        frames: list[bytes] = []
        size = 0
        for frame in self._frames_after(after, reader):
            frames.append(frame)
            size += len(frame)
            if size >= PIECE_BYTES:
                break
        return b"".join(frames), after + len(frames)

    def _frames_after(self, after: int, reader: Actor) -> Iterator[bytes]:
        for place in range(after, self.record.seq):
            yield self._frame(self.record.entries[place], reader)

    def _frame(self, entry: Entry, reader: Actor) -> bytes:
        envelope = entry.envelope
        view = view_in(self.opening, envelope.event, reader)
        frame = self._frames.get((view, envelope.seq))
        if frame is None:
            frame = framed(wire.encode(redact_for(envelope, view)))
            self._frames[view, envelope.seq] = frame
        return frame
