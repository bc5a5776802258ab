"""Built pages from memory: compressed for who can read that, and kept by browsers for as long."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from bidroom.edge.pages import Pages, say_no

PAGE = "<!doctype html><title>开标大厅</title>" + " " * 1000
SCRIPT = "export const x = 1\n" * 100


@pytest.fixture
def browser(tmp_path: Path) -> httpx2.AsyncClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "live.html").write_text(PAGE)
    (tmp_path / ".stamp").write_text("not to be served")
    (tmp_path / "assets" / "live-abc.js").write_text(SCRIPT)
    app = Starlette(routes=Pages(tmp_path).routes(), exception_handlers={404: say_no})
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hall.test")


async def test_a_page_is_asked_for_anew_and_sent_only_if_it_changed(
    browser: httpx2.AsyncClient,
) -> None:
    first = await browser.get("/")
    again = await browser.get("/live", headers={"If-None-Match": first.headers["etag"]})

    assert first.text == PAGE
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")


async def test_an_asset_is_kept_for_ever_and_sent_small(browser: httpx2.AsyncClient) -> None:
    async with browser.stream("GET", "/assets/live-abc.js") as small:
        sent = b"".join([piece async for piece in small.aiter_raw()])
    plain = await browser.get("/assets/live-abc.js", headers={"Accept-Encoding": "identity"})

    assert gzip.decompress(sent).decode() == plain.text == SCRIPT
    assert len(sent) < len(SCRIPT) // 4
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/assets/no.js", "/assets/../live.html", "/assets/%2e%2e/.stamp", "/.stamp"]
)
async def test_nothing_else_is_there(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


async def test_pages_that_are_not_built_say_so(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/console")

    assert answer.status_code == 503
    assert "./run web" in answer.text
