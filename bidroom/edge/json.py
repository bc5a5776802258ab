"""JSON in, JSON out: what every request over HTTP has in common.

A request that changes something must carry `X-BidRoom: 1`, which a foreign page can't send, and
if a browser names an Origin it must be exactly ours. A no is an answer, with its sentences in both
languages; what is said of somebody else's is the same as of what doesn't exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bidroom import words
from bidroom.edge.house import House, house_of
from bidroom.edge.limits import TooMany, within_limits
from bidroom.envelope import Role
from bidroom.hall.hall import NoSuchOpening
from bidroom.opening.commands import Reason, Refusal
from bidroom.people.sessions import Session
from bidroom.ports import Rejected
from bidroom.settings import Settings
from bidroom.tenders.bodies import NoSuchFile, NotHeld
from bidroom.tenders.uploads import Damaged, NoSuchUpload
from crypto.errors import Reason as SealReason
from crypto.errors import SealRefused

SESSION: Final = "bidroom"
BODY_BYTES_MAX: Final = 64 * 1024
WRITES: Final = frozenset({"POST", "PUT", "DELETE", "PATCH"})
NO_STORE: Final = {"Cache-Control": "no-store"}
T = TypeVar("T")

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Work: TypeAlias = Callable[[Request, House], Awaitable[object]]

STATUSES: Final = {
    "not_logged_in": HTTPStatus.UNAUTHORIZED,
    "foreign_origin": HTTPStatus.FORBIDDEN,
    "not_from_a_page": HTTPStatus.FORBIDDEN,
    "not_your_part": HTTPStatus.FORBIDDEN,
    "no_such_opening": HTTPStatus.NOT_FOUND,
    "no_such_upload": HTTPStatus.NOT_FOUND,
    "no_such_file": HTTPStatus.NOT_FOUND,
    "not_decrypted": HTTPStatus.NOT_FOUND,
    "not_published": HTTPStatus.NOT_FOUND,
    "not_in_the_log": HTTPStatus.NOT_FOUND,
    "malformed": HTTPStatus.BAD_REQUEST,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_many": HTTPStatus.TOO_MANY_REQUESTS,
}


class No(Exception):
    """Why a request isn't done, as a code of bidroom/words.py."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Reply(msgspec.Struct, frozen=True):
    """An answer that also sets or clears cookies."""

    said: object
    cookies: tuple[tuple[str, str, int], ...] = ()  # name, value, seconds; 0 clears it


encode = msgspec.json.Encoder(order="sorted").encode


def route(path: str, work: Work, method: str = "GET") -> Route:
    """`work` behind everything that all requests have in common."""

    async def endpoint(request: Request) -> Response:
        house = house_of(request)
        try:
            if request.method in WRITES:
                _require_ours(request, house)
            await within_limits(request)
            said = await work(request, house)
        except Exception as fault:
            code, detail = _no(fault)
            return refused(code, detail)
        return answered(said, house.settings)

    return Route(path, endpoint, methods=[method])


def refused(code: str, detail: str = "") -> Response:
    """The answer that says no."""
    zh, en = words.WORDS.get(code, (code, code))
    status = STATUSES.get(code, HTTPStatus.CONFLICT)
    said = {"error": code, "zh": zh, "en": en, "detail": detail}
    return Response(encode(said), status, NO_STORE, "application/json")


def _no(fault: Exception) -> tuple[str, str]:
    match fault:
        case No():
            return fault.code, fault.detail
        case Refusal() | Rejected() | SealRefused():
            return str(fault.reason), fault.detail
        case NoSuchOpening():
            return Reason.NO_SUCH_OPENING, ""
        case NoSuchUpload():
            return "no_such_upload", ""
        case NoSuchFile():
            return "no_such_file", ""
        case NotHeld():
            return "not_decrypted", ""
        case Damaged():
            return Reason.SEAL_BROKEN, ""
        case TooMany():
            return "too_many", ""
    raise fault


def answered(said: object, settings: Settings) -> Response:
    """What a piece of work said, as JSON; its cookies are shut to scripts and other sites."""
    if isinstance(said, Response):
        return said
    reply = said if isinstance(said, Reply) else Reply(said)
    response = Response(encode(reply.said), 200, NO_STORE, "application/json")
    for name, value, seconds in reply.cookies:
        response.set_cookie(
            cookie_name(settings, name),
            value,
            max_age=seconds,
            path="/",
            secure=settings.secure,
            httponly=True,
            samesite="strict",
        )
    return response


def _require_ours(request: Request, house: House) -> None:
    if request.headers.get("x-bidroom") != "1":
        raise No("not_from_a_page")
    origin = request.headers.get("origin")
    if origin is not None and origin != house.settings.origin:
        raise No("foreign_origin")


async def raw_body(request: Request, bytes_max: int) -> bytes:
    """The body, read no further than its limit. Raises No(too_large)."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > bytes_max:
        raise No(SealReason.TOO_LARGE)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > bytes_max:
            raise No(SealReason.TOO_LARGE)
    return bytes(body)


async def read(request: Request, kind: type[T], bytes_max: int = BODY_BYTES_MAX) -> T:
    """The body as a `kind`, strictly. Raises No(malformed), naming the field."""
    try:
        return msgspec.json.decode(await raw_body(request, bytes_max), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        detail = str(fault) if isinstance(fault, msgspec.ValidationError) else ""
        raise No("malformed", detail[:200]) from None


def cookie_name(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.secure else name


def cookie(request: Request, house: House, name: str) -> str:
    return request.cookies.get(cookie_name(house.settings, name), "")


async def session_of(request: Request, house: House) -> Session:
    """Who asks. Raises No(not_logged_in)."""
    at = await house.hall.now()
    session = await house.sessions.of(cookie(request, house, SESSION), at)
    if session is None:
        raise No("not_logged_in")
    return session


async def session_as(request: Request, house: House, *roles: Role) -> Session:
    session = await session_of(request, house)
    if session.actor.role not in roles:
        raise No(Reason.NOT_YOUR_PART)
    return session


def parameter(request: Request, name: str) -> Any:
    return request.path_params[name]
