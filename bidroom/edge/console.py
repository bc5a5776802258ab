"""/api/console: what the agent's people, supervisors and notaries do alone.

Before the deadline it tells of no tender.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import StreamingResponse

from bidroom.edge.house import House
from bidroom.edge.json import No, parameter, read, route, session_as
from bidroom.envelope import STAFF, AskId, PersonId, Role, StreamId
from bidroom.hall import board
from bidroom.hall.board import PREFIX
from bidroom.opening.audience import takes_part
from bidroom.opening.commands import Reason, Schedule
from bidroom.opening.plan import Contributor
from bidroom.opening.record import ReadOut, Unreadable
from bidroom.people import staff
from bidroom.shares import Call
from bidroom.wire import Refused
from crypto.letter import FileEntry

LISTED_FOR: Final = timedelta(days=60)


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """A lot's opening, scheduled under an id of the asker's: asked twice, done once."""

    id: AskId
    schedule: Schedule


async def openings(request: Request, house: House) -> dict[str, object]:
    await session_as(request, house, *STAFF)
    at = await house.hall.now()
    rows = [
        {
            **{name: getattr(it.row, name) for name in it.row.__struct_fields__},
            "hosts": it.facts.hosts,
            "recorder": it.facts.recorder,
            "supervisors": it.facts.supervisors,
            "notary": it.facts.notary,
        }
        for it in await board.latest(house.pool, at - LISTED_FOR)
    ]
    return {"at": at, "openings": rows}


async def list_staff(request: Request, house: House) -> dict[str, object]:
    await session_as(request, house, Role.AGENT)
    return {"staff": await staff.everybody(house.pool)}


async def schedule(request: Request, house: House) -> dict[str, str]:
    session = await session_as(request, house, Role.AGENT)
    order = await read(request, Order)
    lot = order.schedule.notice.lot
    reply = await house.hall.answer(StreamId(PREFIX + lot), order.id, order.schedule, session.actor)
    if isinstance(reply, Refused):
        raise No(reply.reason, reply.detail)
    return {"opening": lot}


async def draw_share(request: Request, house: House) -> Contributor:
    """The platform's contribution to a draw that is being prepared: a new one each time."""
    await session_as(request, house, Role.AGENT)
    call = await read(request, Call)
    holders = [it.holder for it in call.holders]
    if house.draws.holder not in holders or call.together >= len(holders):
        raise No(Reason.DRAW_CONTRIBUTORS)
    return house.draws.contribute(call.lot, holders, call.together)


async def files(request: Request, house: House) -> dict[str, object]:
    lot, bidder = await _read_out(request, house)
    return {"files": await house.bodies.files(lot, bidder)}


async def file(request: Request, house: House) -> StreamingResponse:
    lot, bidder = await _read_out(request, house)
    number = parameter(request, "number")
    found = await house.bodies.files(lot, bidder)
    if number >= len(found):
        raise No("no_such_file")
    entry: FileEntry = found[number]
    pieces: AsyncIterator[bytes] = house.bodies.file(lot, bidder, number)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(entry.name, safe='')}",
        "Content-Length": str(entry.size),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)


async def _read_out(request: Request, house: House) -> tuple[str, PersonId]:
    """The tender that a path names, for who hosts or supervises its opening, once it was read out.

    Raises No(not_decrypted) before, No(not_your_part) for other staff.
    """
    session = await session_as(request, house, Role.AGENT, Role.SUPERVISOR)
    room = await house.hall.room(StreamId(PREFIX + parameter(request, "id")))
    if not takes_part(room.opening, session.actor):
        raise No(Reason.NOT_YOUR_PART)
    bidder = PersonId(parameter(request, "bidder"))
    tender = room.opening.tenders.get(bidder)
    if tender is None or not isinstance(tender.outcome, ReadOut | Unreadable):
        raise No("not_decrypted")
    return room.opening.facts.notice.lot, bidder


_FILES: Final = "/api/console/openings/{id}/files/{bidder}"

routes = [
    route("/api/console/openings", openings),
    route("/api/console/openings", schedule, "POST"),
    route("/api/console/staff", list_staff),
    route("/api/console/draw-share", draw_share, "POST"),
    route(_FILES, files),
    route(f"{_FILES}/{{number:int}}", file),
]
