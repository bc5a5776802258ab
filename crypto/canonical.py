"""RFC 8785 canonical JSON, whole numbers only: one value, one spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from crypto.errors import Reason, SealRefused

INT_MAX: Final = 2**53 - 1  # what a double carries exactly, hence what a browser reads back
DEPTH_MAX: Final = 32


def encode(value: object) -> bytes:
    """The one spelling of `value`: None, bool, int, str, and lists, tuples and mappings of them.

    Raises SealRefused(not_canonical) for anything else (floats, lone surrogates, |n| >= 2**53).
    """
    out: list[str] = []
    _write(value, out, DEPTH_MAX)
    try:
        return "".join(out).encode("utf-8")
    except UnicodeEncodeError:
        raise SealRefused(Reason.NOT_CANONICAL, "lone surrogate") from None


def decode(data: bytes, limit: int) -> Any:
    """The value spelled by `data`, at most `limit` bytes, where `encode(decode(data)) == data`.

    Raises SealRefused(too_large | not_canonical).
    """
    if len(data) > limit:
        raise SealRefused(Reason.TOO_LARGE, f"{len(data)} > {limit} bytes")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except (ValueError, RecursionError):
        raise SealRefused(Reason.NOT_CANONICAL, "not JSON") from None
    if encode(value) != data:
        raise SealRefused(Reason.NOT_CANONICAL, "another spelling")
    return value


def _write(value: object, out: list[str], depth: int) -> None:
    if depth == 0:
        raise SealRefused(Reason.NOT_CANONICAL, "too deep")
    match value:
        case None:
            out.append("null")
        case bool():
            out.append("true" if value else "false")
        case int() if -INT_MAX <= value <= INT_MAX:
            out.append(int.__repr__(value))
        case str():
            out.append(_quoted(value))
        case list() | tuple():
            out.append("[")
            for index, item in enumerate(value):
                if index:
                    out.append(",")
                _write(item, out, depth - 1)
            out.append("]")
        case Mapping():
            _write_object(value, out, depth)
        case _:
            raise SealRefused(Reason.NOT_CANONICAL, type(value).__name__)


def _write_object(value: Mapping[object, object], out: list[str], depth: int) -> None:
    if not all(isinstance(key, str) for key in value):
        raise SealRefused(Reason.NOT_CANONICAL, "a key that is no text")
    keys = sorted((str(key) for key in value), key=_utf16)
    out.append("{")
    for index, key in enumerate(keys):
        if index:
            out.append(",")
        out.append(_quoted(key))
        out.append(":")
        _write(value[key], out, depth - 1)
    out.append("}")


def _quoted(text: str) -> str:
    # Python escapes exactly what RFC 8785 §3.2.2.2 does, but for DEL, which it leaves alone too.
    return json.dumps(str(text), ensure_ascii=False)


def _utf16(key: str) -> bytes:
    # RFC 8785 §3.2.3 sorts by UTF-16 code units: 𠮷 (a surrogate pair) comes before U+FFxx.
    return key.encode("utf-16-be", "surrogatepass")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _no_float(text: str) -> NoReturn:
    raise ValueError("a number that is not whole")
