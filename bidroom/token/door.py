"""The program's door: HTTP on 127.0.0.1, for pages of the named origins and nobody else.

Before anything else a request must name one of them (`Origin`, byte for byte) and this very address
(`Host`: else a foreign name that was made to lead here would do). A page elsewhere learns nothing,
not even that the program runs as it should.
"""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from bidroom import words
from bidroom.token import protocol as p
from bidroom.token.desk import Desk
from crypto.errors import Reason, SealRefused

PATH: Final = "/v1/"
PREFLIGHT_S: Final = 600
STATUSES: Final = {
    Reason.TOKEN_FOREIGN: HTTPStatus.FORBIDDEN,
    Reason.TOKEN_BUSY: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "malformed": HTTPStatus.BAD_REQUEST,
    "not_found": HTTPStatus.NOT_FOUND,
    "wrong_method": HTTPStatus.METHOD_NOT_ALLOWED,
    "fault": HTTPStatus.INTERNAL_SERVER_ERROR,
}

Headers = dict[str, str]


class Malformed(Exception):
    """The code of bidroom/words.py that says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def door(desk: Desk, host: str, origins: Collection[str]) -> ASGIApp:
    """`host` is as browsers write it, "127.0.0.1:27131"."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        given = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        origin = given.get("origin", "")
        if origin not in origins or given.get("host") != host:
            await _say(send, *_refused(Reason.TOKEN_FOREIGN), {})
            return
        headers = {"access-control-allow-origin": origin, "vary": "Origin"}
        if scope["method"] == "OPTIONS":
            await _say(send, HTTPStatus.NO_CONTENT, b"", headers | _preflight(given))
            return
        try:
            request = await _request(scope, given, receive)
            answer = msgspec.json.encode(await desk.answer(request, origin))
            status = HTTPStatus.OK
        except Malformed as fault:
            status, answer = _refused(fault.code)
        except SealRefused as no:
            status, answer = _refused(no.reason, no.detail)
        except Exception as fault:
            desk.tell(fault)
            status, answer = _refused("fault")
        await _say(send, status, answer, headers)

    return app


def _preflight(given: Headers) -> Headers:
    headers = {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": str(PREFLIGHT_S),
    }
    # Chromium up to 141, and the many browsers made of it, ask for this; newer ones ask the person.
    if given.get("access-control-request-private-network") == "true":
        headers["access-control-allow-private-network"] = "true"
    return headers


async def _request(scope: Scope, given: Headers, receive: Receive) -> p.Request:
    path: str = scope["path"]
    kind = p.REQUESTS.get(path.removeprefix(PATH)) if path.startswith(PATH) else None
    if kind is None:
        raise Malformed("not_found")
    if scope["method"] != "POST":
        raise Malformed("wrong_method")
    if given.get("content-type", "").split(";")[0].strip() != "application/json":
        raise Malformed("malformed")
    try:
        return msgspec.json.decode(await _body(receive), type=kind)
    except msgspec.MsgspecError:
        raise Malformed("malformed") from None


async def _body(receive: Receive) -> bytes:
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed("malformed")  # it went away
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > p.REQUEST_BYTES_MAX:
            raise Malformed("too_large")
        if not message.get("more_body"):
            return b"".join(pieces)


def _refused(code: str, detail: str = "") -> tuple[HTTPStatus, bytes]:
    zh, en = words.WORDS[code]
    no = p.No(str(code), zh, en, detail)
    return STATUSES.get(code, HTTPStatus.CONFLICT), msgspec.json.encode(no)


async def _say(send: Send, status: HTTPStatus, body: bytes, headers: Headers) -> None:
    whole = {
        "cache-control": "no-store",
        "content-length": str(len(body)),
        "x-content-type-options": "nosniff",
    } | headers
    if body:
        whole["content-type"] = "application/json"
    if status is HTTPStatus.NO_CONTENT:
        del whole["content-length"]
    sent = [(name.encode(), value.encode()) for name, value in whole.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": sent})
    await send({"type": "http.response.body", "body": body})
