"""Asking the person beside the machine: for a PIN, and whether something may be signed.

The program asks, and never a page: a PIN that is typed into a page is in the hands of whoever wrote
the page. Questions are put one at a time, by a thread that may wait.
"""

from __future__ import annotations

import os
import select
import stat
from pathlib import Path
from typing import Final, Protocol

ANSWER_S_MAX: Final = 120
LINE_BYTES_MAX: Final = 1024
YES: Final = ("y", "yes", "是", "同意")


class NobodyToAsk(Exception):
    """无人可问 / There is neither a terminal nor a fit PIN file; says so in both languages."""


class Asker(Protocol):
    def pin(self, question: str) -> str | None:
        """None where it wasn't given in time."""

    def agrees(self, question: str) -> bool: ...

    def stop(self) -> None:
        """Whoever is being asked needn't answer any more."""


class Terminal:
    """The terminal that the program was started from. Raises NobodyToAsk."""

    def __init__(self, path: str = "/dev/tty") -> None:
        try:
            import termios  # which Windows has not

            self._line = os.open(path, os.O_RDWR | os.O_NOCTTY)
        except (ImportError, OSError):
            raise NobodyToAsk(
                "没有可供输入口令的终端；请在终端中运行，或用 --window、--pin-file\n"
                "there is no terminal to ask at: run it in one, or use --window or --pin-file"
            ) from None
        self._modes = termios
        self._awake, self._waker = os.pipe()

    def pin(self, question: str) -> str | None:
        answer = self._asked(f"{question}\nUKey 口令 / PIN: ", hidden=True)
        return answer or None

    def agrees(self, question: str) -> bool:
        answer = self._asked(
            f"{question}\n同意请按 y 再回车 / y and Enter to agree: ", hidden=False
        )
        return (answer or "").strip().lower() in YES

    def stop(self) -> None:
        os.write(self._waker, b".")

    def _asked(self, question: str, *, hidden: bool) -> str | None:
        """A line typed within the time. What was typed before the question answers nothing."""
        modes = self._modes
        usual = modes.tcgetattr(self._line)
        quiet = [*usual]
        quiet[3] &= ~modes.ECHO if hidden else ~0
        modes.tcsetattr(self._line, modes.TCSAFLUSH, quiet)
        try:
            os.write(self._line, f"\n{question}".encode())
            ready, _, _ = select.select([self._line, self._awake], [], [], ANSWER_S_MAX)
            if self._line not in ready:
                return None
            answer = os.read(self._line, LINE_BYTES_MAX)
        finally:
            modes.tcsetattr(self._line, modes.TCSAFLUSH, usual)
            os.write(self._line, b"\n")
        try:
            return answer.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            return None


class Unattended:
    """A PIN from a file, and yes to everything: for machines that nobody sits at.

    Raises NobodyToAsk where others may read the file.
    """

    def __init__(self, path: Path) -> None:
        try:
            mode = path.stat().st_mode
            self._pin = path.read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise NobodyToAsk(f"无法读取口令文件 / cannot read the PIN file: {path}") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NobodyToAsk(
                f"口令文件只应本人可读（chmod 600）/ nobody else may read the PIN file: {path}"
            )

    def pin(self, question: str) -> str | None:
        return self._pin or None

    def agrees(self, question: str) -> bool:
        return True

    def stop(self) -> None:
        return
