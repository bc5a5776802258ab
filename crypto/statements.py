"""The texts that people and the hall sign: canonical JSON, each of one closed shape.

Both sides compose a statement by themselves and the signature is checked over one's own bytes, so
nobody signs what somebody else wrote. No key is ever part of a statement: all of them may be
published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Any, Final

from crypto import canonical
from crypto.errors import Reason, SealRefused
from crypto.header import SECTIONS, is_hex, is_text

OPEN: Final = "bidroom/open/1"
ACT: Final = "bidroom/act/2"
RECEIPT: Final = "bidroom/receipt/1"
CHECKPOINT: Final = "bidroom/checkpoint/1"
DRAW_SHARE: Final = "bidroom/draw-share/1"

STATEMENT_MAX: Final = 4 * 1024
TEXT_MAX: Final = 256
NONCE: Final = 32
ACT_SECONDS_MAX: Final = 120  # between issued and expires

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


class Purpose(StrEnum):
    """What a person agrees to with an act."""

    LOGIN = "login"
    OPEN = "open"
    OBJECT = "object"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    SIGN = "sign"
    REVEAL = "reveal"  # one's share of a draw
    RELEASE = "release"  # one's part of a share that somebody withholds
    DRAW = "draw"  # what a ball machine gave


def millis(at: datetime) -> int:
    """Whole milliseconds since the epoch of an aware time."""
    return (at - _EPOCH) // _MS


def open_statement(
    opening: str,
    challenge: str,
    seal: str,
    sections: Sequence[int],
    commitments: Sequence[str],
    log_size: int,
    log_root: str,
) -> bytes:
    """What a bidder signs when it hands over section keys: for which sections, and seeing which
    record.

    `challenge`, `seal` (SH), `log_root`: 32 bytes, hex. `commitments`: hex, one for each of
    `sections`.
    Raises SealRefused(statement_altered) for a value that doesn't fit the shape.
    """
    return _encode(
        {
            "typ": OPEN,
            "opening": opening,
            "challenge": challenge,
            "seal": seal,
            "sections": list(sections),
            "commitments": list(commitments),
            "log_size": log_size,
            "log_root": log_root,
        }
    )


def act(
    origin: str,
    purpose: Purpose,
    account: str,
    certificate: str,
    opening: str,
    nonce: str,
    issued: datetime,
    expires: datetime,
    subject: str = "",
    log_size: int = 0,
    log_root: str = "",
) -> bytes:
    """A log-in or another legal act, good once and for at most 120 s.

    `origin` as the browser has it; `certificate`: fingerprint; `opening`: its id or ""; `nonce`: 32
    bytes, hex; `subject`: SHA-256 hex of what is agreed to, or ""; `log_size`, `log_root`: the
    opening's record as whoever acts has seen it, 0 and "" where there is no opening. So what was
    signed later holds fast to what stood there before. Raises SealRefused(statement_altered).
    """
    return _encode(
        {
            "typ": ACT,
            "origin": origin,
            "purpose": str(purpose),
            "account": account,
            "certificate": certificate,
            "opening": opening,
            "nonce": nonce,
            "issued": millis(issued),
            "expires": millis(expires),
            "subject": subject,
            "log_size": log_size,
            "log_root": log_root,
        }
    )


def receipt(opening: str, lot: str, seal: str, received: datetime, serial: int) -> bytes:
    """The hall's word that the package SH was whole at `received`, as the bidder's `serial`-th for
    the lot.
    """
    return _encode(
        {
            "typ": RECEIPT,
            "opening": opening,
            "lot": lot,
            "seal": seal,
            "received": millis(received),
            "serial": serial,
        }
    )


def checkpoint(origin: str, size: int, root: str, at: datetime) -> bytes:
    """The hall's word that the log `origin` had this root at this size."""
    return _encode(
        {
            "typ": CHECKPOINT,
            "origin": origin,
            "size": size,
            "root": root,
            "at": millis(at),
        }
    )


