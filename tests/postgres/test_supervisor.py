"""The embedded server and its supervisor, killed in every way that a machine knows."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from bidroom.postgres.cluster import Cluster
from bidroom.postgres.supervisor import EmbeddedPostgres, NotServing

ROOT = Path(__file__).parent.parent.parent
PACKAGES = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
SECONDS_MAX = 30.0
NOBODY = pwd.getpwnam("nobody").pw_uid
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can turn into somebody else")


class Keeper(NamedTuple):
    process: subprocess.Popen[str]
    server_pid: int
    dsn: str

    def stop(self) -> None:
        self.process.communicate(timeout=SECONDS_MAX)


@contextmanager
def keeper(folder: Path, python: str = sys.executable, uid: int | None = None) -> Iterator[Keeper]:
    """Another process that supervises the server in `folder`."""
    with subprocess.Popen(
        [python, "-m", "tests.postgres.keeper", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": PACKAGES},
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    ) as process:
        assert process.stdout is not None
        try:
            words = process.stdout.readline().split()
            assert words[:1] == ["ready"], words
            yield Keeper(process, int(words[1]), words[2])
        finally:
            process.kill()


def python_for(uid: int) -> str:
    """A Python of our version that `uid` may run and that finds our packages."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        with suppress(OSError):
            tried = subprocess.run(
                [python, "-c", "import asyncpg, structlog, bidroom.postgres.supervisor"],
                env={"PYTHONPATH": PACKAGES},
                cwd="/",
                user=uid,
                group=uid,
                extra_groups=[],
                capture_output=True,
                check=False,
            )
            if tried.returncode == 0:
                return python
    pytest.skip("neither our Python nor the system's can be reached by that user")


@pytest.fixture
def folder(open_folder: Path, request: pytest.FixtureRequest) -> Path:
    place = open_folder / f"cluster-{abs(hash(request.node.name)) % 10**8}"
    place.mkdir(mode=0o711)
    return place / "postgres"


