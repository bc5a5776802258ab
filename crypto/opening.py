"""Opening a package: the bidder's keys, the hall's check of a key, and reading what was sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from crypto import sections
from crypto.errors import Reason, SealRefused
from crypto.header import SECTIONS, Header
from crypto.letter import LETTER_MAX, BodyIndex, BodyReader, FilePiece, read_letter_plain
from crypto.suites import Ciphers

LETTER: Final = 0
BODY: Final = 1


class Unwrapper(Protocol):
    """A key on a device, with which a key envelope can be opened."""

    def unwrap(self, keyenv_der: bytes) -> bytes: ...


def section_keys(key: Unwrapper, keyenv_der: bytes, header: bytes) -> list[bytes]:
    """The bidder's side: K_i for each section. The content key itself never leaves.

    A package under two-party control is refused: no single key opens it (dual.py).
    Raises SealRefused(malformed_header | keyenv_altered | not_a_recipient | malformed_keyenv).
    """
    found = Header.parse(header)
    suite, bound = found.suite, found.suite.hash(header)
    if found.host is not None:
        raise SealRefused(Reason.MALFORMED_HEADER, "host")
    if found.keyenv != suite.digest(keyenv_der):
        raise SealRefused(Reason.KEYENV_ALTERED)
    cek = key.unwrap(keyenv_der)
    if len(cek) != suite.key:
        raise SealRefused(Reason.MALFORMED_KEYENV, "content key length")
    return [sections.section_key(cek, index, bound, suite) for index in range(len(SECTIONS))]


def rehearse(key: Unwrapper, header: bytes, keyenv_der: bytes, heads: Sequence[bytes]) -> None:
    """模拟解密: whether this key would open the package, from each section's first 56 bytes.

    Raises SealRefused as `section_keys` and `check_key` do.
    """
    keys = section_keys(key, keyenv_der, header)
    if len(heads) != len(keys):
        raise SealRefused(Reason.SECTION_ALTERED, "number of sections")
    for index, (section_key, head) in enumerate(zip(keys, heads, strict=True)):
        check_key(header, index, section_key, head)


def check_key(header: bytes, index: int, key: bytes, head: bytes) -> None:
    """Whether `key` is the one that section `index` was sealed with, by its commitment.

    Raises SealRefused(wrong_key), after which another key may be tried; or section_altered.
    """
    suite, bound = _bound(header)
    sections.check_key(key, sections.context(index, bound), head, suite)


def read_letter(header: bytes, key: bytes, section: bytes) -> dict[str, Any]:
    """The letter in section 0.

    Raises SealRefused(wrong_key), or unreadable_letter once the commitment held.
    """
    suite, header_hash = _bound(header)
    bound = sections.context(LETTER, header_hash)
    sections.check_key(key, bound, section[: sections.HEAD], suite)
    if len(section) > sections.section_length(LETTER_MAX):
        raise SealRefused(Reason.UNREADABLE_LETTER, "too long")
    try:
        plain = b"".join(sections.decrypt(key, bound, [section], suite))
    except SealRefused as refused:
        raise SealRefused(Reason.UNREADABLE_LETTER, refused.reason.value) from None
    return read_letter_plain(plain)


def read_body(
    header: bytes, key: bytes, pieces: Iterable[bytes]
) -> Iterator[BodyIndex | FilePiece]:
    """The body in section 1, from its ciphertext as it comes: first its index, then its files.

    A file counts once its last piece came (`done`), the body once the iterator has ended.
    Raises SealRefused(wrong_key), or unreadable_body once the commitment held.
    """
    suite, header_hash = _bound(header)
    reader, bound = BodyReader(), sections.context(BODY, header_hash)
    try:
        for plain in sections.decrypt(key, bound, pieces, suite):
            yield from reader.feed(plain)
    except SealRefused as refused:
        if refused.reason is not Reason.SECTION_ALTERED:
            raise
        raise SealRefused(Reason.UNREADABLE_BODY, "chunk") from None
    reader.finish()


def _bound(header: bytes) -> tuple[Ciphers, bytes]:
    """The suite, and HH: everything is tied to the header's very bytes."""
    suite = Header.parse(header).suite
    return suite, suite.hash(header)
