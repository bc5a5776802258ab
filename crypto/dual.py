"""Two-party control (双重解密): a section's key that bidder and host can only make together.

The bidder seals twice: a content key for itself, and a second one for the host and at least one
reserve. From each come halves, one for each section, and only both give the section's key.
seal.json commits to every half, so each is judged by itself when it is released: whoever releases
a wrong one is known, and nothing need be decrypted to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from hmac import compare_digest
from typing import Final

from crypto import sections
from crypto.errors import Reason, SealRefused
from crypto.header import SECTIONS, Header, Manifest
from crypto.opening import LETTER, Unwrapper
from crypto.suites import INT1, Ciphers

COMMITMENT: Final = 32  # bytes
_SALT: Final = b"bidroom/seal/1 dual"


class Party(IntEnum):
    """Whose half. The numbers are part of the format."""

    BIDDER = 0
    HOST = 1


def commitment(
    half: bytes, party: Party, index: int, header_hash: bytes, suite: Ciphers = INT1
) -> bytes:
    """What seal.json holds of a half of section `index`; tells nothing of the half."""
    info = b"bidroom/seal/1 half\x00" + bytes([party, index]) + header_hash
    return suite.expand(half, info, COMMITMENT)


def commitments(
    ceks: tuple[bytes, bytes], header_hash: bytes, suite: Ciphers = INT1
) -> tuple[tuple[str, str], ...]:
    """Of the halves that the bidder's content key and the host's give, hex, by section."""

    def one(party: Party, index: int) -> str:
        half = sections.section_key(ceks[party], index, header_hash, suite)
        return commitment(half, party, index, header_hash, suite).hex()

    return tuple((one(Party.BIDDER, i), one(Party.HOST, i)) for i in range(len(SECTIONS)))


def combine(
    bidder: bytes, host: bytes, index: int, header_hash: bytes, suite: Ciphers = INT1
) -> bytes:
    """K_i, from both halves of section `index`."""
    return sections.section_key(suite.extract(_SALT, bidder + host), index, header_hash, suite)


def halves(key: Unwrapper, party: Party, envelope: bytes, header: bytes) -> list[bytes]:
    """A party's own halves, by section. `envelope`: keyenv.der, or the host's keyenv-host.der.

    Raises SealRefused(malformed_header | keyenv_altered | not_a_recipient | malformed_keyenv).
    """
    found = Header.parse(header)
    if found.host is None:
        raise SealRefused(Reason.MALFORMED_HEADER, "host")
    named = found.keyenv if party is Party.BIDDER else found.host.keyenv
    suite = found.suite
    if named != suite.digest(envelope):
        raise SealRefused(Reason.KEYENV_ALTERED)
    cek, bound = key.unwrap(envelope), suite.hash(header)
    if len(cek) != suite.key:
        raise SealRefused(Reason.MALFORMED_KEYENV, "content key length")
    return [sections.section_key(cek, index, bound, suite) for index in range(len(SECTIONS))]


def check_half(header: bytes, seal_json: bytes, party: Party, index: int, half: bytes) -> None:
    """Whether `half` is the one that the package was sealed with, for this party and section.

    Raises SealRefused(wrong_key), after which another may be tried; malformed_seal or
    header_altered where the package has no commitments of its own.
    """
    manifest, suite = Manifest.parse(seal_json), Header.parse(header).suite
    if manifest.header_hash != suite.digest(header):
        raise SealRefused(Reason.HEADER_ALTERED)
    if not manifest.halves:
        raise SealRefused(Reason.MALFORMED_SEAL, "halves")
    bound, fits = bytes.fromhex(manifest.header_hash), len(half) == suite.key
    expected = bytes.fromhex(manifest.halves[index][party])
    if not fits or not compare_digest(commitment(half, party, index, bound, suite), expected):
        raise SealRefused(Reason.WRONG_KEY, "half")


def rehearse(
    key: Unwrapper, party: Party, envelope: bytes, header: bytes, seal_json: bytes
) -> None:
    """模拟解密, for one party: whether its key gives the halves that were committed to.

    Raises SealRefused as `halves` and `check_half` do.
    """
    for index, half in enumerate(halves(key, party, envelope, header)):
        check_half(header, seal_json, party, index, half)


def section_keys(
    header: bytes,
    seal_json: bytes,
    bidder: Sequence[bytes],
    host: Sequence[bytes],
    heads: Sequence[bytes],
) -> list[bytes]:
    """K_i of each section, once every half of both parties has been judged.

    `heads`: the first 56 bytes of each section. Raises SealRefused(wrong_key) for a half that
    misses its commitment; unreadable_letter or unreadable_body where both hold and the section was
    sealed with another key: that is the doing of the bidder, who made both.
    """
    if not len(bidder) == len(host) == len(heads) == len(SECTIONS):
        raise SealRefused(Reason.SECTION_ALTERED, "number of sections")
    for party, given in ((Party.BIDDER, bidder), (Party.HOST, host)):
        for index, half in enumerate(given):
            check_half(header, seal_json, party, index, half)
    suite = Header.parse(header).suite
    bound, keys = suite.hash(header), []
    for index, (own, other) in enumerate(zip(bidder, host, strict=True)):
        key = combine(own, other, index, bound, suite)
        try:
            sections.check_key(key, sections.context(index, bound), heads[index], suite)
        except SealRefused as refused:
            failed = Reason.UNREADABLE_LETTER if index == LETTER else Reason.UNREADABLE_BODY
            raise SealRefused(failed, refused.reason.value) from None
        keys.append(key)
    return keys
