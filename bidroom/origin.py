"""Origins as browsers write them, which is how they are compared: byte for byte."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
TOKEN_PORT: Final = 27131  # of `bidroom token` on people's own machines


def exact_origin(given: str) -> str:
    """`given`, if it is one. Raises ValueError, in both languages."""
    parts = urlsplit(given)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port if parts.port != DEFAULT_PORTS.get(parts.scheme) else None
    exact = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not exact.isascii():
        raise ValueError(
            "须形如 https://hall.example（中文域名写作 xn-- 形式）/ "
            "must look like https://hall.example (other scripts as xn--)"
        )
    if given != exact:
        raise ValueError(f"须写成 / must be written {exact}")
    return given
