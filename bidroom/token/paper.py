"""What a signature would be under: said to the key's holder, and refused where it can't be said.

Two things are signed at a hall: a statement (canonical JSON that names its `typ`), and a package's
seal, by way of the signed attributes of a CMS message, which come with what they are about. The
certificate behind the key signs contracts elsewhere: nothing else is signed here.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from asn1crypto import cms
from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash

from bidroom.token.device import Algorithm
from crypto import canonical
from crypto.errors import Reason, SealRefused

STATEMENT_MAX: Final = 16 * 1024
SEAL_MAX: Final = 64 * 1024
VALUE_MAX: Final = 120  # characters of one that are shown
TYP: Final = re.compile(r"bidroom/([a-z-]{1,32})/[1-9][0-9]{0,3}")
SET: Final = b"\x31"

TITLES: Final = {
    "login": ("登录", "log in"),
    "seal": ("封装投标文件", "seal a tender"),
    "open": ("解密投标文件", "open a tender"),
    "object": ("提出异议", "raise an objection"),
    "confirm": ("确认唱标结果", "confirm what was read out"),
    "withdraw": ("撤回投标文件", "withdraw a tender"),
    "sign": ("签署开标记录", "sign the record"),
    "draw-share": ("承诺抽取份额", "commit to a share of a draw"),
    "reveal": ("公开抽取份额", "reveal a share of a draw"),
    "release": ("交出抽取份额的分片", "release a part of a share"),
    "draw": ("签署摇球机结果", "sign a ball machine's result"),
}


class Paper(NamedTuple):
    """`zh` and `en` name the act; `lines` are its fields. A log-in binds nobody."""

    zh: str
    en: str
    lines: tuple[str, ...]
    binding: bool


def read(data: bytes, content: bytes, origin: str, algorithm: Algorithm) -> Paper:
    """What `data` is, for a page of `origin`; `content` is what signed attributes are about.

    Raises SealRefused(not_for_signing), also where the text names another origin than the page's:
    so no site gets a signature that is good at another.
    """
    try:
        if data[:1] == SET:
            fields = canonical.decode(content, SEAL_MAX)
            _require_about(data, content, algorithm)
        else:
            fields = canonical.decode(data, STATEMENT_MAX)
    except SealRefused as no:
        raise SealRefused(Reason.NOT_FOR_SIGNING, no.reason) from None
    kind = _kind(fields)
    if (data[:1] == SET) != (kind == "seal"):
        raise SealRefused(Reason.NOT_FOR_SIGNING, "typ")
    if fields.get("origin", origin) != origin:
        raise SealRefused(Reason.NOT_FOR_SIGNING, "origin")
    purpose = str(fields.get("purpose", kind)) if kind == "act" else kind
    zh, en = TITLES.get(purpose, (purpose, purpose))
    return Paper(plain(zh), plain(en), tuple(_lines(fields)), purpose != "login")


def _kind(fields: Any) -> str:
    typ = fields.get("typ") if isinstance(fields, dict) else None
    match = TYP.fullmatch(typ) if isinstance(typ, str) else None
    if match is None:
        raise SealRefused(Reason.NOT_FOR_SIGNING, "typ")
    return match[1]


def _require_about(attributes: bytes, content: bytes, algorithm: Algorithm) -> None:
    digest = Hash(SM3() if algorithm is Algorithm.SM2_SM3 else SHA256())
    digest.update(content)
    try:
        found = {
            one["type"].native: one["values"][0].native
            for one in cms.CMSAttributes.load(attributes, strict=True)
        }
    except (ValueError, TypeError, KeyError, IndexError):
        raise SealRefused(Reason.NOT_FOR_SIGNING, "attributes") from None
    if found.get("content_type") != "data" or found.get("message_digest") != digest.finalize():
        raise SealRefused(Reason.NOT_FOR_SIGNING, "attributes")


def _lines(fields: dict[str, Any]) -> list[str]:
    return [
        f"{plain(name)}: {plain(_text(value))}"
        for name, value in sorted(fields.items(), key=lambda field: field[0] != "opening")
        if name not in ("typ", "nonce", "challenge") and value not in ("", None)
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical.encode(value).decode()


def plain(text: str) -> str:
    """One short line that moves no cursor: a terminal believes what it is sent."""
    shown = "".join(char if char.isprintable() else "?" for char in text[: VALUE_MAX + 1])
    return shown if len(shown) <= VALUE_MAX else f"{shown[:VALUE_MAX]}…"
