"""What a suite is made of, one value a suite: INT1, and SM1 (国密).

A closed list. The notice fixes one, and nothing negotiates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final, Protocol

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512, SM3, Hash, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from crypto.errors import Reason, SealRefused

SALT: Final = 24
COMMITMENT: Final = 32
# what stands before the first chunk, and tells whether a key is the one
HEAD: Final = SALT + COMMITMENT
CHUNK: Final = 16 * 1024
TAG: Final = 16
NONCE: Final = 12

Bytes = bytes | bytearray | memoryview


class Aead(Protocol):
    """As `cryptography`'s AESGCM; both raise InvalidTag."""

    def encrypt(self, nonce: bytes, data: Bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: Bytes, associated_data: bytes | None) -> bytes: ...
    def encrypt_into(
        self, nonce: bytes, data: Bytes, associated_data: bytes | None, buf: memoryview
    ) -> int: ...


class Hashing(Protocol):
    """A hash being made, as hashlib has them. 32 bytes come of it."""

    def update(self, data: Bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class Reader(Protocol):
    """Reads one section in pieces. Both raise InvalidTag."""

    def update(self, data: Bytes) -> bytes: ...
    def finalize(self) -> bytes: ...


@dataclass(frozen=True, slots=True, eq=False)  # one object a suite
class Ciphers:
    """What a suite makes its hashes and its sections of."""

    name: str
    hashing: Callable[[], Hashing]  # H
    key: int  # bytes of a content key and of a section's
    stream: bytes  # the AEAD's registered name, which chunked-encryption derives with
    expand_by: HashAlgorithm
    aead: Callable[[bytes], Aead]
    reader: Callable[[bytes, bytes], Reader]  # of a section's key and what it is bound to

    def hash(self, data: Bytes) -> bytes:
        """H, 32 bytes."""
        made = self.hashing()
        made.update(data)
        return made.digest()

    def digest(self, data: Bytes) -> str:
        """H, hex: HH of a header, SH of a seal.json, a certificate's name in a header."""
        return self.hash(data).hex()

    def expand(self, key: bytes, info: bytes, length: int) -> bytes:
        """HKDF-Expand (RFC 5869 §2.3)."""
        return HKDFExpand(self.expand_by, length, info).derive(key)

    def extract(self, salt: bytes, key: bytes) -> bytes:
        """HKDF-Extract (RFC 5869 §2.2): as many bytes as the hash gives."""
        return HKDF.extract(self.expand_by, salt, key)

    def derive(self, key: bytes, bound_to: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
        """AEAD key, base nonce and commitment of a section."""
        info = b"c2sp.org/chunked-encryption@v1+" + self.stream + b"\x00" + salt + bound_to
        okm = self.expand(key, info, self.key + NONCE + COMMITMENT)
        return okm[: self.key], okm[self.key : self.key + NONCE], okm[self.key + NONCE :]


class Sm4Gcm:
    """AEAD_SM4_GCM (RFC 8998 §3), which `cryptography` has as a cipher and not as an AEAD."""

    def __init__(self, key: bytes) -> None:
        self._cipher = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: Bytes, associated_data: bytes | None) -> bytes:
        out = bytearray(len(data) + TAG)
        self.encrypt_into(nonce, data, associated_data, memoryview(out))
        return bytes(out)

    def encrypt_into(
        self, nonce: bytes, data: Bytes, associated_data: bytes | None, buf: memoryview
    ) -> int:
        """Into `buf`, which holds the data and its tag exactly."""
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        if associated_data:
            encryptor.authenticate_additional_data(associated_data)
        encryptor.update_into(data, buf)
        encryptor.finalize()
        buf[len(data) :] = encryptor.tag
        return len(data) + TAG

    def decrypt(self, nonce: bytes, data: Bytes, associated_data: bytes | None) -> bytes:
        """Raises InvalidTag."""
        out = bytearray(len(data))
        size = self.decrypt_into(nonce, memoryview(data), associated_data, memoryview(out))
        return bytes(out[:size])

    def decrypt_into(
        self, nonce: bytes, data: memoryview, associated_data: bytes | None, buf: memoryview
    ) -> int:
        """Into `buf`, at least as long as `data`; worth nothing after InvalidTag."""
        if len(data) < TAG:
            raise InvalidTag
        decryptor = Cipher(self._cipher, modes.GCM(nonce)).decryptor()
        if associated_data:
            decryptor.authenticate_additional_data(associated_data)
        size = decryptor.update_into(data[:-TAG], buf)
        decryptor.finalize_with_tag(bytes(data[-TAG:]))
        return size


class Sm4Reader:
    """chunked-encryption under AEAD_SM4_GCM: SM1's twin of the library's Cobblestone256Decryptor.

    A chunk is given out once it is authenticated, and only whole; the last one is shorter than
    the others, so that a missing end shows.
    """

    def __init__(self, key: bytes, bound_to: bytes) -> None:
        self._key, self._bound_to = key, bound_to
        self._rest = bytearray()
        self._aead: Sm4Gcm | None = None
        self._start, self._counter = 0, 0

    def update(self, data: Bytes) -> bytes:
        self._rest += data
        if self._aead is None and not self._begin():
            return b""
        count, chunk = len(self._rest) // (CHUNK + TAG), CHUNK + TAG
        if not count:
            return b""
        out = bytearray(count * CHUNK + TAG)
        with memoryview(self._rest) as sealed, memoryview(out) as plain:
            for number in range(count):
                self._open(
                    sealed[number * chunk : (number + 1) * chunk],
                    plain[number * CHUNK : (number + 1) * CHUNK + TAG],
                )
        del self._rest[: count * chunk]
        return bytes(memoryview(out)[:-TAG])

    def finalize(self) -> bytes:
        if self._aead is None:
            raise InvalidTag
        out = bytearray(len(self._rest))
        with memoryview(self._rest) as sealed, memoryview(out) as plain:
            size = self._open(sealed, plain)
        return bytes(out[:size])

    def _begin(self) -> bool:
        """Whether the head is in. The key is held against the commitment before any chunk."""
        if len(self._rest) < HEAD:
            return False
        head = bytes(self._rest[:HEAD])
        aead_key, nonce, committed = SM1.derive(self._key, self._bound_to, head[:SALT])
        if not compare_digest(committed, head[SALT:]):
            raise InvalidTag
        del self._rest[:HEAD]
        self._aead, self._start = Sm4Gcm(aead_key), int.from_bytes(nonce, "big")
        return True

    def _open(self, sealed: memoryview, plain: memoryview) -> int:
        assert self._aead is not None
        nonce = (self._start ^ self._counter).to_bytes(NONCE, "big")
        self._counter += 1
        return self._aead.decrypt_into(nonce, sealed, None, plain)


class Sm3:
    """SM3 (GB/T 32905) as hashlib would have it."""

    def __init__(self) -> None:
        self._hash: Any = Hash(SM3())

    def update(self, data: Bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return bytes(self._hash.copy().finalize())


def sm3(data: bytes) -> bytes:
    """GB/T 32905: 32 bytes."""
    return SM1.hash(data)


INT1: Final = Ciphers(
    "INT1", sha256, 32, b"AEAD_AES_256_GCM", SHA512(), AESGCM, Cobblestone256Decryptor
)
SM1: Final = Ciphers("SM1", Sm3, 16, b"AEAD_SM4_GCM", SM3(), Sm4Gcm, Sm4Reader)
SUITES: Final = {suite.name: suite for suite in (INT1, SM1)}


def suite_of(name: object) -> Ciphers:
    """The suite of that name. Raises SealRefused(wrong_suite)."""
    found = SUITES.get(name) if isinstance(name, str) else None
    if found is None:
        raise SealRefused(Reason.WRONG_SUITE, str(name)[:16])
    return found