def ask(dsn: str, statement: str, *values: object) -> Any:
    async def once() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    return asyncio.run(once())


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for what must come, at most SECONDS_MAX."""
    give_up = time.monotonic() + SECONDS_MAX
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < give_up, what
        pause.wait(0.01)


def lives(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody has asked after doesn't."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def test_what_was_stored_is_there_after_a_restart(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        ask(server.dsn, "create table kept as select 1 as n")
    with EmbeddedPostgres(folder) as server:
        assert ask(server.dsn, "select n from kept") == 1


def test_the_server_takes_no_port_and_sorts_by_code_point(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server.dsn, "show listen_addresses") == ""
        assert ask(server.dsn, "show timezone") == "UTC"
        assert ask(server.dsn, "show server_encoding") == "UTF8"
        assert ask(server.dsn, "select '一' < '丁' and 'Z' < 'a' and upper('é') = 'É'")


def test_a_killed_server_comes_back_with_all_that_was_committed(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        ask(server.dsn, "create table kept as select 1 as n")
        killed = server.server_pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        until(lambda: server.server_pid not in (killed, None), "no new server was started")
        server.ensure(SECONDS_MAX)

        assert ask(server.dsn, "select n from kept") == 1
        assert not lives(killed)


def test_the_server_dies_with_its_supervisor_however_that_dies(folder: Path) -> None:
    with keeper(folder) as first:
        ask(first.dsn, "create table kept as select 1 as n")
        first.process.kill()
        until(lambda: not lives(first.server_pid), "the server outlived its supervisor")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server.dsn, "select n from kept") == 1


def test_supervisor_and_server_killed_at_once_leave_nothing_in_the_way(folder: Path) -> None:
    for round_number in range(5):
        with keeper(folder) as one:
            ask(one.dsn, "create table if not exists kept (n int)")
            ask(one.dsn, "insert into kept values ($1)", round_number)
            one.process.kill()
            os.kill(one.server_pid, signal.SIGKILL)
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server.dsn, "select count(*) from kept") == 5


def test_a_stopped_server_without_a_supervisor_is_settled_first(folder: Path) -> None:
    """A frozen server can't heed the signal that its supervisor's death sends."""
    with keeper(folder) as one:
        os.kill(one.server_pid, signal.SIGSTOP)
        one.process.kill()
        one.process.wait()
        frozen = one.server_pid
    with ExitStack() as stack:
        thaw = threading.Timer(0.5, os.kill, (frozen, signal.SIGCONT))
        thaw.start()
        stack.callback(thaw.join)
        server = stack.enter_context(EmbeddedPostgres(folder, durable=False))
        assert server.server_pid != frozen
        assert not lives(frozen)


def test_a_pid_file_that_names_a_stranger_hurts_nobody(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False):
        pass
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = Cluster(folder, durable=False).pid_file
        pid_file.write_text(f"{stranger.pid}\n{folder}\n0\n5432\n\n\n\nready\n")
        with EmbeddedPostgres(folder, durable=False) as server:
            assert ask(server.dsn, "select 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_an_initdb_that_was_cut_short_is_begun_anew(folder: Path) -> None:
    half = folder / ".new-1"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert ask(server.dsn, "select 1") == 1
    assert not half.exists()


def test_two_starters_at_once_share_one_server(folder: Path) -> None:
    found: list[tuple[str, int | None]] = []
    go = threading.Barrier(3)

    def start() -> None:
        go.wait(SECONDS_MAX)
        with EmbeddedPostgres(folder, durable=False) as server:
            found.append((ask(server.dsn, "select pg_postmaster_start_time()::text"), None))
            go.wait(SECONDS_MAX)

    starters = [threading.Thread(target=start) for _ in range(2)]
    for starter in starters:
        starter.start()
    go.wait(SECONDS_MAX)
    go.wait(SECONDS_MAX)
    for starter in starters:
        starter.join(SECONDS_MAX)

    assert len(found) == 2
    assert found[0] == found[1]


def test_the_second_starter_takes_over_when_the_first_is_killed(folder: Path) -> None:
    with keeper(folder) as first, EmbeddedPostgres(folder, durable=False) as second:
        assert second.server_pid is None
        assert second.dsn == first.dsn
        first.process.kill()
        until(lambda: second.server_pid is not None, "nobody took over")
        second.ensure(SECONDS_MAX)

        assert ask(second.dsn, "select 1") == 1
        assert second.server_pid != first.server_pid


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(folder: Path) -> None:
    deep = folder.parent / ("d" * 100) / "postgres"
    elsewhere = Cluster(deep, durable=False).sockets
    with EmbeddedPostgres(deep, durable=False) as server:
        assert ask(server.dsn, "select 1") == 1
        assert elsewhere.exists()
    assert not elsewhere.exists()


def test_a_folder_the_server_cannot_use_is_said_at_once(folder: Path) -> None:
    folder.mkdir()
    cluster = Cluster(folder, durable=False)
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(NotServing, match=r"postgres\.log"):
        EmbeddedPostgres(folder, durable=False).start()


@as_root
def test_for_root_the_server_runs_as_somebody_else(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        assert server.server_pid is not None
        assert owner(server.server_pid) not in (0, None)
        assert folder.stat().st_mode & 0o777 == 0o700


@as_root
def test_for_nobody_it_runs_as_nobody(folder: Path) -> None:
    os.chown(folder.parent, NOBODY, NOBODY)
    with keeper(folder, python_for(NOBODY), NOBODY) as one:
        assert owner(one.server_pid) == NOBODY
        assert ask(one.dsn, "select 1") == 1
        one.stop()
        assert not lives(one.server_pid)


def test_its_log_keeps_no_values(folder: Path) -> None:
    """A key that is there already would be named in the detail of the error, with its values."""
    with EmbeddedPostgres(folder, durable=False) as server:
        ask(server.dsn, "create table once (bidder text primary key)")
        ask(server.dsn, "insert into once values ($1)", "91440300MA5FXYZ12A")
        with pytest.raises(asyncpg.UniqueViolationError):
            ask(server.dsn, "insert into once values ('91440300MA5FXYZ12A')")
    log = (folder / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "91440300MA5FXYZ12A" not in log
