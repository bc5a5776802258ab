"""A token of SoftHSM's: its private keys are sensitive and can't be taken out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

SO_PIN: Final = "87654321"
FLAGS: Final = (0x8000534B).to_bytes(8, "big") + (2).to_bytes(8, "big")  # CKA_OS_TOKENFLAGS
PLACES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


def module() -> str:
    """Where the module is. A test without one fails: skipping would hide it from CI."""
    found = next((place for place in PLACES if Path(place).exists()), None)
    if found is None:
        pytest.fail("没有 SoftHSM2 / no SoftHSM2: run `./run test`, or install softhsm2")
    return found


class Slots:
    """A folder of tokens. `environment` is what makes a process see them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens, self.away = folder / "tokens", folder / "away"
        for place in (self.tokens, self.away):
            place.mkdir(parents=True)
        self._settings = folder / "softhsm2.conf"
        self._settings.write_text(
            f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )

    def allow(self, *mechanisms: str) -> None:
        """A module that is started from now on does only these."""
        with self._settings.open("a") as settings:
            settings.write(f"slots.mechanisms = {','.join(mechanisms)}\n")

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self._settings)}

    def add(self, label: str, pin: str, centre: Path, code: str) -> None:
        """A new token with the keys of a firm, or of a person, of the centre in that folder."""
        self._run("softhsm2-util", "--init-token", "--free", "--label", label,
                  "--pin", pin, "--so-pin", SO_PIN)  # fmt: skip
        self._run(sys.executable, "-m", "tests.token.fill", module(), label, pin,
                  str(centre), code)  # fmt: skip

    def copy(self, folder: Path) -> Slots:
        """The same tokens in another folder."""
        copied = Slots(folder)
        shutil.copytree(self.tokens, copied.tokens, dirs_exist_ok=True)
        return copied

    def pull_out(self) -> None:
        """Every token is gone."""
        for token in self.tokens.iterdir():
            shutil.move(token, self.away / token.name)

    def plug_in(self) -> None:
        for token in self.away.iterdir():
            shutil.move(token, self.tokens / token.name)

    def mark(self, flag: int) -> None:
        """Every token says of its PIN what a hardware one would say after wrong ones.

        SoftHSM counts no tries. Its flags are a number of 8 bytes after the name and the kind of
        the attribute; a module reads them when it starts.
        """
        for token in self.tokens.iterdir():
            file = token / "token.object"
            data = file.read_bytes()
            at = data.index(FLAGS) + len(FLAGS)
            flags = int.from_bytes(data[at : at + 8], "big") | flag
            file.write_bytes(data[:at] + flags.to_bytes(8, "big") + data[at + 8 :])

    def _run(self, *words: str) -> None:
        done = subprocess.run(
            words, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
