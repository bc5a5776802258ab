"""Keeps one embedded PostgreSQL running for as long as this process lives.

One thread owns the server from its start to its stop. That is not for convenience: the kernel
signals the server when the *thread* that started it ends, so a server started from a worker
thread would stop with that worker. The thread waits for the server and starts it again when it
dies; if this process is killed, the kernel stops the server; if both are killed, the next
supervisor settles what is left.

Two processes on one folder share the server: whoever holds the folder's lock supervises, the
other uses the same address, and takes over when the lock becomes free.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from bidroom.postgres.cluster import POLL_SECONDS, Cluster

READY_SECONDS_MAX: Final = 120.0  # crash recovery may take a while
STOP_SECONDS_MAX: Final = 20.0
LOCK_POLL_SECONDS: Final = 0.1
RESTART_PAUSE_SECONDS: Final = 0.2  # times the starts that failed in a row; none after a kill
RESTART_PAUSE_SECONDS_MAX: Final = 5.0
LAUNCH: Final = Path(__file__).with_name("launch.py")
logger = structlog.get_logger("bidroom.postgres")


class NotServing(Exception):
    """数据库没有启动 / The embedded PostgreSQL does not serve."""


class EmbeddedPostgres:
    """`start` it, give `dsn` to a pool, `stop` it; or use it as a context.

    `durable=False` is for tests only: it may lose everything when the machine fails.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._cluster = Cluster(folder, durable=durable)
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._server: subprocess.Popen[bytes] | None = None
        self._fault: Exception | None = None
        self._lock_known = False  # that it is held: by us, or by another process
        self._thread: threading.Thread | None = None

    @property
    def dsn(self) -> str:
        """The address of the `postgres` database; it stays the same across restarts."""
        return self._cluster.dsn()

    @property
    def server_pid(self) -> int | None:
        """The server's process, if this process supervises it."""
        server = self._server
        return server.pid if server else None

    def start(self) -> str:
        """Start the server, or join the one that another process supervises; gives its address.

        Raises `NotServing`, with the reason, in at most READY_SECONDS_MAX.
        """
        if self._thread is None:
            self._cluster.make_folder()
            self._stopping.clear()
            self._lock_known, self._fault = False, None
            self._thread = threading.Thread(target=self._supervise, name="postgres", daemon=True)
            self._thread.start()
        try:
            return self.ensure()
        except NotServing:
            self.stop()
            raise

    def ensure(self, seconds_max: float = READY_SECONDS_MAX) -> str:
        """Wait until the server takes connections, however often it is started meanwhile."""
        until = time.monotonic() + seconds_max
        with self._changed:
            while not self._answers():
                if self._fault is not None:
                    raise NotServing(f"{self._fault}") from self._fault
                if self._thread is None or time.monotonic() > until:
                    raise NotServing(f"数据库未就绪，见 / not ready, see {self._cluster.log}")
                self._changed.wait(POLL_SECONDS)
        return self.dsn

    def stop(self) -> None:
        """End the server if it is ours; the folder's lock is free when this returns."""
        self._stopping.set()
        if self._thread is not None:
            for ask in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, at once, by force
                server = self._server
                if server is not None:
                    with suppress(ProcessLookupError):
                        server.send_signal(ask)
                self._thread.join(STOP_SECONDS_MAX)
                if not self._thread.is_alive():
                    break
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        """Whether the server that the lock's holder vouches for takes connections.

        A server left over by a killed supervisor takes them too, until it is settled.
        """
        if not self._lock_known:
            return False
        with suppress(OSError, ValueError):
            if self._cluster.ready(int(self._cluster.lock.read_text())):
                with socket.socket(socket.AF_UNIX) as attempt:
                    attempt.connect(str(self._cluster.socket))
                return True
        return False

    def _supervise(self) -> None:
        """The thread: get the lock, keep the server running, free the lock when asked to stop."""
        lock = os.open(self._cluster.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not self._stopping.is_set():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._lock_known = True
                else:
                    self._keep_running(lock)
                self._stopping.wait(LOCK_POLL_SECONDS)
        finally:
            os.close(lock)

    def _keep_running(self, lock: int) -> None:
        failed_starts = 0
        os.ftruncate(lock, 0)
        self._lock_known = True
        while not self._stopping.is_set():
            try:
                server = self._launch()
                self._wait_ready(server)
                os.pwrite(lock, str(server.pid).encode(), 0)
                self._tell(None)
                failed_starts = 0
                server.wait()
            except Exception as fault:  # told to whoever waits; then tried again
                failed_starts += 1
                self._tell(fault)
            os.ftruncate(lock, 0)
            self._server = None
            if not self._stopping.is_set():
                pause = min(failed_starts * RESTART_PAUSE_SECONDS, RESTART_PAUSE_SECONDS_MAX)
                logger.warning("postgres_ended", pause_seconds=pause, log=str(self._cluster.log))
                self._stopping.wait(pause)
        self._cluster.drop_sockets()

    def _tell(self, fault: Exception | None) -> None:
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def _launch(self) -> subprocess.Popen[bytes]:
        programs = self._cluster.prepare()
        who = self._cluster.runner
        user = (who.uid, who.gid) if who.switch else (-1, -1)
        launch = [sys.executable, "-I", "-S", str(LAUNCH), *map(str, (os.getpid(), *user))]
        with self._cluster.log.open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - the arguments are our own
                [*launch, *self._cluster.command(programs)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal is ours to act on
            )
        return self._server

    def _wait_ready(self, server: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + READY_SECONDS_MAX
        while not self._cluster.ready(server.pid):
            if self._stopping.is_set():
                server.send_signal(signal.SIGINT)  # `stop` may have asked before it existed
                return
            if server.poll() is not None or time.monotonic() > until:
                server.kill()
                server.wait()
                raise NotServing(
                    f"数据库启动失败，见 / PostgreSQL did not start, see {self._cluster.log}"
                )
            time.sleep(POLL_SECONDS / 2)
