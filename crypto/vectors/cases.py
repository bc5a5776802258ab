"""How a vector is written: JSON that any language reads, and refusals that are checked when
written.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from crypto.errors import Reason, SealRefused

Case = dict[str, Any]


class Entropy:
    """Chance that comes out the same each time: SHA-256 over a seed and a counter. Notes what it
    gave.
    """

    def __init__(self, seed: str) -> None:
        self._seed, self._count, self.drawn = seed.encode(), 0, list[str]()

    def __call__(self, size: int) -> bytes:
        out = b""
        while len(out) < size:
            self._count += 1
            out += sha256(self._seed + self._count.to_bytes(4, "big")).digest()
        self.drawn.append(out[:size].hex())
        return out[:size]


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def refused(reason: Reason, call: Callable[[], object], **case: Any) -> Case:
    """A case that is refused for `reason`, which is tried here."""
    try:
        call()
    except SealRefused as found:
        if found.reason is reason:
            return {**case, "refused": reason.value}
        raise AssertionError(f"{case['name']}: {found} instead of {reason}") from found
    raise AssertionError(f"{case['name']}: nothing refused it, {reason} should")


def flipped(data: bytes, at: int) -> bytes:
    """`data` with one bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
