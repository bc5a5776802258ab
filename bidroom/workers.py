"""Several processes that serve one port, and the one that looks after them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Final

import structlog

WORKER: Final = "--worker"
LOOK_S: Final = 0.2
AGAIN_S: Final = 1.0  # before a worker that ended is replaced
STOP_S_MAX: Final = 20.0
log = structlog.get_logger()


def look_after(count: int, dsn: str, port: socket.socket) -> None:
    """Keep `count` workers serving `port` until SIGTERM or SIGINT, then let them end."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    workers = [_start(dsn, port) for _ in range(count)]
    try:
        while not stopping:
            time.sleep(LOOK_S)
            for place, worker in enumerate(workers):
                if worker.poll() is not None and not stopping:
                    log.error("a worker ended", status=worker.returncode)
                    time.sleep(AGAIN_S)
                    workers[place] = _start(dsn, port)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                worker.kill()
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(dsn: str, port: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "bidroom", "serve", WORKER, str(port.fileno())],
        env=os.environ | {"DATABASE_URL": dsn},
        pass_fds=[port.fileno()],
        start_new_session=True,  # a Ctrl-C reaches them by us, once
    )
