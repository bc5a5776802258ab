"""Who gets a line, what they are sent, and why a line is cut."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from bidroom import ids, wire
from bidroom.envelope import PUBLIC, Actor, Envelope
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.audience import redact
from bidroom.wire import Done, Hangup, Refused, UnlockTender
from tests.hall.house import STREAM, House, open_house
from tests.hall.people import FIRMS, HOST, act, key_of

SETTLED_SEQ = 10  # scheduled, lobby, sealed, kept, roster, began, three decrypted, settled


async def to_the_window(house: House) -> None:
    """Wait for the deadline, publish the roster and begin decryption."""
    async with house.person(HOST) as host:
        await host.hear_event(r.TendersSealed)
        await host.ask(c.PublishRoster((await house.opening()).version))
        await host.ask(c.BeginDecryption((await house.opening()).version))


async def test_a_line_brings_what_was_missed_then_the_time_then_what_happens(dsn: str) -> None:
    async with open_house(dsn) as house, house.person() as viewer:
        frame = await viewer.hear()
        tick = await viewer.hear_tick()

        assert isinstance(frame, Envelope)
        assert isinstance(frame.event, r.OpeningScheduled)
        assert tick.seq == viewer.envelopes[-1].seq
        sealed = await viewer.hear_event(r.TendersSealed)
        assert sealed.at >= (await house.opening()).opens_at
        assert [it.seq for it in viewer.envelopes] == list(range(1, sealed.seq + 1))


@pytest.mark.parametrize("reader", [HOST, FIRMS[0], FIRMS[3], PUBLIC], ids=lambda it: it.role)
async def test_everybody_is_sent_the_record_as_they_may_see_it(dsn: str, reader: Actor) -> None:
    async with open_house(dsn) as house:
        actor = None if reader == PUBLIC else reader
        async with house.person(actor) as early:
            await to_the_window(house)
            for firm in FIRMS[:3]:
                async with house.person(firm) as bidder:
                    await bidder.ask(UnlockTender((key_of(firm.id),), act("open")))
            await early.hear_event(r.DecryptionSettled)
            async with house.person(actor, after=3) as late:
                await late.hear_event(r.DecryptionSettled)

        record = [entry.envelope for entry in await house.hall.log.read(STREAM)]
        # A firm that handed in nothing has no part in the opening: it reads what the public does.
        read_as = PUBLIC if reader == FIRMS[3] else reader
        seen = [redact(envelope, read_as) for envelope in record]
        assert early.envelopes == seen[: len(early.envelopes)]
        assert late.envelopes == seen[3 : 3 + len(late.envelopes)]
        assert early.envelopes[-1].seq == late.envelopes[-1].seq == SETTLED_SEQ


async def test_what_an_ask_led_to_comes_before_its_answer_and_once(dsn: str) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)
        async with house.person(FIRMS[0]) as bidder:
            ask = ids.new_id()
            unlock = UnlockTender((key_of(FIRMS[0].id),), act("open"))

            first = await bidder.ask(unlock, ask)
            heard = list(bidder.envelopes)
            again = await bidder.ask(unlock, ask)

        assert first == again
        assert isinstance(first, Done)
        assert heard[-1].seq == first.seq
        assert isinstance(heard[-1].event, r.TenderDecrypted)
        assert bidder.envelopes == heard
        async with house.person(FIRMS[0], after=first.seq) as elsewhere:
            assert await elsewhere.ask(unlock, ask) == first


async def test_a_wrong_key_stands_on_the_record_and_its_refusal_is_repeated(dsn: str) -> None:
    async with open_house(dsn) as house:
        await to_the_window(house)
        async with house.person(FIRMS[1]) as bidder:
            ask = ids.new_id()
            wrong = UnlockTender(("00" * 32,), act("open"))

            first, again = await bidder.ask(wrong, ask), await bidder.ask(wrong, ask)
            right = await bidder.ask(UnlockTender((key_of(FIRMS[1].id),), act("open")))

        assert first == again == Refused(ask, "wrong_key")
        assert isinstance(right, Done)
        refused = [it for it in bidder.envelopes if isinstance(it.event, r.KeyRefused)]
        assert len(refused) == 1


async def test_a_viewer_may_ask_for_nothing(dsn: str) -> None:
    async with open_house(dsn) as house, house.person() as viewer:
        reply = await viewer.ask(c.Terminate(1, "不办了"))

        assert isinstance(reply, Refused)
        assert reply.reason == c.Reason.NOT_YOUR_PART


async def test_an_ask_with_a_wrong_field_is_refused_by_its_place(dsn: str) -> None:
    async with open_house(dsn) as house, house.person(HOST) as host:
        ask = ids.new_id()
        command = {"type": "Terminate", "version": 1, "reason": ""}
        await host.socket.send(json.dumps({"id": ask, "command": command}))
        while not isinstance(reply := await host.hear(), Refused):
            pass

        assert reply == Refused(ask, "malformed", "command.reason")


@pytest.mark.parametrize(
    "said",
    [
        "not json",
        "[]",
        '{"type":"Hello","ticket":null}',
        '{"type":"Hello","ticket":null,"after":-1}',
        '{"type":"Hello","ticket":null,"after":99}',
        "[" * 30_000,
        b'{"type":"Hello","ticket":null,"after":0}',
    ],
    ids=["text", "list", "no number", "below nothing", "not there yet", "deep", "binary"],
)
async def test_a_bad_hello_ends_the_line(dsn: str, said: str | bytes) -> None:
    async with open_house(dsn) as house, house.person(hello=False) as viewer:
        await viewer.socket.send(said)

        assert await viewer.closed() == Hangup.MALFORMED


@pytest.mark.parametrize("said", ["{", "null", '{"id":"short"}', b"{}"])
async def test_a_frame_that_is_no_ask_ends_the_line(dsn: str, said: str | bytes) -> None:
    async with open_house(dsn) as house, house.person() as viewer:
        await viewer.hear_tick()
        await viewer.socket.send(said)

        assert await viewer.closed() == Hangup.MALFORMED


@pytest.mark.parametrize("size", [wire.FRAME_BYTES_MAX + 1, 256 * 1024])
async def test_a_frame_that_is_too_large_ends_the_line_and_says_so(dsn: str, size: int) -> None:
    async with open_house(dsn) as house, house.person() as viewer:
        await viewer.hear_tick()
        with suppress(ConnectionClosed):  # cut short while it is still sending
            await viewer.socket.send("x" * size)

        assert await viewer.closed() == Hangup.TOO_LARGE


async def test_a_flood_ends_the_line_and_not_the_hall(dsn: str) -> None:
    async with open_house(dsn) as house, house.person(HOST) as flooder:
        await flooder.hear_tick()
        for _ in range(200):
            await flooder.say(c.Close(1))

        assert await flooder.closed() == Hangup.TOO_MANY
        async with house.person(HOST) as host:
            assert isinstance(await host.ask(c.Close(1)), Refused)


async def test_a_burst_of_asks_is_answered_in_its_order(dsn: str) -> None:
    async with open_house(dsn) as house, house.person(HOST) as host:
        asked = [await host.say(c.Close(1)) for _ in range(25)]
        answered: list[str] = []
        while len(answered) < len(asked):
            frame = await host.hear()
            if isinstance(frame, Refused):
                answered.append(frame.re)

        assert answered == asked


@pytest.mark.parametrize("origin", [None, "https://evil.example", "https://hall.example:444"])
async def test_a_page_of_another_site_gets_no_line(dsn: str, origin: str | None) -> None:
    async with open_house(dsn) as house, house.person(origin=origin) as stranger:
        assert await stranger.closed() == Hangup.NOT_ADMITTED
        assert stranger.frames == []


async def test_a_line_speaks_our_protocol_or_none(dsn: str) -> None:
    async with open_house(dsn) as house:
        address = f"{house.address}/line/openings/LOT-001"
        async with connect(address, origin=Origin(house.settings.origin)) as socket:
            await asyncio.wait_for(socket.wait_closed(), 5)

            assert socket.close_code == Hangup.MALFORMED


async def test_a_ticket_is_good_for_one_line(dsn: str) -> None:
    async with open_house(dsn) as house:
        ticket = house.counter.give(FIRMS[0])
        async with house.person(ticket=ticket) as bidder:
            await bidder.hear_tick()
            async with house.person(ticket=ticket) as thief:
                assert await thief.closed() == Hangup.TICKET_SPENT
                assert thief.frames == []


async def test_there_is_no_line_to_an_opening_that_is_not(dsn: str) -> None:
    async with open_house(dsn) as house, house.person(opening="LOT-404") as viewer:
        assert await viewer.closed() == Hangup.NO_SUCH_OPENING


async def test_a_hall_that_stops_says_come_back(dsn: str) -> None:
    async with open_house(dsn) as house:
        stay = house.person()
        viewer = await stay.__aenter__()
        await viewer.hear_tick()

    assert await viewer.closed() == Hangup.RESTARTING
    await stay.__aexit__(None, None, None)
