"""The pages themselves, what every answer carries, and what is said where there is nothing.

The built pages are small: they are read once, with their compressed twins, and sent from memory.
The names of assets hold their hashes, so browsers may keep them for ever and ask for pages anew.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bidroom.edge.json import refused
from bidroom.settings import Settings

DIST: Final = Path(__file__).parent.parent.parent / "web" / "dist"
PAGES: Final = {"/": "live", "/live": "live", "/bidder": "bidder", "/console": "console"}
COMPRESSED: Final = {".html", ".js", ".css", ".svg", ".json"}
FOR_EVER: Final = "public, max-age=31536000, immutable"
NOT_BUILT: Final = "网页尚未构建，请运行 ./run web / the pages are not built yet: ./run web\n"
log = structlog.get_logger()


class Asset(NamedTuple):
    kind: str
    plain: bytes
    small: bytes | None  # by gzip
    tag: str


class Pages:
    """Everything in the folder of built pages, by its path."""

    def __init__(self, folder: Path = DIST) -> None:
        self._assets = {
            path.relative_to(folder).as_posix(): _asset(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def routes(self) -> list[Route]:
        pages = [Route(path, self._page(name)) for path, name in PAGES.items()]
        return [*pages, Route("/assets/{path:path}", self._file)]

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            asset = self._assets.get(f"{name}.html")
            if asset is None:
                return Response(NOT_BUILT, 503, media_type="text/plain; charset=utf-8")
            return _sent(request, asset, "no-cache")

        return page

    async def _file(self, request: Request) -> Response:
        asset = self._assets.get(f"assets/{request.path_params['path']}")
        if asset is None:
            raise HTTPException(404)
        return _sent(request, asset, FOR_EVER)


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or path.suffix in (".js", ".mjs"):
        kind = f"{kind}; charset=utf-8"
    small = gzip.compress(data, mtime=0) if path.suffix in COMPRESSED else None
    return Asset(kind, data, small, f'"{sha256(data).hexdigest()[:32]}"')


def _sent(request: Request, asset: Asset, caching: str) -> Response:
    headers = {"Cache-Control": caching, "ETag": asset.tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=304, headers=headers)
    body = asset.plain
    if asset.small is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = asset.small
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers | {"Content-Type": asset.kind})


class Guarded:
    """Headers that keep browsers from doing what our pages never ask for."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        lines = settings.origin.replace("http", "ws", 1)
        policy = (
            f"default-src 'self'; connect-src 'self' {lines} {settings.token_program};"
            " worker-src 'self' blob:;"
            " img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self';"
            " frame-ancestors 'none'"
        )
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        if settings.secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, guarded)


async def say_no(request: Request, fault: Exception) -> Response:
    """What stands where there is nothing, or nothing of that method."""
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    code = {404: "not_found", 405: "wrong_method"}.get(status, "malformed")
    answer = refused(code)
    answer.status_code = status
    return answer


async def say_fault(request: Request, fault: Exception) -> Response:
    """Something of ours failed; whoever asked may ask again."""
    log.error("a request failed", exc_info=fault)
    answer = refused("fault")
    answer.status_code = 500
    return answer
