"""Lines that take no bytes: they keep their place, cost one buffer, and hold nobody up."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from bidroom import clock
from bidroom.edge.cable import BUFFER_BYTES
from bidroom.envelope import HALL, PUBLIC, Actor
from bidroom.hall.log import Entry, Record
from bidroom.hall.rooms import STUCK_S_MAX, VIEWER_STUCK_S_MAX, Room, Seat, framed
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.wire import Hangup
from tests.hall.house import STREAM, House, open_house
from tests.hall.people import FIRMS, HOST, schedule

LONG = "异议" * 1000  # 6 KB, the longest remark there may be


def entries_of(count: int) -> list[Entry]:
    """A record with that many long events, which everybody may see."""
    order = schedule(clock.now())
    first = r.OpeningScheduled(
        order.title, order.project, order.notice, "00" * 32, order.opens_at, order.policy,
        order.hosts, order.recorder,
    )  # fmt: skip
    postponed = r.OpeningPostponed(order.opens_at, LONG)
    return Record().sealed(STREAM, clock.now(), HALL, "long story", [first, *[postponed] * count])


class Tap:
    """A line whose flow is turned on and off by hand."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.code: Hangup | None = None
        self.listener: Seat | None = None
        self.room_for: int | None = None  # writes, until it is full

    def take(self, listener: Seat) -> None:
        self.listener = listener

    def write(self, frames: bytes) -> None:
        self.written.append(frames)
        if self.room_for is not None:
            self.room_for -= 1
            if self.room_for == 0:
                assert self.listener is not None
                self.listener.fill(100.0)

    def hang_up(self, code: Hangup) -> None:
        self.code = code

    @property
    def text(self) -> bytes:
        return b"".join(self.written)


def whole(entries: Sequence[Entry], reader: Actor) -> bytes:
    """What a line is sent that takes everything."""
    room, tap = Room(STREAM), Tap()
    room.extend(entries)
    room.walk(Seat(room, reader, 0, tap))
    return tap.text


@pytest.mark.parametrize("reader", [PUBLIC, FIRMS[0], HOST], ids=lambda it: it.role)
def test_a_full_line_goes_on_where_it_stopped(reader: Actor) -> None:
    entries = entries_of(60)
    room, tap = Room(STREAM), Tap()
    room.extend(entries[:40])
    tap.room_for = 1
    seat = Seat(room, reader, 0, tap)
    room.sit(seat, clock.now())

    assert 0 < seat.seq < 40  # one piece, and not the whole record
    assert len(tap.text) < 2 * BUFFER_BYTES
    room.extend(entries[40:])
    room.tell_time(clock.now())
    seat.reply(framed(b"done"))
    assert len(tap.written) == 1  # it is full: nothing more was written

    tap.room_for = None
    seat.drain()
    assert seat.seq == room.record.seq
    assert tap.text.startswith(whole(entries, reader))
    assert tap.text.endswith(framed(b"done"))  # after all that came before it


def test_who_takes_nothing_for_too_long_is_told_to_come_back() -> None:
    room = Room(STREAM)
    room.extend(entries_of(40))
    taps = {reader.role: Tap() for reader in (PUBLIC, FIRMS[0])}
    for reader in (PUBLIC, FIRMS[0]):
        tap = taps[reader.role]
        tap.room_for = 1
        room.sit(Seat(room, reader, 0, tap), clock.now())

    room.drop_stuck(100.0 + VIEWER_STUCK_S_MAX)
    assert taps[PUBLIC.role].code is None
    room.drop_stuck(101.0 + VIEWER_STUCK_S_MAX)
    assert taps[PUBLIC.role].code is Hangup.LAGGING
    assert taps[FIRMS[0].role].code is None  # a bidder is waited for a while longer
    room.drop_stuck(101.0 + STUCK_S_MAX)
    assert taps[FIRMS[0].role].code is Hangup.LAGGING
    assert room.is_empty


def narrow() -> socket.socket:
    """A socket into which little fits while nobody reads it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


async def fill_the_record(house: House, count: int) -> None:
    """Postpone again and again, each time at great length."""
    at = (await house.at()).replace(year=2040)
    for day in range(count):
        version = (await house.opening()).version
        later = at.replace(year=2040 + day)
        await house.told(c.Postpone(version, later, LONG), HOST)


async def test_a_viewer_who_does_not_read_holds_nobody_up_and_misses_nothing(dsn: str) -> None:
    async with open_house(dsn, scheduled=False, alarm=False) as house:
        await house.told(schedule((await house.at()).replace(year=2039)), HOST)
        below = narrow()
        host_name, port = house.address.removeprefix("ws://").split(":")
        below.connect((host_name, int(port)))
        below.setblocking(False)
        async with house.person(below=below) as stuck, house.person() as quick:
            transport = stuck.socket.transport
            await stuck.hear_tick()
            transport.pause_reading()
            await fill_the_record(house, 150)
            await quick.hear_seq(151)

            room = await house.hall.room(STREAM)
            behind = [seat for seat in room.viewers if seat.full_since is not None]
            assert len(behind) == 1
            assert behind[0].seq < room.record.seq
            transport.resume_reading()
            await stuck.hear_seq(151)

        assert stuck.envelopes == quick.envelopes
