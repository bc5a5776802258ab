"""A section of a sealed tender: its key, and https://c2sp.org/chunked-encryption under it.

Decryption is the suite's reader's (INT1: `cryptography.cobblestone`). Encryption is written out
here over the suite's AEAD, because the library draws the salt inside, and then nobody could hold
two implementations to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hmac import compare_digest
from typing import Final

from cryptography.exceptions import InvalidTag

from crypto.errors import Reason, SealRefused
from crypto.suites import CHUNK as CHUNK
from crypto.suites import COMMITMENT as COMMITMENT
from crypto.suites import HEAD as HEAD
from crypto.suites import INT1, NONCE, Ciphers
from crypto.suites import SALT as SALT
from crypto.suites import TAG as TAG

KEY: Final = INT1.key
# nothing is worked on in longer stretches, so that a thread never stalls others
PIECE: Final = 1 << 20
# what is decrypted at once stays in the processor's cache: a third faster than by 1 MiB
READ: Final = 1 << 18


def section_key(cek: bytes, index: int, header_hash: bytes, suite: Ciphers = INT1) -> bytes:
    """K_i, from the content key and HH (32 bytes)."""
    info = b"bidroom/seal/1 section key\x00" + bytes([index]) + header_hash
    return suite.expand(cek, info, suite.key)


def context(index: int, header_hash: bytes) -> bytes:
    """What a section's encryption is bound to: its place, and the package's header."""
    return b"bidroom/seal/1 section\x00" + bytes([index]) + header_hash


def section_length(plain: int) -> int:
    """Bytes of ciphertext for `plain` bytes."""
    return HEAD + plain + TAG * (plain // CHUNK + 1)


def is_section_length(length: int) -> bool:
    """Whether a section can be so long: after a head and whole chunks comes a shorter one."""
    rest = (length - HEAD) % (CHUNK + TAG)
    return length >= section_length(0) and rest >= TAG


def commitment(head: bytes) -> bytes:
    """The 32 bytes by which a section is bound to one key. Raises SealRefused(section_altered)."""
    if len(head) < HEAD:
        raise SealRefused(Reason.SECTION_ALTERED, "no head")
    return head[SALT:HEAD]


def check_key(key: bytes, bound_to: bytes, head: bytes, suite: Ciphers = INT1) -> None:
    """Whether `key` is the one the section was sealed with.

    Raises SealRefused(wrong_key | section_altered).
    """
    expected = commitment(head)
    fits = len(key) == suite.key
    if not fits or not compare_digest(suite.derive(key, bound_to, head[:SALT])[2], expected):
        raise SealRefused(Reason.WRONG_KEY)


def encrypt(
    key: bytes, bound_to: bytes, salt: bytes, pieces: Iterable[bytes], suite: Ciphers = INT1
) -> Iterator[bytes]:
    """The ciphertext of `pieces`, in stretches of about 1 MiB. `salt`: 24 random bytes."""
    if len(key) != suite.key or len(salt) != SALT:
        raise ValueError(f"key of {suite.key} bytes, salt of {SALT}")
    aead_key, base_nonce, committed = suite.derive(key, bound_to, salt)
    yield salt + committed
    yield from chunks(aead_key, base_nonce, pieces, suite)


def chunks(
    aead_key: bytes, base_nonce: bytes, pieces: Iterable[bytes], suite: Ciphers = INT1
) -> Iterator[bytes]:
    """The specification's chunks alone, without a head: what its vectors can be held to."""
    aead, counter, start = suite.aead(aead_key), 0, int.from_bytes(base_nonce, "big")
    rest = b""
    for piece in pieces:
        for stretch in _stretches(rest, piece):
            whole = len(stretch) - len(stretch) % CHUNK
            out = bytearray(whole + TAG * (whole // CHUNK))
            view, chunks = memoryview(stretch), memoryview(out)
            for number in range(whole // CHUNK):
                nonce = (start ^ counter).to_bytes(NONCE, "big")
                at = number * (CHUNK + TAG)
                aead.encrypt_into(
                    nonce,
                    view[number * CHUNK : (number + 1) * CHUNK],
                    None,
                    chunks[at : at + CHUNK + TAG],
                )
                counter += 1
            rest = stretch[whole:]
            if out:
                yield bytes(out)
    yield aead.encrypt((start ^ counter).to_bytes(NONCE, "big"), rest, None)


def decrypt(
    key: bytes, bound_to: bytes, pieces: Iterable[bytes], suite: Ciphers = INT1
) -> Iterator[bytes]:
    """The plaintext of a section's `pieces`, each chunk authenticated before it is given out.

    Whoever uses it must run it to its end: only there does a missing end show.
    Raises SealRefused(wrong_key | section_altered).
    """
    if len(key) != suite.key:
        raise SealRefused(Reason.WRONG_KEY)
    decryptor, head = suite.reader(key, bound_to), b""
    try:
        for piece in pieces:
            view = memoryview(piece)
            for start in range(0, len(piece), READ):
                stretch = view[start : start + READ]
                if len(head) < HEAD:
                    head += bytes(stretch[: HEAD - len(head)])
                    if len(head) == HEAD:
                        check_key(key, bound_to, head, suite)
                if plain := decryptor.update(stretch):
                    yield plain
        commitment(head)
        if plain := decryptor.finalize():
            yield plain
    except InvalidTag:
        raise SealRefused(Reason.SECTION_ALTERED, "chunk") from None


def _stretches(rest: bytes, piece: bytes) -> Iterator[bytes]:
    """`rest` and `piece` in stretches of at most 1 MiB; each but the last is whole chunks."""
    joined = rest + piece
    for start in range(0, len(joined), PIECE):
        yield joined[start : start + PIECE]
