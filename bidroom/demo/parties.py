"""The people of the demo, played by robots through the hall's own doors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from bidroom.cli.centre import Centre, Firm
from bidroom.cli.client import Client
from bidroom.cli.line import Line, open_line
from bidroom.opening.offer import LETTER
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening
from crypto.letter import FileIn

MIB: Final = 1 << 20
OVER: Final = {Phase.CLOSED, Phase.NOT_OPENED, Phase.TERMINATED}
PATIENCE_S: Final = 3600.0


class Bid(NamedTuple):
    """What a robot bidder does: its price, its file's size, and how it behaves."""

    firm: Firm
    price_fen: int
    body_bytes: int
    decrypts: bool = True
    objects: str | None = None


def letter(price_fen: int, manager: str) -> dict[str, Any]:
    lines = {"price": price_fen, "duration": 180, "quality": "合格", "manager": manager}
    return {"typ": LETTER, "fields": lines}


def made_file(name: str, size: int) -> FileIn:
    """A file that needs no disk: the same for the same name and size."""
    pattern = (name.encode() + bytes(range(256))) * 64

    def read(offset: int, length: int) -> bytes:
        start, end = offset % len(pattern), min(length, size - offset)
        turns = (start + end) // len(pattern) + 1
        return (pattern * turns)[start : start + end]

    return FileIn(name, size, read)


async def hand_in(url: str, opening: str, bid: Bid, folder: Path, at: datetime) -> Client:
    """A bidder logs in, seals, uploads, and tries whether its key would open it."""
    client = Client(url, bid.firm.keys())
    await client.log_in()
    lot = await client.get(f"bidder/openings/{opening}")
    files = [made_file("技术标.pdf", bid.body_bytes)]
    sealed = await asyncio.to_thread(
        client.seal, lot["facts"], letter(bid.price_fen, "王志远"), files, folder, at
    )
    await client.upload(opening, sealed)
    await client.rehearse(opening)
    await client.drill(opening)
    return client


async def attend(client: Client, opening: str, bid: Bid) -> None:
    """A bidder in the room: decrypts, objects, confirms."""
    async with open_line(client, opening) as line:
        await line.until(lambda now: now.phase is Phase.LOBBY or _begun(now), PATIENCE_S)
        if line.state is not None and line.state.phase is Phase.LOBBY:
            await client.sign_in(opening)
        now = await line.until(lambda now: now.phase in {Phase.DECRYPTION, *OVER}, PATIENCE_S)
        if now.phase in OVER:
            return
        if bid.decrypts:
            await said(line, await client.unlocking(opening))
        now = await line.until(lambda now: now.phase in {Phase.CONFIRMATION, *OVER}, PATIENCE_S)
        if now.phase in OVER:
            return
        if bid.objects:
            await said(line, await client.objection(opening, bid.objects))
        assert now.confirmed_sha256 is not None, "confirmation has begun"
        await said(line, await client.confirmation(opening, now.confirmed_sha256))
        await line.until(lambda now: now.phase in OVER, PATIENCE_S)


class Desk(NamedTuple):
    """The agent's people: who hosts and who keeps the record."""

    host: Client
    recorder: Client


async def desk(url: str, centre: Centre) -> Desk:
    host = Client(url, centre.staff_keys("agent-host"))
    recorder = Client(url, centre.staff_keys("agent-recorder"))
    await host.log_in()
    await recorder.log_in()
    return Desk(host, recorder)


async def conduct(people: Desk, opening: str, answer: str, pause_s: float) -> Opening:
    """The host takes each step as soon as it can, `pause_s` after it could; both sign."""
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(open_line(people.host, opening))
        desk_line = await stack.enter_async_context(open_line(people.recorder, opening))
        answering = asyncio.create_task(_answer_all(line, answer))
        try:
            for phase, command in STEPS.items():
                now = await line.until(lambda now, p=phase: _at(now, p), PATIENCE_S)  # type: ignore[misc]
                if now.phase is phase:
                    await asyncio.sleep(pause_s)
                    await line.ask({"type": command, "version": _version(line)})
                elif now.phase in OVER:
                    return now
            await _sign(people, opening, line, desk_line, pause_s)
            return await line.until(lambda now: now.phase in OVER, PATIENCE_S)
        finally:
            answering.cancel()


# The host's steps, by the phase they are taken in.
STEPS: Final = {
    Phase.SEALED: "PublishRoster",
    Phase.ROSTER: "BeginDecryption",
    Phase.SETTLED: "BeginReadOut",
    Phase.READ_OUT: "BeginConfirmation",
}


async def _sign(people: Desk, opening: str, line: Line, desk_line: Line, pause_s: float) -> None:
    now = await line.until(lambda now: now.phase in {Phase.SIGNING, *OVER}, PATIENCE_S)
    if now.phase in OVER:
        return
    await asyncio.sleep(pause_s)
    assert now.minutes_sha256 is not None, "signing has begun"
    await said(line, await people.host.signature(opening, now.minutes_sha256))
    await said(desk_line, await people.recorder.signature(opening, now.minutes_sha256))
    await said(line, {"type": "Close", "version": _version(line)})


async def _answer_all(line: Line, answer: str) -> None:
    while True:
        now = await line.until(lambda now: bool(now.unanswered), PATIENCE_S)
        await said(line, {"type": "AnswerObjection", "number": now.unanswered[0], "text": answer})


async def said(line: Line, command: Mapping[str, Any]) -> dict[str, Any]:
    """Ask, and insist on Done: the demo's people know what they may."""
    reply = await line.ask(command)
    if reply["type"] != "Done":
        raise AssertionError(f"{command['type']}: {reply['reason']}")
    return reply


def _version(line: Line) -> int:
    assert line.state is not None, "the line has heard the record"
    return line.state.version


def _begun(now: Opening) -> bool:
    return now.phase is not Phase.SCHEDULED


ORDER: Final = list(Phase)


def _at(now: Opening, phase: Phase) -> bool:
    """Whether `phase` has come, or has been passed."""
    return ORDER.index(now.phase) >= ORDER.index(phase)
