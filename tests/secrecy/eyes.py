"""All that can be asked of a hall about a lot before its deadline, and everybody who may ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import httpx2
from msgspec import json
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from bidroom import wire
from bidroom.cli.client import Client

NOBODY: Final = "91110000802100433B"  # a credit code that checks, and bids for nothing


class Question(NamedTuple):
    """A request about a lot. `path` is the route's own, so that none is forgotten."""

    method: str
    path: str
    body: Any = None
    query: str = ""


def questions(lot: str) -> list[Question]:
    """One question at least for every route there is."""
    act = {"statement": "{}", "signature": "AA==", "certificate": "AA=="}
    manifest = {"header": "", "keyenv": "", "seal": "", "signature": "", "sections": []}
    return [
        Question("GET", "/api/board"),
        Question("GET", "/api/board", query="?day=2030-01-01"),
        Question("GET", "/api/token"),
        Question("GET", "/api/openings/{id}"),
        Question("GET", "/api/openings/{id}/record.json"),
        Question("GET", "/api/openings/{id}/log"),
        Question("GET", "/api/openings/{id}/log/checkpoint"),
        Question("GET", "/api/openings/{id}/log/consistency/{old:int}/{new:int}"),
        Question("GET", "/api/openings/{id}/log/tile/{level:int}/{path:path}"),
        Question("GET", "/api/openings/{id}/log/proof/{seq:int}"),
        Question("GET", "/api/openings/{id}/log/in-hall"),
        Question("POST", "/api/openings/{id}/log/cosignatures", {}),
        Question("GET", "/api/log"),
        Question("GET", "/api/log/checkpoint"),
        Question("GET", "/api/log/consistency/{old:int}/{new:int}"),
        Question("GET", "/api/log/tile/{level:int}/{path:path}"),
        Question("POST", "/api/log/cosignatures", {}),
        Question("GET", "/api/openings/{id}/record.pdf"),
        Question("POST", "/api/login/challenge", {}),
        Question("POST", "/api/login", {"act": act, "chain": []}),
        Question("GET", "/api/me"),
        *(
            Question("POST", "/api/challenge", {"purpose": purpose, "opening": lot})
            for purpose in ("open", "object", "confirm", "sign", "withdraw")
        ),
        Question("POST", "/api/line-ticket", {"opening": lot}),
        Question("GET", "/api/bidder/certificates"),
        Question("POST", "/api/bidder/openings/{id}/old-key", {"certificate": "00" * 32}),
        Question("GET", "/api/bidder/openings"),
        Question("GET", "/api/bidder/openings/{id}"),
        Question("POST", "/api/bidder/openings/{id}/rehearsed", {"ok": True}),
        Question("POST", "/api/bidder/openings/{id}/drill", {}),
        Question("POST", "/api/bidder/openings/{id}/drilled", {"drill": "", "word": None}),
        Question("POST", "/api/bidder/openings/{id}/uploads", manifest),
        Question("GET", "/api/bidder/openings/{id}/receipts"),
        Question("POST", "/api/bidder/openings/{id}/withdraw", {"act": act}),
        Question("GET", "/api/bidder/openings/{id}/package"),
        Question("GET", "/api/bidder/openings/{id}/offer"),
        Question("POST", "/api/bidder/openings/{id}/sign-in", {}),
        Question("GET", "/api/bidder/uploads/{upload}"),
        Question("PUT", "/api/bidder/uploads/{upload}/{section:int}/{part:int}", {}),
        Question("GET", "/api/console/openings"),
        Question("POST", "/api/console/openings", {"id": "again-000001", "schedule": {}}),
        Question("GET", "/api/console/staff"),
        Question("GET", "/api/draw-platform"),
        Question("POST", "/api/console/draw-share", {}),
        Question("GET", "/api/console/openings/{id}/files/{bidder}"),
        Question("GET", "/api/console/openings/{id}/files/{bidder}/{number:int}"),
        Question("POST", "/api/logout", {}),
    ]


