"""One opening as this process knows it: its record so far, and who is listening.

A seat is a cursor into the record and not a queue. Joining, resuming and following are one walk,
and however slow a line is, it costs the hall a number. A frame is made once for each event and
kind of reader, and what goes out to a thousand viewers is the same bytes a thousand times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from bidroom import wire
from bidroom.envelope import Actor, Role, StreamId
from bidroom.hall.log import Entry, Record
from bidroom.opening.audience import View, redact_for, view_of
from bidroom.opening.state import Opening
from bidroom.wire import Hangup

BACKLOG_BYTES_MAX: Final = 512 * 1024  # unsent on one line: more, and it must come back later


class Sink(Protocol):
    """The sending end of one line."""

    def write(self, frames: bytes) -> None:
        """Send whole websocket frames. Never blocks."""

    def backlog(self) -> int:
        """Bytes written and not yet taken by the network."""

    def hang_up(self, code: Hangup) -> None: ...


def framed(text: bytes) -> bytes:
    """`text` as an unmasked websocket text frame (RFC 6455 §5.2): the same for every line."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


class Seat:
    """One listener's place in a record."""

    def __init__(self, reader: Actor, after: int, sink: Sink) -> None:
        self.reader, self.seq, self.sink = reader, after, sink
        self.gone = False

    def send(self, frames: bytes) -> None:
        if self.gone:
            return
        if self.sink.backlog() > BACKLOG_BYTES_MAX:
            self.leave(Hangup.LAGGING)
        else:
            self.sink.write(frames)

    def leave(self, code: Hangup) -> None:
        self.gone = True
        self.sink.hang_up(code)


class Room:
    def __init__(self, stream: StreamId) -> None:
        self.stream = stream
        self.record = Record()
        self.door = asyncio.Lock()
        self.seats: set[Seat] = set()
        self._frames: dict[tuple[View, int], bytes] = {}

    @property
    def opening(self) -> Opening:
        assert self.record.opening is not None, "a room is entered once its record has begun"
        return self.record.opening

    def extend(self, news: Sequence[Entry]) -> None:
        """Add what is new, and tell everybody who is seated."""
        added = self.record.extend(news)
        if added:
            self._tell(added)

    def sit(self, seat: Seat, at: datetime) -> None:
        """Seat somebody: what they missed, and then the hall's clock, is written at once."""
        missed = self.record.entries[seat.seq :]
        seat.seq = self.record.seq
        seat.send(b"".join([self._frame(entry, seat.reader) for entry in missed] + [self.tick(at)]))
        self.seats.add(seat)

    def tick(self, at: datetime) -> bytes:
        return framed(wire.encode(wire.Tick(at, self.record.seq)))

    def tell_time(self, at: datetime) -> None:
        frame = self.tick(at)
        for seat in list(self.seats):
            seat.send(frame)

    def _tell(self, added: Sequence[Entry]) -> None:
        """Send `added`; the bytes for the public are joined once, whoever many they are."""
        for_public: bytes | None = None
        for seat in list(self.seats):
            if seat.reader.role is Role.PUBLIC:
                if for_public is None:
                    for_public = self._joined(added, seat.reader)
                seat.send(for_public)
            else:
                seat.send(self._joined(added, seat.reader))
            seat.seq = self.record.seq

    def _joined(self, entries: Sequence[Entry], reader: Actor) -> bytes:
        return b"".join([self._frame(entry, reader) for entry in entries])

    def _frame(self, entry: Entry, reader: Actor) -> bytes:
        envelope = entry.envelope
        view = view_of(envelope.event, reader)
        frame = self._frames.get((view, envelope.seq))
        if frame is None:
            frame = framed(wire.encode(redact_for(envelope, view)))
            self._frames[view, envelope.seq] = frame
        return frame
