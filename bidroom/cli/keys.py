"""Keys in files, and the PINs to them, as commands take them; and why one can't be used."""

from __future__ import annotations

import getpass
from pathlib import Path

from bidroom.words import WORDS
from crypto.errors import SealRefused


def secret(file: Path | None, asked: str) -> str:
    """What stands in `file`, or what a person types."""
    return file.read_text().strip() if file else getpass.getpass(asked)


def why(no: SealRefused) -> str:
    """A refusal in both languages, with what is known besides."""
    zh, en = WORDS[no.reason]
    return f"{zh}\n{en}" + (f"\n({no.detail})" if no.detail else "")