def draw_share(
    lot: str, person: str, certificate: str, salt: str, commitment: str, parts: str
) -> bytes:
    """What a contributor to a draw signs beforehand: its commitment, and the sealed parts.

    `certificate`: fingerprint of the one that parts for this person are sealed to; `salt`,
    `commitment`: 32 bytes, hex; `parts`: SHA-256 hex of the canonical list of them. Raises
    SealRefused(statement_altered).
    """
    return _encode(
        {
            "typ": DRAW_SHARE,
            "lot": lot,
            "person": person,
            "certificate": certificate,
            "salt": salt,
            "commitment": commitment,
            "parts": parts,
        }
    )


def parse(data: bytes) -> dict[str, Any]:
    """Any of the statements, strictly.

    Raises SealRefused(too_large | not_canonical | statement_altered).
    """
    value = canonical.decode(data, STATEMENT_MAX)
    if not isinstance(value, dict):
        raise SealRefused(Reason.STATEMENT_ALTERED, "not a statement")
    _check(value)
    return value


def same(expected: bytes, given: bytes) -> None:
    """Whether a statement that came in is the one we'd compose.

    Raises SealRefused(statement_altered).
    """
    if not compare_digest(expected, given):
        raise SealRefused(Reason.STATEMENT_ALTERED)


def _encode(value: dict[str, Any]) -> bytes:
    _check(value)
    return canonical.encode(value)


def _check(value: dict[str, Any]) -> None:
    typ = value.get("typ")
    shape = _SHAPES.get(typ) if isinstance(typ, str) else None
    if shape is None or set(value) != {"typ", *shape}:
        raise SealRefused(Reason.STATEMENT_ALTERED, "shape")
    for name, fits in shape.items():
        if not fits(value[name]):
            raise SealRefused(Reason.STATEMENT_ALTERED, name)
    if typ == OPEN and len(value["sections"]) != len(value["commitments"]):
        raise SealRefused(Reason.STATEMENT_ALTERED, "commitments")
    if typ == ACT and not 0 < value["expires"] - value["issued"] <= 1000 * ACT_SECONDS_MAX:
        raise SealRefused(Reason.STATEMENT_ALTERED, "expires")
    seen = (value["log_size"] > 0, value["log_root"] != "") if typ == ACT else ()
    if any(one != (value["opening"] != "") for one in seen):
        raise SealRefused(Reason.STATEMENT_ALTERED, "log_size")


def _text(value: object) -> bool:
    return is_text(value, TEXT_MAX)


def _text_or_none(value: object) -> bool:
    return value == "" or _text(value)


def _hash(value: object) -> bool:
    return is_hex(value, 32)


def _hash_or_none(value: object) -> bool:
    return value == "" or _hash(value)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _purpose(value: object) -> bool:
    return value in list(Purpose)


def _sections(value: object) -> bool:
    """Some of a package's sections, each once, in order."""
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(_count(index) and index < len(SECTIONS) for index in value)
        and value == sorted(set(value))
    )


def _hashes(value: object) -> bool:
    return isinstance(value, list) and all(_hash(one) for one in value)


_SHAPES: Final[dict[str, dict[str, Callable[[object], bool]]]] = {
    OPEN: {
        "opening": _text,
        "challenge": _hash,
        "seal": _hash,
        "sections": _sections,
        "commitments": _hashes,
        "log_size": _count,
        "log_root": _hash,
    },
    ACT: {
        "origin": _text,
        "purpose": _purpose,
        "account": _text,
        "certificate": _hash,
        "opening": _text_or_none,
        "nonce": _hash,
        "issued": _count,
        "expires": _count,
        "subject": _hash_or_none,
        "log_size": _count,
        "log_root": _hash_or_none,
    },
    RECEIPT: {
        "opening": _text,
        "lot": _text,
        "seal": _hash,
        "received": _count,
        "serial": _count,
    },
    DRAW_SHARE: {
        "lot": _text,
        "person": _text,
        "certificate": _hash,
        "salt": _hash,
        "commitment": _hash,
        "parts": _hash,
    },
    CHECKPOINT: {"origin": _text, "size": _count, "root": _hash, "at": _count},
}
