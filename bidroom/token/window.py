"""Asking in a window, by a pinentry: the small programs that ask for PINs for GnuPG.

Every desktop has one (pinentry-gnome3, -qt, -mac, -w32), and terminals, too (-tty, -curses). What
is said to it are lines (Assuan): a command up, `D`ata and OK or ERR down.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from typing import Final
from urllib.parse import unquote_to_bytes

from bidroom.token.asker import ANSWER_S_MAX, NobodyToAsk

LINE_BYTES_MAX: Final = 2048
DESCRIPTION_BYTES_MAX: Final = 900  # a line of Assuan has at most 1,000
TITLE: Final = "BidRoom UKey"


class Window:
    """`program` is started for each question. Raises NobodyToAsk where there is none."""

    def __init__(self, program: str) -> None:
        found = shutil.which(program)
        if found is None:
            raise NobodyToAsk(f"没有此程序 / there is no such program: {program}")
        self._program = found
        self._running: subprocess.Popen[bytes] | None = None

    def pin(self, question: str) -> str | None:
        lines = (*_asks(question), "SETPROMPT PIN:", "GETPIN")
        answer = self._asked(lines)
        return answer.decode(errors="replace") or None if answer is not None else None

    def agrees(self, question: str) -> bool:
        lines = (*_asks(question), "SETOK 同意 / Yes", "SETCANCEL 不同意 / No", "CONFIRM")
        return self._asked(lines) is not None

    def stop(self) -> None:
        running = self._running
        if running is not None:
            running.kill()

    def _asked(self, lines: tuple[str, ...]) -> bytes | None:
        """What the last of `lines` gave; None for a no, and for an end without an answer."""
        with subprocess.Popen(  # noqa: S603 (it is what the person named)
            [self._program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"LC_ALL": "C.UTF-8", **os.environ},
        ) as running:
            self._running = running
            try:
                _answer(running)
                given: bytes | None = None
                for line in lines:
                    given = _said(running, line)
                return given
            except OSError:
                return None
            finally:
                self._running = None
                running.kill()


def _asks(question: str) -> tuple[str, ...]:
    return (
        *_terminal(),
        f"SETTIMEOUT {ANSWER_S_MAX}",
        f"SETTITLE {TITLE}",
        f"SETDESC {_escaped(question)}",
    )


def _terminal() -> tuple[str, ...]:
    """For a pinentry that asks at our own terminal."""
    with suppress(AttributeError, OSError, ValueError):  # Windows has none, and a service neither
        name = os.ttyname(sys.stdin.fileno())
        kind = os.environ.get("TERM", "dumb")
        return (f"OPTION ttyname={name}", f"OPTION ttytype={kind}", "OPTION lc-ctype=C.UTF-8")
    return ()


def _said(running: subprocess.Popen[bytes], line: str) -> bytes | None:
    assert running.stdin is not None
    running.stdin.write(f"{line}\n".encode())
    running.stdin.flush()
    return _answer(running)


def _answer(running: subprocess.Popen[bytes]) -> bytes | None:
    """The data before an OK; None for an ERR. Raises OSError where it ended."""
    assert running.stdout is not None
    data = b""
    while line := running.stdout.readline(LINE_BYTES_MAX):
        if line.startswith(b"D "):
            data += unquote_to_bytes(line[2:].rstrip(b"\r\n"))
        elif line.startswith(b"OK"):
            return data
        elif line.startswith(b"ERR"):
            return None
    raise OSError("it ended")


def _escaped(text: str) -> str:
    """As much of it as a line may hold: what matters most stands first."""
    written = ""
    for char in text:
        step = f"%{ord(char):02X}" if char in "%\r\n" else char
        if len((written + step).encode()) > DESCRIPTION_BYTES_MAX:
            return f"{written}…"
        written += step
    return written
