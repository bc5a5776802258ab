"""The Merkle tree of RFC 9162: roots, and proofs that anybody can check.

The public log's is over SHA-256; a section's parts hang under the hash of its suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final, NamedTuple

from crypto.suites import INT1, Ciphers

PART: Final = 1 << 20  # bytes of ciphertext under one leaf: what is uploaded and checked at once
HASH: Final = 32


def leaf_hash(data: bytes | bytearray | memoryview, suite: Ciphers = INT1) -> bytes:
    """RFC 9162 §2.1.1: H(0x00 || data)."""
    digest = suite.hashing()
    digest.update(b"\x00")
    digest.update(data)
    return digest.digest()


def node_hash(left: bytes, right: bytes, suite: Ciphers = INT1) -> bytes:
    return suite.hash(b"\x01" + left + right)


def part_hashes(data: bytes, suite: Ciphers = INT1) -> list[bytes]:
    """The leaf hashes of `data` cut into parts of 1 MiB; no part for no data."""
    view = memoryview(data)
    return [leaf_hash(view[start : start + PART], suite) for start in range(0, len(data), PART)]


def root(leaf_hashes: Iterable[bytes], suite: Ciphers = INT1) -> bytes:
    peaks = Peaks(suite=suite)
    for leaf in leaf_hashes:
        peaks = peaks.with_leaf(leaf)
    return peaks.root


class Tree:
    """A tree that grows at its end. Keeps every complete subtree: 64 bytes a leaf, quick proofs."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaf_hashes:
            self.append(leaf)

    @property
    def size(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        return self.root_at(self.size)

    def append(self, leaf: bytes) -> int:
        """The new leaf's index."""
        if len(leaf) != HASH:
            raise ValueError("a leaf hash has 32 bytes")
        node, level = leaf, 0
        self._levels[0].append(node)
        while len(self._levels[level]) % 2 == 0:
            node = node_hash(self._levels[level][-2], node)
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node)
        return self.size - 1

    def root_at(self, size: int) -> bytes:
        """The root that the tree had at `size`; ValueError beyond its present size."""
        self._need(0 <= size <= self.size)
        return self._hash(0, size) if size else sha256().digest()

    def hashes(self, level: int, start: int, count: int) -> list[bytes]:
        """Roots of complete subtrees of 2**level leaves: `count` at most, from `start` on."""
        found = self._levels[level] if level < len(self._levels) else []
        return found[start : start + count]

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Proof that leaf `index` is in the tree of `size` (RFC 9162 §2.1.3.1)."""
        self._need(0 <= index < size <= self.size)
        return list(self._path(index, 0, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Proof that the tree of `new` begins with the tree of `old` (RFC 9162 §2.1.4.1)."""
        self._need(0 <= old <= new <= self.size)
        return [] if old in (0, new) else list(self._subproof(old, 0, new, True))

    def _hash(self, start: int, end: int) -> bytes:
        width = end - start
        level = width.bit_length() - 1
        if width == 1 << level and start % width == 0:
            return self._levels[level][start >> level]
        middle = start + _split(width)
        return node_hash(self._hash(start, middle), self._hash(middle, end))

    def _path(self, index: int, start: int, end: int) -> Iterator[bytes]:
        if end - start == 1:
            return
        middle = start + _split(end - start)
        if index < middle:
            yield from self._path(index, start, middle)
            yield self._hash(middle, end)
        else:
            yield from self._path(index, middle, end)
            yield self._hash(start, middle)

    def _subproof(self, old: int, start: int, end: int, known: bool) -> Iterator[bytes]:
        if old == end:
            if not known:
                yield self._hash(start, end)
            return
        middle = start + _split(end - start)
        if old <= middle:
            yield from self._subproof(old, start, middle, known)
            yield self._hash(middle, end)
        else:
            yield from self._subproof(old, middle, end, False)
            yield self._hash(start, middle)

    @staticmethod
    def _need(holds: bool) -> None:
        if not holds:
            raise ValueError("outside the tree")


class Peaks(NamedTuple):
    """The roots of a tree's complete subtrees, the largest first: all that its growth needs."""

    hashes: tuple[bytes, ...] = ()
    size: int = 0
    suite: Ciphers = INT1

    def with_leaf(self, leaf: bytes) -> Peaks:
        if len(leaf) != HASH:
            raise ValueError("a leaf hash has 32 bytes")
        hashes, size = [*self.hashes, leaf], self.size + 1
        for _ in range((size & -size).bit_length() - 1):  # as many as now come in pairs
            right = hashes.pop()
            hashes[-1] = node_hash(hashes[-1], right, self.suite)
        return Peaks(tuple(hashes), size, self.suite)

    @property
    def root(self) -> bytes:
        """An empty tree's is the hash of nothing."""
        if not self.hashes:
            return self.suite.hash(b"")
        join = self.suite
        return reduce(lambda right, left: node_hash(left, right, join), reversed(self.hashes))


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH:
            return False
        if place % 2 or place == last:
            node = node_hash(sibling, node)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162 §2.1.4.2; the empty tree is the beginning of every tree."""
    if not 0 <= old <= new or any(len(node) != HASH for node in proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == sha256().digest()
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(width: int) -> int:
    """The largest power of two below `width` (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)
