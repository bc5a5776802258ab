"""A large tender is sealed and opened quickly, and in the memory of a few parts."""

from __future__ import annotations

from hashlib import sha256
from time import perf_counter

import pytest

from crypto import merkle, opening
from crypto.errors import Reason, SealRefused
from crypto.letter import FileIn, FilePiece
from crypto.seal import Package, Sink, seal
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import AT, cast
from crypto.vectors.made import FACTS
from crypto.vectors.plain import LETTER

SIZE = 50_000_000
SECONDS_MAX = 1.0  # measured: 0.2 on a shared machine with two cores
TRIES = 3  # the machine may be busy with something else; the best of them counts


def sealed(files: list[FileIn], sink: Sink) -> Package:
    people = cast().holders
    return seal(
        letter=LETTER,
        files=files,
        facts=FACTS,
        signer=people["a.sign"].key,
        recipients=[people["a.enc"].certificate],
        at=AT,
        entropy=Entropy("speed"),
        sink=sink,
    )


def test_50_mb_are_sealed_and_opened_within_a_second() -> None:
    data = sha256(b"body").digest() * (SIZE // 32)
    key = cast().holders["a.enc"].key
    sealing, reading = [], []
    for _ in range(TRIES):
        parts: list[list[bytes]] = [[], []]

        def take(section: int, part: bytes, parts: list[list[bytes]] = parts) -> None:
            parts[section].append(part)

        began = perf_counter()
        package = sealed([FileIn.of("技术标.pdf", data)], take)
        sealing.append(perf_counter() - began)

        began = perf_counter()
        keys = opening.section_keys(key, package.keyenv, package.header)
        read = list(opening.read_body(package.header, keys[1], parts[1]))
        reading.append(perf_counter() - began)

        assert b"".join(one.data for one in read if isinstance(one, FilePiece)) == data
        assert [merkle.leaf_hash(part) for part in parts[1]] == package.part_leaves[1]
    assert min(sealing) < SECONDS_MAX
    assert min(reading) < SECONDS_MAX


def test_a_body_goes_through_in_parts_however_large_it_is() -> None:
    """What was read and not yet handed on is never more than a few MiB."""
    read, handed, most = 0, 0, 0

    def give(offset: int, length: int) -> bytes:
        nonlocal read, most
        assert length <= merkle.PART
        read += length
        most = max(most, read - SIZE - handed)  # the first reading only hashes
        return bytes(length)

    def take(section: int, part: bytes) -> None:
        nonlocal handed
        assert 0 < len(part) <= merkle.PART
        handed += len(part) if section == opening.BODY else 0

    package = sealed([FileIn("技术标.pdf", SIZE, give)], take)

    assert read == 2 * SIZE
    assert handed == package.lengths[opening.BODY]
    assert 0 < most <= 4 * merkle.PART


def test_a_file_that_changes_while_it_is_sealed_is_noticed() -> None:
    reads = iter([b"before", b"behind"])
    file = FileIn("a.txt", 6, lambda offset, length: next(reads))
    with pytest.raises(SealRefused) as refused:
        sealed([file], lambda section, part: None)
    assert refused.value.reason is Reason.MALFORMED_BODY
