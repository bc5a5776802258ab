"""The public log: heads, proofs and tiles of an opening's log, and of the log over all of them.

What is told here is the same for everybody, but for an entry's salt, which goes to those who may
read the entry in full. Before the deadline the record holds nothing of any tender, so neither does
its log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bidroom.edge.house import House
from bidroom.edge.json import No, parameter, raw_body, route, session_of
from bidroom.envelope import PUBLIC, Actor, StreamId
from bidroom.hall.board import PREFIX
from bidroom.opening.audience import sees_whole
from bidroom.publiclog.heads import HALL, NoSuchHead
from bidroom.publiclog.tiles import WIDTH, NoSuchTile, Tile
from crypto import notes
from crypto.merkle import Tree

FOR_EVER: Final = "public, max-age=31536000, immutable"
NOTE: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Told:
    """A log as far as its head was told."""

    name: str
    note: notes.Note
    tree: Tree

    @property
    def size(self) -> int:
        return self.note.checkpoint.size


async def checkpoint(request: Request, house: House) -> Response:
    note = await _head(house, _name(request))
    return Response(str(note), media_type=NOTE, headers={"Cache-Control": "no-cache"})


async def about(request: Request, house: House) -> dict[str, object]:
    """The newest head, and the keys by which it is checked."""
    name = _name(request)
    note = await _head(house, name)
    witnesses = [str(key) for key in house.heads.witnesses]
    return {"key": str(house.heads.key(name)), "checkpoint": str(note), "witnesses": witnesses}


async def proof(request: Request, house: House) -> dict[str, object]:
    """That entry `seq` stands in the log of the newest head; with its salt, for who may read it."""
    told = await _told(house, _name(request))
    index = int(parameter(request, "seq")) - 1
    if not 0 <= index < told.size:
        raise No("not_in_the_log")
    room = await house.hall.room(StreamId(told.name))
    entry = room.record.entries[index]
    reader = await _reader(request, house)
    whole = sees_whole(room.opening, entry.envelope, reader)
    return {
        "seq": index + 1,
        "leaf": entry.leaf.hex(),
        "salt": entry.salt.hex() if whole else None,
        "inclusion": [node.hex() for node in told.tree.inclusion(index, told.size)],
        "checkpoint": str(told.note),
    }


async def consistency(request: Request, house: House) -> dict[str, object]:
    """That the log of size `new` begins with the log of size `old`."""
    told = await _told(house, _name(request))
    old, new = int(parameter(request, "old")), int(parameter(request, "new"))
    if not 0 <= old <= new <= told.size:
        raise No("not_in_the_log")
    return {"consistency": [node.hex() for node in told.tree.consistency(old, new)]}


async def tile(request: Request, house: House) -> Response:
    told = await _told(house, _name(request))
    try:
        wanted = Tile.parse(int(parameter(request, "level")), parameter(request, "path"))
        data = wanted.of(told.tree)
    except NoSuchTile:
        raise No("not_in_the_log") from None
    kept = {"Cache-Control": FOR_EVER if wanted.width == WIDTH else "no-cache"}
    return Response(data, media_type="application/octet-stream", headers=kept)


async def in_hall(request: Request, house: House) -> dict[str, object]:
    """That an opening's newest head stands in the hall-wide log."""
    name = _name(request)
    note = await _head(house, name)
    hall = await _told(house, HALL)
    index = await house.heads.place_of(name, note.checkpoint.size)
    if index is None or index >= hall.size:
        raise No("not_in_the_log")
    inclusion = hall.tree.inclusion(index, hall.size)
    return {
        "index": index,
        "opening": str(note),
        "inclusion": [node.hex() for node in inclusion],
        "checkpoint": str(hall.note),
    }


async def cosign(request: Request, house: House) -> dict[str, object]:
    """A witness hands in its cosignature under a head, as a note of that head."""
    note = notes.parse((await raw_body(request, notes.NOTE_MAX)).decode("utf-8", "replace"))
    try:
        return {"kept": await house.heads.cosigned(_name(request), note)}
    except NoSuchHead:
        raise No("not_in_the_log") from None


def _name(request: Request) -> str:
    lot = request.path_params.get("id")
    return HALL if lot is None else PREFIX + lot


async def _head(house: House, name: str) -> notes.Note:
    try:
        return await house.heads.head(name)
    except NoSuchHead:
        raise No("not_in_the_log") from None


async def _told(house: House, name: str) -> Told:
    note = await _head(house, name)
    if name == HALL:
        return Told(name, note, await house.heads.hall_tree())
    room = await house.hall.room(StreamId(name))
    size = note.checkpoint.size
    return Told(name, note, Tree(entry.leaf for entry in room.record.entries[:size]))


async def _reader(request: Request, house: House) -> Actor:
    try:
        return (await session_of(request, house)).actor
    except No:
        return PUBLIC


def _routes(start: str) -> list[Route]:
    return [
        route(f"{start}/log", about),
        route(f"{start}/log/checkpoint", checkpoint),
        route(f"{start}/log/consistency/{{old:int}}/{{new:int}}", consistency),
        route(f"{start}/log/tile/{{level:int}}/{{path:path}}", tile),
        route(f"{start}/log/cosignatures", cosign, "POST"),
    ]


_OPENING: Final = "/api/openings/{id}"
routes = [
    *_routes("/api"),
    *_routes(_OPENING),
    route(f"{_OPENING}/log/proof/{{seq:int}}", proof),
    route(f"{_OPENING}/log/in-hall", in_hall),
]
