"""Canonical JSON: one value, one spelling."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from crypto import canonical
from crypto.errors import Reason, SealRefused

texts = some.text(some.characters(exclude_categories=["Cs"]))
leaves = some.none() | some.booleans() | some.integers(-(2**53) + 1, 2**53 - 1) | texts
values = some.recursive(
    leaves, lambda inner: some.lists(inner) | some.dictionaries(texts, inner), max_leaves=20
)


@settings(deadline=None)  # the machine is shared
@given(values)
def test_what_is_written_reads_as_the_same(value: object) -> None:
    written = canonical.encode(value)

    assert canonical.decode(written, len(written)) == value
    assert json.loads(written) == value


@settings(deadline=None)  # the machine is shared
@given(values)
def test_there_is_no_second_spelling(value: object) -> None:
    for other in (json.dumps(value), json.dumps(value, indent=1)):
        data = other.encode()
        if data == canonical.encode(value):
            continue
        with pytest.raises(SealRefused) as refused:
            canonical.decode(data, len(data))
        assert refused.value.reason is Reason.NOT_CANONICAL


@settings(deadline=None)  # the machine is shared
@given(some.binary(max_size=64))
def test_bytes_from_anywhere_are_refused_or_canonical(data: bytes) -> None:
    try:
        value = canonical.decode(data, 64)
    except SealRefused:
        return
    assert canonical.encode(value) == data


@pytest.mark.parametrize("value", [1.0, 2**53, -(2**53), "\ud800", b"bytes", {1: "a"}, {"a"}])
def test_what_has_no_spelling_is_refused(value: object) -> None:
    with pytest.raises(SealRefused) as refused:
        canonical.encode(value)
    assert refused.value.reason is Reason.NOT_CANONICAL


def test_keys_go_by_utf16_and_not_by_code_point() -> None:
    assert canonical.encode({"\uffff": 1, "𠮷": 2}) == '{"𠮷":2,"\uffff":1}'.encode()


def test_a_nest_may_be_just_so_deep() -> None:
    def nest(depth: int) -> bytes:
        return b"[" * depth + b"]" * depth

    canonical.decode(nest(canonical.DEPTH_MAX), 100)
    with pytest.raises(SealRefused):
        canonical.decode(nest(canonical.DEPTH_MAX + 1), 100)
    with pytest.raises(SealRefused):
        canonical.decode(nest(100_000), 1 << 20)
