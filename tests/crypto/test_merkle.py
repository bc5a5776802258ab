"""Merkle trees, held against the plainest reading of RFC 9162 there is."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from crypto import merkle

sizes = some.integers(1, 200)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(size)]


def test_a_leaf_is_told_from_a_node() -> None:
    left, right = leaves(2)

    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert merkle.leaf_hash(b"") == sha256(b"\0").digest()


def test_every_root_is_the_naive_one() -> None:
    tree = merkle.Tree()
    for size in range(70):
        assert tree.size == size
        assert tree.root == tree.root_at(size) == naive_root(leaves(size))
        assert tree.append(leaves(size + 1)[-1]) == size
    assert [tree.root_at(size) for size in range(70)] == [
        naive_root(leaves(size)) for size in range(70)
    ]


@settings(deadline=None)  # the machine is shared
@given(sizes, some.data())
def test_an_inclusion_proof_holds_for_its_leaf_alone(size: int, data: some.DataObject) -> None:
    found = leaves(size)
    tree, index = merkle.Tree(found), data.draw(some.integers(0, size - 1))
    proof, root = tree.inclusion(index, size), tree.root

    assert merkle.verify_inclusion(index, size, found[index], proof, root)
    for other in range(size):
        if other != index:
            assert not merkle.verify_inclusion(other, size, found[index], proof, root)
            assert not merkle.verify_inclusion(index, size, found[other], proof, root)
    assert not merkle.verify_inclusion(index, size, found[index], proof, merkle.leaf_hash(root))


@settings(deadline=None)  # the machine is shared
@given(sizes, some.data())
def test_a_consistency_proof_holds_for_its_two_trees_alone(
    size: int, data: some.DataObject
) -> None:
    tree, old = merkle.Tree(leaves(size)), data.draw(some.integers(0, size))
    before, proof = tree.root_at(old), tree.consistency(old, size)
    forked = merkle.Tree([merkle.leaf_hash(b"forged"), *leaves(size)[1:]])

    assert merkle.verify_consistency(old, size, before, tree.root, proof)
    if old:  # the empty tree is the beginning of every tree
        assert not merkle.verify_consistency(old, size, before, merkle.leaf_hash(b""), proof)
        lied = forked.consistency(old, size)
        assert not merkle.verify_consistency(old, size, before, forked.root, lied)
        assert not merkle.verify_consistency(old, size, forked.root_at(old), tree.root, proof)


@settings(deadline=None)  # the machine is shared
@given(sizes, some.integers(0, 7), some.binary(min_size=32, max_size=32))
def test_a_node_of_a_proof_cannot_be_changed(size: int, at: int, node: bytes) -> None:
    found = leaves(size)
    tree = merkle.Tree(found)
    proof = tree.inclusion(0, size)
    if at < len(proof) and proof[at] != node:
        changed = [*proof[:at], node, *proof[at + 1 :]]
        assert not merkle.verify_inclusion(0, size, found[0], changed, tree.root)


def test_two_roots_of_one_size_are_never_consistent() -> None:
    mine, theirs = merkle.Tree(leaves(5)), merkle.Tree(leaves(6)[1:])

    assert merkle.verify_consistency(5, 5, mine.root, mine.root, [])
    assert not merkle.verify_consistency(5, 5, mine.root, theirs.root, [])


def test_nothing_is_proved_outside_the_tree() -> None:
    tree = merkle.Tree(leaves(3))
    for ask in (
        lambda: tree.root_at(4),
        lambda: tree.inclusion(3, 3),
        lambda: tree.inclusion(-1, 3),
        lambda: tree.inclusion(0, 4),
        lambda: tree.consistency(2, 4),
        lambda: tree.consistency(3, 2),
        lambda: tree.append(b"short"),
    ):
        with pytest.raises(ValueError, match=r"outside|32 bytes"):
            ask()


def test_parts_are_cut_at_a_mebibyte() -> None:
    part = bytes(merkle.PART)

    assert merkle.part_hashes(b"") == []
    assert merkle.part_hashes(part) == [merkle.leaf_hash(part)]
    assert merkle.part_hashes(part + b"a") == [merkle.leaf_hash(part), merkle.leaf_hash(b"a")]
