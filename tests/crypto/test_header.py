"""header.json, seal.json and the statements: every field has one shape."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crypto import canonical, statements
from crypto.errors import Reason, SealRefused
from crypto.header import LENGTH_MAX, Header, Manifest
from crypto.vectors.cast import AT
from crypto.vectors.made import made

HEADER = canonical.decode(made()[0].header, 65536)
SEAL = canonical.decode(made()[0].seal_json, 65536)
HASH = "0f" * 32
NOT_HASHES = [None, 1, "", "0f" * 31, "0f" * 33, "0F" * 32, "0g" * 32, HASH[:-1] + "\n", [HASH]]


def header_refusal(**change: object) -> Reason:
    with pytest.raises(SealRefused) as refused:
        Header.parse(canonical.encode({**HEADER, **change}))
    return refused.value.reason


def test_a_header_says_the_same_when_written_again() -> None:
    assert Header.parse(made()[0].header).encode() == made()[0].header


@pytest.mark.parametrize("field", sorted(HEADER))
def test_no_field_may_be_missing_or_of_another_kind(field: str) -> None:
    with pytest.raises(SealRefused) as refused:
        Header.parse(canonical.encode({name: HEADER[name] for name in HEADER if name != field}))
    assert refused.value.reason is Reason.MALFORMED_HEADER
    values: list[object] = [1, True, [], {}, "", "x", ["x"]]
    for value in values:
        wanted = Reason.WRONG_SUITE if field == "suite" else Reason.MALFORMED_HEADER
        if field in ("tender", "lot") and value == "x":
            continue
        assert header_refusal(**{field: value}) is wanted


@pytest.mark.parametrize("field", ["notice", "signer", "keyenv"])
@pytest.mark.parametrize("value", NOT_HASHES, ids=repr)
def test_a_hash_is_64_digits_in_lower_case(field: str, value: object) -> None:
    assert header_refusal(**{field: value}) is Reason.MALFORMED_HEADER
    Header.parse(canonical.encode({**HEADER, field: HASH}))


def test_recipients_are_one_to_eight_hashes_and_none_twice() -> None:
    many = [f"{number:064x}" for number in range(9)]
    for value in ([], many, [HASH, HASH], [HASH, "x"], [HASH, None], HASH, {HASH: HASH}):
        assert header_refusal(recipients=value) is Reason.MALFORMED_HEADER
    assert Header.parse(canonical.encode({**HEADER, "recipients": many[:8]})).recipients == tuple(
        many[:8]
    )


@pytest.mark.parametrize("value", ["", "x" * 129, "a\nb", "a\u200bb", "\u2028", None, 1], ids=repr)
def test_a_lot_s_name_is_visible_text(value: object) -> None:
    assert header_refusal(lot=value) is Reason.MALFORMED_HEADER


def test_anything_but_an_object_is_no_header() -> None:
    for data in (b"[]", b"null", b'"header"', b"{}"):
        with pytest.raises(SealRefused) as refused:
            Header.parse(data)
        assert refused.value.reason is Reason.MALFORMED_HEADER


def seal_refusal(value: object) -> Reason:
    with pytest.raises(SealRefused) as refused:
        Manifest.parse(canonical.encode(value))
    return refused.value.reason


def test_a_seal_says_the_same_when_written_again() -> None:
    assert Manifest.parse(made()[0].seal_json).encode() == made()[0].seal_json


def test_a_seal_of_another_shape_is_refused() -> None:
    section = SEAL["sections"][0]
    wrong: list[Any] = [
        [],
        {},
        None,
        {**SEAL, "typ": "bidroom/seal/2"},
        {**SEAL, "more": 1},
        {**SEAL, "header": HASH.upper()},
        {**SEAL, "sections": []},
        {**SEAL, "sections": {}},
        {**SEAL, "sections": [section]},
        {**SEAL, "sections": [section] * 3},
        {**SEAL, "sections": [section, []]},
    ]
    changes: list[dict[str, Any]] = [
        {"len": 0},
        {"len": -1},
        {"len": True},
        {"len": "72"},
        {"len": LENGTH_MAX + 1},
        {"root": HASH[:-1]},
        {"root": None},
        {"more": 1},
    ]
    wrong += [{**SEAL, "sections": [section, {**section, **change}]} for change in changes]
    for value in wrong:
        assert seal_refusal(value) is Reason.MALFORMED_SEAL
    Manifest.parse(
        canonical.encode({**SEAL, "sections": [section, {**section, "len": LENGTH_MAX}]})
    )


def act(seconds_ms: int, **change: Any) -> bytes:
    said: dict[str, Any] = {
        "origin": "https://bid.example",
        "purpose": statements.Purpose.CONFIRM,
        "account": "a",
        "certificate": HASH,
        "opening": "2026-001-1",
        "nonce": HASH,
        "issued": AT,
        "expires": AT + timedelta(milliseconds=seconds_ms),
        "log_size": 3,
        "log_root": HASH,
    }
    return statements.act(**{**said, **change})


def test_an_act_is_good_for_two_minutes_at_most() -> None:
    for good in (1, 120_000):
        value = statements.parse(act(good))
        assert value["expires"] - value["issued"] == good
    for bad in (0, -1, 120_001):
        with pytest.raises(SealRefused) as refused:
            act(bad)
        assert refused.value.reason is Reason.STATEMENT_ALTERED


@pytest.mark.parametrize(
    "change",
    [
        {"origin": ""},
        {"origin": "x" * 257},
        {"account": "a\u202eb"},
        {"certificate": ""},
        {"nonce": HASH[2:]},
        {"subject": "x"},
        {"opening": "a\n"},
        {"purpose": "pay"},
    ],
    ids=str,
)
def test_an_act_of_another_shape_is_not_composed(change: dict[str, Any]) -> None:
    with pytest.raises(SealRefused) as refused:
        act(1000, **change)
    assert refused.value.reason is Reason.STATEMENT_ALTERED
    act(1000, **{**change, next(iter(change)): {"purpose": "open"}.get(next(iter(change)), HASH)})


def test_a_statement_has_a_limit() -> None:
    with pytest.raises(SealRefused) as refused:
        statements.parse(b" " * (statements.STATEMENT_MAX + 1))
    assert refused.value.reason is Reason.TOO_LARGE


def test_milliseconds_are_cut_and_never_rounded_up() -> None:
    assert statements.millis(AT + timedelta(microseconds=999)) == statements.millis(AT)
    assert statements.millis(AT + timedelta(microseconds=1000)) == statements.millis(AT) + 1