class Seen(NamedTuple):
    """An answer with nothing in it that may differ: no instants, no lot's code, no random words."""

    question: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


async def look(client: Client, lot: str, uploads: Sequence[str]) -> list[Seen]:
    """All answers that one person gets about `lot`. Logs out with the last question."""
    upload = uploads[0] if uploads else "0" * 32
    filled = {
        "{id}": lot,
        "{upload}": upload,
        "{section:int}": "0",
        "{part:int}": "0",
        "{bidder}": NOBODY,
        "{number:int}": "0",
        "{old:int}": "1",
        "{new:int}": "1",
        "{level:int}": "0",
        "{path:path}": "000.p/1",
        "{seq:int}": "1",
    }
    seen = []
    for question in questions(lot):
        path = question.path
        for name, value in filled.items():
            path = path.replace(name, value)
        content = None if question.body is None else json.encode(question.body)
        answer = await client.http.request(question.method, path + question.query, content=content)
        seen.append(_seen(question, answer, lot))
    return seen


async def hear(client: Client, lot: str) -> list[str]:
    """The frames of a line to `lot`, up to the hall's first tick."""
    ticket = None
    if client.me:
        ticket = (await client.post("line-ticket", {"opening": lot}))["ticket"]
    url = client.url.replace("http", "ws", 1) + f"/line/openings/{lot}"
    frames: list[str] = []
    async with connect(
        url,
        origin=Origin(client.origin),
        subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
        proxy=None,
    ) as socket:
        await socket.send(wire.encode(wire.Hello(ticket, 0)), text=True)
        while not frames or '"Tick"' not in frames[-1]:
            frames.append(masked(str(await socket.recv()), lot))
    return frames


def _seen(question: Question, answer: httpx2.Response, lot: str) -> Seen:
    a_list = question.path.endswith("/openings") or question.path == "/api/board"
    # A list's length is that of all its rows, and the asker's own sign-in is one of them.
    passed_over = {"date", "content-length"} if a_list else {"date"}
    headers = tuple(
        sorted(
            (name, masked(value, lot))
            for name, value in answer.headers.items()
            if name not in passed_over
        )
    )
    asked = f"{question.method} {question.path}{question.query}"
    if a_list:
        return Seen(asked, answer.status_code, headers, _row_of(answer.text, lot))
    if answer.headers.get("content-type") == "application/octet-stream":
        return Seen(asked, answer.status_code, headers, f"{len(answer.content)} bytes of hashes")
    if question.path.endswith("/in-hall"):
        # Where a head stands among those of all openings is a matter of when it was told.
        headers = tuple(it for it in headers if it[0] != "content-length")
        return Seen(asked, answer.status_code, headers, str(sorted(json.decode(answer.content))))
    return Seen(asked, answer.status_code, headers, masked(answer.text, lot))


def _row_of(text: str, lot: str) -> str:
    """Of a list of lots, what it says of this one: lists show all, and are compared by row."""
    said = json.decode(text.encode())
    rows = said.get("openings", []) if isinstance(said, dict) else []
    own = [row for row in rows if row.get("lot") == lot]
    return masked(json.encode(own).decode(), lot) if own else masked(text, lot)


INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MILLIS: Final = re.compile(r"\b1[6-9]\d{11}\b")
WORD: Final = re.compile(r"\b[0-9a-f]{32,64}\b")
# A log's root, key and signatures, as its signed heads have them.
NOTED: Final = re.compile(
    r"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43,120}={0,2}"
)
COOKIE: Final = re.compile(r"=[A-Za-z0-9_=+/-]{16,}(?=;|$)")


def masked(text: str, lot: str) -> str:
    text = text.replace(lot, "LOT")
    for pattern in (INSTANT, MILLIS, WORD, NOTED, COOKIE):
        text = pattern.sub("…", text)
    return text
