"""The real process: it serves, says no to what it can't serve, and stops with a word to all."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from bidroom import wire
from bidroom.wire import Hangup
from bidroom.words import WORDS

ROOT = Path(__file__).parent.parent
PATIENCE_S = 40.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def environment(folder: Path, dsn: str, port: int, **more: str) -> dict[str, str]:
    own = {"BIDROOM_DATA": str(folder), "BIDROOM_PORT": str(port), "DATABASE_URL": dsn}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BIDROOM_")}
    return kept | own | more


@asynccontextmanager
async def serving(
    folder: Path, dsn: str, **more: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bidroom", "serve",
        cwd=ROOT, env=environment(folder, dsn, port, **more), stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert "开标大厅" in (await process.stdout.readline()).decode()
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_it_serves_and_stops_with_a_word_to_every_line(
    dsn: str, tmp_path: Path, workers: str
) -> None:
    async with serving(tmp_path, dsn, BIDROOM_WORKERS=workers) as (url, process):
        line = url.replace("http", "ws") + "/line/openings/NONE"
        spoken = [Subprotocol(wire.SUBPROTOCOL)]
        async with (
            httpx2.AsyncClient(base_url=url, timeout=PATIENCE_S) as http,
            connect(line, origin=Origin(url), subprotocols=spoken, compression=None) as waiting,
        ):
            board = await http.get("/api/board")
            assert board.json()["openings"] == []
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_S):
                await waiting.wait_closed()
                assert await process.wait() == 0

            assert waiting.close_code == Hangup.RESTARTING


async def test_a_port_that_is_taken_is_said_in_both_languages(dsn: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        env = environment(tmp_path, dsn, taken.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bidroom", "serve", cwd=ROOT, env=env, stderr=subprocess.PIPE
        )
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)

    assert process.returncode == 1
    assert "无法启动 / cannot serve" in said.decode()


async def test_every_answer_is_guarded_and_every_no_is_bilingual(dsn: str, tmp_path: Path) -> None:
    async with serving(tmp_path, dsn) as (url, _):
        async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE_S) as http:
            nothing = await http.get("/nothing/here")
            wrong = await http.put("/api/board")
            pages = [await http.get(path) for path in ("/", "/live", "/bidder", "/console")]

        for answer, status, code in ((nothing, 404, "not_found"), (wrong, 405, "wrong_method")):
            assert answer.status_code == status
            zh, en = WORDS[code]
            assert answer.json() == {"error": code, "zh": zh, "en": en, "detail": ""}
        policy = nothing.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert f"connect-src 'self' {url.replace('http', 'ws')}" in policy
        for answer in (nothing, wrong, *pages):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"] == policy
            assert "server" not in answer.headers
