"""What anybody may ask: the board, one opening's published facts, and its record once it is over.

Nothing here depends on the tenders of a lot before its deadline: none or three hundred, the answer
is the same bytes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bidroom.edge.house import House
from bidroom.edge.json import No, parameter, route
from bidroom.envelope import StreamId
from bidroom.hall import board
from bidroom.hall.board import PREFIX, Listed
from bidroom.opening.commands import Reason
from bidroom.shares import Called

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving since 1991


async def today(request: Request, house: House) -> dict[str, object]:
    at = await house.hall.now()
    day = _day(request.query_params.get("day"), at)
    start = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    listed = await board.between(house.pool, start, start + timedelta(days=1))
    return {"at": at, "day": day, "openings": [it.row for it in listed]}


async def token_program(request: Request, house: House) -> dict[str, str]:
    return {"address": house.settings.token_program}


async def opening(request: Request, house: House) -> dict[str, object]:
    return told(await listed_one(request, house), await house.hall.now())


async def record_json(request: Request, house: House) -> Response:
    record, _ = await _published(request, house)
    return _file(record, "application/json", f"{parameter(request, 'id')}.json")


async def record_pdf(request: Request, house: House) -> Response:
    _, sheet = await _published(request, house)
    return _file(sheet, "application/pdf", f"{parameter(request, 'id')}.pdf")


async def listed_one(request: Request, house: House) -> Listed:
    """The opening that a path names. Raises No(no_such_opening)."""
    found = await board.one(house.pool, StreamId(PREFIX + parameter(request, "id")))
    if found is None:
        raise No(Reason.NO_SUCH_OPENING)
    return found


def told(listed: Listed, at: datetime) -> dict[str, object]:
    return {
        "at": at,
        "id": listed.row.id,
        "facts": listed.facts,
        "opens_at": listed.row.opens_at,
        "phase": listed.row.phase,
        "version": listed.version,
        "seq": listed.seq,
    }


async def _published(request: Request, house: House) -> tuple[bytes, bytes]:
    found = await house.publisher.published(parameter(request, "id"))
    if found is None:
        raise No("not_published")
    return found


def _file(data: bytes, kind: str, name: str) -> Response:
    # The name is a lot's code, which is plain ASCII: it names a row.
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(data, media_type=kind, headers=headers)


def _day(asked: str | None, at: datetime) -> date:
    if asked is None:
        return at.astimezone(CHINA).date()
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise No("malformed", "day") from None
    if not 2000 <= day.year < 3000:
        raise No("malformed", "day")
    return day


async def draw_platform(request: Request, house: House) -> Called:
    """Whom the platform contributes to draws as, with the certificate that parts are sealed to."""
    own = house.draws.holder
    return Called(own.part, own.person, own.name, own.certificate.der)


routes = [
    route("/api/draw-platform", draw_platform),
    route("/api/board", today),
    route("/api/token", token_program),
    route("/api/openings/{id}", opening),
    route("/api/openings/{id}/record.json", record_json),
    route("/api/openings/{id}/record.pdf", record_pdf),
]
