"""Any k parts of a secret restore it, and fewer are chance."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from random import Random

import pytest

from crypto import shamir


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 3), (2, 2), (2, 3), (3, 5), (5, 5)])
def test_any_k_parts_restore_the_secret_and_no_fewer_do(k: int, n: int) -> None:
    random = Random(k * 100 + n)
    secret = random.randbytes(32)
    parts = dict(enumerate(shamir.split(secret, k, n, random.randbytes), 1))
    for count in range(1, n + 1):
        for chosen in combinations(parts, count):
            restored = shamir.combine({number: parts[number] for number in chosen})
            assert (restored == secret) == (count >= k)


def test_the_field_is_aes() -> None:
    """FIPS 197 §4.2: {57}·{83} = {c1}, {57}·{13} = {fe}; and a split that was worked out by hand:
    with the coefficient 57 the byte 00 is 57·2 = ae in part 2."""
    assert shamir.split(b"\0", 2, 2, lambda _: b"\x57") == [b"\x57", b"\xae"]
    assert shamir.split(b"\0", 2, 0x83, lambda _: b"\x57")[0x82] == b"\xc1"
    assert shamir.split(b"\0", 2, 0x13, lambda _: b"\x57")[0x12] == b"\xfe"


def test_one_part_of_two_is_any_byte_equally_often() -> None:
    """For every secret byte, each part runs through all bytes as the coefficient does."""
    for secret in (b"\0", b"\x5a", b"\xff"):
        seen = [shamir.split(secret, 2, 2, partial(_once, byte)) for byte in range(256)]
        assert {parts[0] for parts in seen} == {parts[1] for parts in seen}
        assert len({parts[0] for parts in seen}) == 256


def _once(byte: int, size: int) -> bytes:
    return bytes([byte]) * size


def test_what_cannot_be_split_or_combined_is_refused() -> None:
    for secret, k, n in ((b"", 1, 1), (b"x", 0, 1), (b"x", 3, 2), (b"x", 2, 256)):
        with pytest.raises(ValueError, match="no such parts"):
            shamir.split(secret, k, n, bytes)
    for parts in ({}, {0: b"x"}, {1: b"x", 2: b"xy"}, {256: b"x"}):
        with pytest.raises(ValueError, match="no such parts"):
            shamir.combine(parts)
