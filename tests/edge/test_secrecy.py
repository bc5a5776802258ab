"""Before the deadline nobody learns who has tendered, or whether anybody has.

A dump, a backup, a log and the names of objects are searched for three hundred bidders, and every
door is tried for a lot of none and for one of three hundred.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from bidroom import wire
from bidroom.cli.centre import NAMES, demo_code, demo_name
from bidroom.cli.client import Client
from bidroom.cli.line import open_line
from bidroom.envelope import PersonId
from bidroom.opening.record import Phase
from bidroom.people import staff
from bidroom.postgres import programs
from crypto.statements import Purpose
from tests.edge.centre import HOST, Doors, file_of, manifest

EMPTY, FULL = "LOT-000", "LOT-300"
COUNT = 300
FEW = 5  # of them come through the doors, and the others as they are kept
STEMS = [*(name[:6] for name in NAMES), "分公司", demo_code(0)[:12]]


@asynccontextmanager
async def crowded(doors: Doors) -> AsyncIterator[list[Client]]:
    """Three hundred have handed in for FULL, and none for EMPTY; a few have done all they can."""
    opens_at = await doors.house.hall.now() + timedelta(minutes=50)
    facts = await doors.scheduled(FULL, opens_at)
    await doors.scheduled(EMPTY, opens_at)
    firms = [Client(doors.url, doors.firm(number)) for number in range(FEW)]
    for firm in firms:
        await firm.log_in()
        await firm.upload(FULL, doors.seal(firm, facts, files=[file_of("标书.pdf", b"plan" * 99)]))
        await firm.rehearse(FULL)
    async with doors.person() as viewer, open_line(viewer, FULL) as line:
        await line.until(lambda opening: opening.phase is Phase.LOBBY)
    for firm in firms:
        await firm.sign_in(FULL)
        await firm.act(Purpose.WITHDRAW, FULL, "00" * 32)
        await firm.post("line-ticket", {"opening": FULL})
    half = doors.seal(firms[0], facts, files=[file_of("标书.pdf", b"plan" * 999)])
    await firms[0].post(f"bidder/openings/{FULL}/uploads", manifest(half))
    await keep_many(doors, firms[0])
    yield firms
    for firm in firms:
        await firm.close()


async def keep_many(doors: Doors, firm: Client) -> None:
    uploads = doors.house.box.uploads
    package = await doors.house.box.own_package(FULL, firm.me["id"])
    parts = {
        place: await uploads.part(package.upload, package.papers, *place)
        for place in ((0, 0), (1, 0))
    }
    for number in range(FEW + 1, COUNT + 1):  # firm number FEW stays out of it
        bidder, name = PersonId(demo_code(number)), demo_name(number)
        upload = await uploads.keep(FULL, replace(package.papers, bidder=bidder, name=name))
        for place, data in parts.items():
            taken = await uploads.put(upload, bidder, *place, data)
        assert taken.received is not None


def written(stem: str) -> Iterator[bytes]:
    """The ways in which a name might stand somewhere, each as bytes."""
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        raw = stem.encode(encoding)
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        for shift in range(3):  # inside of a longer text it may begin anywhere
            yield b64encode(bytes(shift) + raw)[4:-4]
    escaped = json.encode(stem.encode("unicode_escape").decode())[1:-1]
    yield escaped.replace(b"\\\\", b"\\")


def found(haystack: bytes) -> list[str]:
    """Whose stems stand in it, in whatever writing."""
    hits = (stem for stem in STEMS for way in written(stem) if len(way) > 5 and way in haystack)
    return sorted(set(hits))


async def dump(dsn: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        str(programs.find() / "pg_dump"), dsn, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said


async def test_dump_objects_and_logs_name_no_bidder_before_the_deadline(
    doors: Doors, dsn: str, caplog: pytest.LogCaptureFixture, open_folder: Path
) -> None:
    with capture_logs() as logged:
        async with crowded(doors):
            before = await dump(dsn)
            names, objects = stored(doors.folder / "tenders")
            assert names.count(b"/000000") == 2 * COUNT, "a letter and a body of each"
            lines = json.encode([repr(logged), caplog.text])
            server = stored(open_folder / "postgres", "*.log")[1]
            assert [found(it) for it in (before, names, objects, lines, server)] == [[]] * 5

            for number in range(len(NAMES) + 1):  # the search finds what is there to be found
                known = PersonId(demo_code(number)), demo_name(number)
                await staff.add(doors.house.pool, *known)
            assert found(await dump(dsn)) == sorted(STEMS)


def stored(folder: Path, pattern: str = "*") -> tuple[bytes, bytes]:
    """The names of what lies in a folder, and its contents."""
    paths = [path for path in folder.rglob(pattern) if path.is_file()]
    return "\n".join(map(str, paths)).encode(), b"\n".join(path.read_bytes() for path in paths)


MASKS = [
    (re.compile(rb"LOT-\d00"), b"LOT"),
    (re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z"), b"TIME"),
    (re.compile(rb'"(issued|expires)":\d+'), b"MS"),
    (re.compile(rb'"(nonce|ticket|log_root|notice_sha256|cause)":"[0-9a-f]+"'), b"RANDOM"),
    (re.compile(rb"[0-9a-f]{32,}"), b"HEX"),
]


def masked(said: bytes) -> bytes:
    for pattern, instead in MASKS:
        said = pattern.sub(instead, said)
    return said


async def everything(doors: Doors, who: Client, lot: str, bidder: str) -> dict[str, bytes]:
    """What `who` is told of a lot at every door, without what differs by itself."""
    own = f"/api/bidder/openings/{lot}"
    console = f"/api/console/openings/{lot}/files/{bidder}"
    gets = [
        f"/api/openings/{lot}", f"/api/openings/{lot}/record.json", console, f"{console}/0",
        f"/api/openings/{lot}/record.pdf", own, f"{own}/package", f"{own}/offer",
        f"{own}/receipts",
    ]  # fmt: skip
    posts: list[tuple[str, object]] = [
        (f"{own}/rehearsed", {"ok": True}),
        (f"{own}/uploads", {"header": "", "keyenv": "", "seal": "", "signature": "",
                            "sections": [{"leaves": ["00" * 32]}]}),
        ("/api/challenge", {"purpose": "open", "opening": lot}),
        ("/api/line-ticket", {"opening": lot}),
    ]  # fmt: skip
    told = {}
    for path in gets:
        answer = await who.http.get(path)
        told[path.replace(lot, "LOT")] = _whole(answer)
    for path, body in posts:
        answer = await who.http.post(path, content=json.encode(body))
        told[path.replace(lot, "LOT")] = _whole(answer)
    rows = []
    for path in ("/api/board", "/api/console/openings", "/api/bidder/openings"):
        said = json.decode((await who.http.get(path)).content)
        rows += [row for row in said.get("openings", []) if row["id"] == lot]
    told["rows"] = masked(json.encode(rows))
    told["line"] = await frames(doors, who, lot)
    return told


def _whole(answer: Any) -> bytes:
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in ("date", "server"))
    return masked(json.encode([answer.status_code, headers])) + masked(answer.content)


async def frames(doors: Doors, who: Client, lot: str) -> bytes:
    ticket = None
    if who.me:
        ticket = (await who.post("line-ticket", {"opening": lot}))["ticket"]
    heard: list[bytes] = []
    async with connect(
        f"{doors.url.replace('http', 'ws')}/line/openings/{lot}",
        origin=Origin(who.origin),
        subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
        proxy=None,
    ) as line:
        await line.send(wire.encode(wire.Hello(ticket, 0)), text=True)
        async with asyncio.timeout(15):
            while b'"Tick"' not in (heard or [b""])[-1]:
                text = await line.recv()
                heard.append(text.encode() if isinstance(text, str) else text)
    return masked(b"\n".join(heard))


async def test_a_lot_of_three_hundred_looks_like_a_lot_of_none(doors: Doors) -> None:
    async with crowded(doors) as firms:
        other = Client(doors.url, doors.centre.firms()[FEW].keys())
        host = Client(doors.url, doors.centre.staff_keys(HOST))
        await other.log_in()
        await host.log_in()
        bidder = firms[0].me["id"]
        for who in (Client(doors.url), host, other):
            none = await everything(doors, who, EMPTY, bidder)
            many = await everything(doors, who, FULL, bidder)
            assert none == many
            assert len(none["line"]) > 100
            await who.close()
        own = [await everything(doors, firms[0], lot, bidder) for lot in (EMPTY, FULL)]
        assert own[0] != own[1], "whoever has tendered sees that it has"
