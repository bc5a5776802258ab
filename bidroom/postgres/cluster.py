"""The files of one embedded PostgreSQL, and what an earlier server may have left among them.

<folder>/cluster         PostgreSQL's own data
         .lock           held by the process that supervises the server; names it once ready
         sockets/        the only way in: no port is opened
         programs/       a copy of the programs, when the server's user needs one
         postgres.log
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bidroom.postgres.programs import NoPrograms, Runner, as_runner, find, reachable, runner

SOCKET_PATH_BYTES_MAX: Final = 100  # the kernel's sun_path holds 108
SETTLE_SECONDS_MAX: Final = 60.0
SETTLE_PATIENCE_SECONDS: Final = 20.0  # then an orderly stop turns into an immediate one
POLL_SECONDS: Final = 0.02
READY_LINE: Final = 7  # postmaster.pid: pid, data, started, port, sockets, address, memory, status


class Unsettled(Exception):
    """旧的数据库进程仍在运行 / An earlier server will not go."""


class Cluster:
    """A data folder that may be used once `prepare` has run under the lock."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "cluster"
        self.log = self.folder / "postgres.log"
        self.lock = self.folder / ".lock"
        self.pid_file = self.data / "postmaster.pid"
        self.durable = durable
        self.runner: Final[Runner] = runner(self.data)
        self.sockets = self._sockets()

    def dsn(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@/{quote(name)}?host={quote(str(self.sockets))}"

    @property
    def socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    def make_folder(self) -> None:
        """Make the folder that holds everything; the rest is done by whoever gets its lock."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.runner.switch:
            os.chown(self.folder, self.runner.uid, self.runner.gid)

    def prepare(self) -> Path:
        """Leave data on which a server can start; answers with the folder of the programs."""
        programs = reachable(find(), self.runner, self.folder / "programs")
        if not (self.data / "PG_VERSION").exists():
            self._create(programs)
        self._settle()
        self._make_sockets()
        return programs

    def command(self, programs: Path) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            # Details and statements hold what rows hold: names beside lots, before the deadline.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if not self.durable:
            options |= {"fsync": "off", "full_page_writes": "off"}  # outlives kill -9 all the same
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [str(programs / "postgres"), "-D", str(self.data), *settings]

    def drop_sockets(self) -> None:
        """Leave nothing outside the folder when the server has ended."""
        if self.sockets.parent != self.folder:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def ready(self, pid: int | None = None) -> bool:
        """Whether a server (that of `pid`, if given) says of itself that it takes connections."""
        with suppress(OSError, ValueError, IndexError):
            lines = self.pid_file.read_text().splitlines()
            return lines[READY_LINE].strip() == "ready" and pid in (None, int(lines[0]))
        return False

    def _create(self, programs: Path) -> None:
        """Half an initdb never counts: it is made aside, then renamed."""
        for left in self.folder.glob(".new-*"):
            shutil.rmtree(left)
        aside = self.folder / f".new-{os.getpid()}"
        made = as_runner(
            self.runner,
            [
                *(str(programs / "initdb"), "-D", str(aside), "-U", "postgres", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
                *("--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions"),
                *(() if self.durable else ("--no-sync",)),
            ],
            Path("/"),
        )
        if made.returncode != 0:
            raise NoPrograms(
                f"无法在 {self.folder} 建立数据库；可用 BIDROOM_DATA 另设目录 / cannot create a "
                f"database in {self.folder}, BIDROOM_DATA names another folder: "
                f"{made.stderr.strip()[-600:]}"
            )
        aside.rename(self.data)

    def _settle(self) -> None:
        """We hold the lock, so a server here outlived its supervisor: end it, drop its pid file."""
        started = time.monotonic()
        asked: signal.Signals | None = None
        while alive := self._survivors():
            waited = time.monotonic() - started
            if waited > SETTLE_SECONDS_MAX:
                raise Unsettled(f"旧数据库未停 / PostgreSQL still runs in {self.data}: {alive}")
            want = signal.SIGINT if waited < SETTLE_PATIENCE_SECONDS else signal.SIGQUIT
            if asked is not want:
                asked = want
                for pid in alive if want is signal.SIGQUIT else alive & {self._postmaster()}:
                    with suppress(ProcessLookupError):
                        os.kill(pid, want)
                        os.kill(pid, signal.SIGCONT)  # one that was stopped would never hear it
            time.sleep(POLL_SECONDS)
        self.pid_file.unlink(missing_ok=True)

    def _survivors(self) -> set[int]:
        """Living processes of a server on our data; a number used anew by others isn't one.

        All its processes work in the data folder, which only Linux tells, and in a container not
        even root may ask; then there is the one that the pid file names.
        """
        named = self._postmaster()
        found = {named} if named and self._serves_us(named) else set()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self.data and _lives(process):
                    found.add(int(process.name))
        return found

    def _serves_us(self, pid: int) -> bool:
        process = Path("/proc") / str(pid)
        if process.parent.joinpath("self").exists():
            with suppress(OSError):
                return bytes(self.data) in (process / "cmdline").read_bytes().split(b"\0")
            return False
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, 0)
            return True
        return False

    def _postmaster(self) -> int:
        with suppress(OSError, ValueError, IndexError):
            return int(self.pid_file.read_text().split()[0])
        return 0

    def _sockets(self) -> Path:
        """The same for everyone who names this folder, so that an address survives a restart."""
        near = self.folder / "sockets"
        if len(bytes(near / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES_MAX:
            return near
        name = hashlib.sha256(bytes(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"bidroom-{self.runner.uid}-{name}"

    def _make_sockets(self) -> None:
        """An old socket's lock file would hinder the start; a stranger's folder is not used."""
        with suppress(FileNotFoundError):
            found = self.sockets.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (
                self.runner.uid,
                os.geteuid(),
            ):
                raise Unsettled(f"目录属于他人 / {self.sockets} belongs to somebody else")
            shutil.rmtree(self.sockets)
        self.sockets.mkdir(mode=0o700)
        if self.runner.switch:
            os.chown(self.sockets, self.runner.uid, self.runner.gid)


def _lives(process: Path) -> bool:
    """A zombie has ended, and waits only for its parent to notice."""
    with suppress(OSError, IndexError):
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False
