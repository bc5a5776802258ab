"""A secret split so that any `k` of its `n` parts restore it, and fewer tell nothing (Shamir).

Byte by byte over GF(256) with AES's polynomial x⁸+x⁴+x³+x+1: the secret's byte is a polynomial's
value at 0, part number i (from 1) holds its value at i. The arithmetic looks nothing up and takes
no branch on what is secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

PARTS_MAX: Final = 255
SECRET_MAX: Final = 1024

Entropy = Callable[[int], bytes]


def split(secret: bytes, k: int, n: int, entropy: Entropy) -> list[bytes]:
    """Parts 1 to `n` of `secret` (1 to 1024 bytes), each as long as it is. 1 ≤ k ≤ n ≤ 255."""
    if not 1 <= k <= n <= PARTS_MAX or not 0 < len(secret) <= SECRET_MAX:
        raise ValueError("no such parts")
    rows = [secret, *(entropy(len(secret)) for _ in range(k - 1))]
    return [bytes(_value_at(x, byte) for byte in zip(*rows, strict=True)) for x in range(1, n + 1)]


def combine(parts: Mapping[int, bytes]) -> bytes:
    """What the parts, by their numbers, add up to. Fewer than `k` of them give something else."""
    sizes = {len(part) for part in parts.values()}
    if len(sizes) != 1 or not all(0 < number <= PARTS_MAX for number in parts):
        raise ValueError("no such parts")
    weights = {number: _weight(number, parts) for number in parts}
    secret = bytearray(sizes.pop())
    for number, part in parts.items():
        for place, byte in enumerate(part):
            secret[place] ^= _times(byte, weights[number])
    return bytes(secret)


def _value_at(x: int, coefficients: tuple[int, ...]) -> int:
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, x) ^ coefficient
    return value


def _weight(number: int, parts: Mapping[int, bytes]) -> int:
    """Lagrange's coefficient at 0."""
    weight = 1
    for other in parts:
        if other != number:
            weight = _times(weight, _times(other, _inverse(other ^ number)))
    return weight


def _times(one: int, other: int) -> int:
    product = 0
    for bit in range(8):
        product ^= -(other >> bit & 1) & one
        one = (one << 1) ^ (-(one >> 7) & 0x11B)
    return product


def _inverse(one: int) -> int:
    """The 254th power, which is the inverse of all but 0."""
    power, square = 1, one
    for _ in range(7):
        square = _times(square, square)
        power = _times(power, square)
    return power
