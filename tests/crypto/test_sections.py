"""Sections of a sealed tender: C2SP chunked-encryption, and what commitment is for."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as some

from crypto import sections
from crypto.errors import Reason, SealRefused
from tests.crypto.vectors import Case

KEY, CONTEXT, SALT = bytes(range(32)), b"context", bytes(24)
FOREIGN = Path(cryptography_vectors.__file__).parent / "chunked-encryption" / "vectors.json"
# These vectors derive with SHA-256, ours (and the library's Cobblestone-256) with SHA-512: they fit
# behind the derivation. What they refuse is refused in vectors/sections.json under our derivation.
GOOD = [
    case
    for case in json.loads(FOREIGN.read_text())["vectors"]
    if case["expect"] == "success" and "AES" in case["aead"]
]


@pytest.mark.parametrize("case", GOOD, ids=[case["name"] for case in GOOD])
def test_the_chunks_of_the_specification_s_vectors_are_ours(case: Case) -> None:
    data = b64decode(case["ciphertext"])
    sealed = (zlib.decompress(data) if case.get("compressed") else data)[sections.HEAD :]
    key, nonce = bytes.fromhex(case["aead_key"]), bytes.fromhex(case["base_nonce"])
    plain = b"".join(_read_plainly(key, nonce, sealed))

    assert len(plain) == case["payload_length"]
    assert sha256(plain).hexdigest() == case["payload_sha256"]
    assert b"".join(sections.chunks(key, nonce, [plain])) == sealed
    assert sections.section_length(len(plain)) == len(sealed) + sections.HEAD


def _read_plainly(key: bytes, nonce: bytes, sealed: bytes) -> Iterator[bytes]:
    aead, start = AESGCM(key), int.from_bytes(nonce, "big")
    for number, at in enumerate(range(0, len(sealed) + 1, 16384 + 16)):
        chunk = sealed[at : at + 16384 + 16]
        yield aead.decrypt((start ^ number).to_bytes(12, "big"), chunk, None)


def test_there_are_vectors_of_the_specification() -> None:
    assert len(GOOD) == 18


@settings(deadline=None)  # the machine is shared
@given(some.integers(0, 70_000), some.integers(50, 40_000), some.integers(50, 40_000))
def test_pieces_of_any_size_give_the_same(size: int, step_in: int, step_out: int) -> None:
    plain = bytes(number * 7 % 256 for number in range(size))
    pieces = [plain[at : at + step_in] for at in range(0, size, step_in)]
    sealed = b"".join(sections.encrypt(KEY, CONTEXT, SALT, pieces))
    back = (sealed[at : at + step_out] for at in range(0, len(sealed), step_out))

    assert sealed == b"".join(sections.encrypt(KEY, CONTEXT, SALT, [plain]))
    assert len(sealed) == sections.section_length(size)
    assert b"".join(sections.decrypt(KEY, CONTEXT, back)) == plain


@pytest.mark.parametrize("size", [0, 1, 16384, 16385, 3 * 2**20 + 5])
def test_the_library_reads_what_we_write_and_the_other_way_round(size: int) -> None:
    plain = bytes(size)
    theirs = Cobblestone256Encryptor(KEY, CONTEXT)
    sealed = theirs.update(plain) + theirs.finalize()
    reader = Cobblestone256Decryptor(KEY, CONTEXT)
    ours = b"".join(sections.encrypt(KEY, CONTEXT, sealed[:24], [plain]))

    assert ours == sealed
    assert reader.update(ours) + reader.finalize() == plain
    assert b"".join(sections.decrypt(KEY, CONTEXT, [sealed])) == plain


def test_no_stretch_is_long() -> None:
    many = [bytes(3 * 2**20)]
    sealed = list(sections.encrypt(KEY, CONTEXT, SALT, many))

    assert max(map(len, sealed)) <= 2**20 + 16 * 64
    plain = list(sections.decrypt(KEY, CONTEXT, [b"".join(sealed)]))
    assert max(map(len, plain)) <= 2**20


def test_one_ciphertext_for_two_keys_is_stopped_by_the_commitment() -> None:
    """AES-GCM alone would let a bidder choose its price after the deadline.

    First the attack on bare GCM, to show that it is real: a ciphertext of three blocks is solved so
    that one tag fits two keys. Then the same against a section.
    """
    one, two, nonce = bytes(32), bytes([1]) + bytes(31), bytes(12)
    forged = _for_two_keys(one, two, nonce)
    plains = []
    for key in (one, two):
        reader = Cipher(algorithms.AES(key), modes.GCM(nonce, forged[-16:])).decryptor()
        plains.append(reader.update(forged[:-16]) + reader.finalize())
    assert plains[0] != plains[1]

    key, other = KEY, bytes(32)
    derived = sections._derive(key, CONTEXT, SALT), sections._derive(other, CONTEXT, SALT)
    bases = [int.from_bytes(found[1], "big").to_bytes(12, "big") for found in derived]
    chunk = _for_two_keys(derived[0][0], derived[1][0], bases[0], bases[1])
    for found in derived:
        section = SALT + found[2] + chunk
        mine, wrong = (key, other) if found is derived[0] else (other, key)
        assert len(b"".join(sections.decrypt(mine, CONTEXT, [section]))) == 16
        with pytest.raises(SealRefused) as refused:
            list(sections.decrypt(wrong, CONTEXT, [section]))
        assert refused.value.reason is Reason.WRONG_KEY


def _for_two_keys(one: bytes, two: bytes, nonce: bytes, nonce_two: bytes | None = None) -> bytes:
    """A ciphertext of one block, and its tag, that AES-GCM authenticates under both keys.

    With C the block, L the length block and S the mask of the tag: C·H² + L·H + S is to be the same
    for both keys, so C = (L·H₁ + S₁ + L·H₂ + S₂) / (H₁² + H₂²) in GF(2¹²⁸).
    """
    length = (0).to_bytes(8, "big") + (128).to_bytes(8, "big")
    found = []
    for key, chosen in ((one, nonce), (two, nonce_two or nonce)):
        block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
        h = int.from_bytes(block.update(bytes(16)), "big")
        mask = int.from_bytes(block.update(chosen + b"\0\0\0\1"), "big")
        found.append((h, _times(int.from_bytes(length, "big"), h) ^ mask))
    (h1, t1), (h2, t2) = found
    c = _times(t1 ^ t2, _inverse(_times(h1, h1) ^ _times(h2, h2)))
    tag = _times(c, _times(h1, h1)) ^ t1
    return c.to_bytes(16, "big") + tag.to_bytes(16, "big")


def _times(a: int, b: int) -> int:
    """In GF(2¹²⁸) as GCM writes it (SP 800-38D §6.3)."""
    out = 0
    for at in range(127, -1, -1):
        if a >> at & 1:
            out ^= b
        b = (b >> 1) ^ (0xE1 << 120 if b & 1 else 0)
    return out


def _inverse(a: int) -> int:
    out, power = 1 << 127, a  # 1, and a^(2^i): a^(2^128 - 2) is the inverse
    for _ in range(127):
        power = _times(power, power)
        out = _times(out, power)
    return out
