"""A `bidroom token` in its own process at a terminal of its own, and the person who sits there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Self

import httpx2

READY_S_MAX: Final = 20
PIN_ASKED: Final = "PIN: "
YES_ASKED: Final = "to agree: "
YES_ASKED_BY_PINENTRY: Final = "[yn]? "
ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+")


class Holder:
    """Types `pin` when asked for it, and `leave` when asked for leave; sees what is shown."""

    def __init__(self, master: int, pin: str) -> None:
        self._master = master
        self.pin, self.leave = pin, "y"
        self.answering = True
        self.seen = ""
        self.asked: list[str] = []  # every question, as it stood on the screen
        self._answered = 0
        self._news = threading.Condition()
        threading.Thread(target=self._sit, daemon=True).start()

    def reads(self, pattern: re.Pattern[str]) -> str:
        """The first that fits, once it is there."""
        with self._news:
            assert self._news.wait_for(lambda: pattern.search(self.seen), READY_S_MAX), self.seen
        found = pattern.search(self.seen)
        assert found is not None
        return found[0]

    def _sit(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the other side is gone
                return
            with self._news:
                self.seen += data.decode(errors="replace")
                self._answer()
                self._news.notify_all()

    def _answer(self) -> None:
        if not self.answering:
            return
        rest = self.seen[self._answered :]
        for asked, answer in (
            (PIN_ASKED, self.pin),
            (YES_ASKED, self.leave),
            (YES_ASKED_BY_PINENTRY, self.leave),
        ):
            if asked in rest:
                self._answered = len(self.seen)
                self.asked.append(rest)
                os.write(self._master, f"{answer}\n".encode())


class Program:
    """A running one. `ask` speaks to it as a page of `origin` would."""

    def __init__(self, url: str, holder: Holder, origin: str, process: Any) -> None:
        self.url, self.holder, self.origin, self.process = url, holder, origin, process
        self._http = httpx2.Client(base_url=url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(
        self, name: str, body: object, headers: Mapping[str, str | None] | None = None
    ) -> httpx2.Response:
        usual: dict[str, str | None] = {"Origin": self.origin}
        given = {k: v for k, v in (usual | dict(headers or {})).items() if v is not None}
        return self._http.post(f"/v1/{name}", json=body, headers=given)

    def ask(self, name: str, **body: object) -> Any:
        return self.send(name, body).json()


@contextmanager
def running(
    *words: str, environment: Mapping[str, str] | None = None, origin: str, pin: str, port: int = 0
) -> Iterator[Program]:
    """`words` follow the verb."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "bidroom", "token", "--origin", origin, "--port", str(port)]
    process = subprocess.Popen(
        ["setsid", "--ctty", *command, *words],  # the terminal is its own
        stdin=slave, stdout=slave, stderr=slave,
        env=os.environ | dict(environment or {}),
    )  # fmt: skip
    os.close(slave)
    holder = Holder(master, pin)
    try:
        with Program(holder.reads(ADDRESS), holder, origin, process) as program:
            yield program
    finally:
        process.terminate()
        process.wait(10)
        os.close(master)
