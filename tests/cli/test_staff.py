"""`bidroom staff`, as it is called: it registers people, and a no of it is one that can be read."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 40.0


async def staff(folder: Path, *words: str, **settings: str) -> tuple[int | None, str, str]:
    """Exit status, what it printed, and what it said no with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BIDROOM_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bidroom", "staff", *words,
        cwd=ROOT, env=kept | {"BIDROOM_DATA": str(folder)} | settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, out.decode(), err.decode()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port: int = closed.getsockname()[1]
        return port


async def test_people_are_registered_and_renamed(dsn: str, tmp_path: Path) -> None:
    for name in ("张主持", "张大厅"):
        status, said, _ = await staff(tmp_path, "add", "agent-host", name, DATABASE_URL=dsn)
        assert (status, said) == (0, f"agent-host\t{name}\tagent\n")
    for role in ("supervisor", "notary"):  # somebody comes in one role, the last one given
        status, said, _ = await staff(tmp_path, "add", "p", "孙某", "--as", role, DATABASE_URL=dsn)
        assert status == 0
        assert f"p\t孙某\t{role}\n" in said
    status, _, why = await staff(tmp_path, "add", "p", "孙某", "--as", "bidder", DATABASE_URL=dsn)
    assert (status, "agent" in why) == (2, True)
    listed = await staff(tmp_path, "list", DATABASE_URL=dsn)
    assert listed[:2] == (0, "p\t孙某\tnotary\nagent-host\t张大厅\tagent\n")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"BIDROOM_PORT": "x"}, "设置有误 / bad settings\n  BIDROOM_PORT: "),
        (
            {"DATABASE_URL": f"postgresql://hall:swordfish@127.0.0.1:{closed_port()}/hall"},
            "无法使用数据库 / cannot use the database: ",
        ),
        ({"DATABASE_URL": "mysql://hall:swordfish@localhost/hall"}, "DATABASE_URL "),
    ],
    ids=["a setting", "no database there", "no address"],
)
async def test_what_was_set_wrongly_is_said_in_words(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    status, _, no = await staff(tmp_path, "list", **settings)

    assert status == 1
    assert no.startswith(said)
    assert "Traceback" not in no
    assert "swordfish" not in no


async def test_a_name_that_cannot_be_shown_is_refused_in_words(dsn: str, tmp_path: Path) -> None:
    status, said, no = await staff(tmp_path, "add", "agent-host", "张\u202e", DATABASE_URL=dsn)

    assert (status, said) == (1, "")
    assert "可见文字" in no
    assert "Traceback" not in no
