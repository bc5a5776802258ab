"""The messages between a page and the program, `bidroom/token/1` (docs/ukey.md). Bytes are base64.

A request is a POST of a JSON object to /v1/NAME; unknown fields are refused.
"""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from bidroom.token.device import Algorithm, Token

PROTOCOL: Final = "bidroom/token/1"
REQUEST_BYTES_MAX: Final = 192 * 1024

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Info(Struct, frozen=True, forbid_unknown_fields=True):
    """What runs here, and what is plugged in."""


class List(Struct, frozen=True, forbid_unknown_fields=True):
    token: Name


class Open(Struct, frozen=True, forbid_unknown_fields=True):
    token: Name


class Close(Struct, frozen=True, forbid_unknown_fields=True):
    session: Name


class Sign(Struct, frozen=True, forbid_unknown_fields=True):
    session: Name
    key: Name
    algorithm: Algorithm
    data: bytes
    content: bytes = b""  # what `data` is about, where it is a package's signed attributes


class Unwrap(Struct, frozen=True, forbid_unknown_fields=True):
    session: Name
    key: Name
    recipient: bytes  # one RecipientInfo, DER; it names its algorithm itself


Request = Info | List | Open | Close | Sign | Unwrap

REQUESTS: Final[dict[str, type[Request]]] = {
    "info": Info,
    "list": List,
    "open": Open,
    "close": Close,
    "sign": Sign,
    "unwrap": Unwrap,
}


class Key(Struct, frozen=True):
    id: str
    certificate: bytes
    chain: tuple[bytes, ...]
    algorithms: tuple[Algorithm, ...]


class Plugged(Struct, frozen=True):
    """Answers info."""

    protocol: str
    program: str
    tokens: tuple[Token, ...]


class Keys(Struct, frozen=True):
    """Answers list."""

    keys: tuple[Key, ...]


class Opened(Struct, frozen=True):
    """Answers open. `session` goes with every use of the token's keys."""

    session: str
    lasts_s: int
    keys: tuple[Key, ...]


class Closed(Struct, frozen=True):
    """Answers close."""


class Signature(Struct, frozen=True):
    """Answers sign."""

    signature: bytes


class Unwrapped(Struct, frozen=True):
    """Answers unwrap: a content-encryption key."""

    key: bytes


class No(Struct, frozen=True):
    """Answers whatever isn't done."""

    error: str
    zh: str
    en: str
    detail: str = ""
