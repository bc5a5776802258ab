"""Sealing a tender, and putting the sealed package into one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final, NamedTuple

from crypto import dual, escrow, keyenv, letter, merkle, sections, signing
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused
from crypto.header import SECTIONS, Header, HeaderFacts, Host, Manifest
from crypto.letter import FileIn
from crypto.suites import Ciphers, suite_of

PACKAGE_BYTES: Final = 16  # of randomness that tell two packages of one bidder apart

Sink = Callable[[int, bytes], object]


@dataclass(frozen=True, slots=True)
class Package:
    """A sealed tender without its sections' bytes, which went to the sink."""

    suite: str
    header: bytes
    keyenv: bytes
    seal_json: bytes
    seal_p7s: bytes
    lengths: tuple[int, ...]  # bytes of ciphertext, by section
    part_leaves: list[list[bytes]]  # leaf hashes of the parts of 1 MiB, by section
    heads: tuple[bytes, ...]  # first 56 bytes, by section: what a rehearsal needs
    escrow: tuple[bytes, ...] = ()  # an envelope for each supervisor, where the notice asks for it
    keyenv_host: bytes | None = None  # under two-party control

    @property
    def header_hash(self) -> str:
        """HH, hex."""
        return suite_of(self.suite).digest(self.header)

    @property
    def seal_hash(self) -> str:
        """SH, hex: the package's name in receipts and logs."""
        return suite_of(self.suite).digest(self.seal_json)


def seal(
    letter: Mapping[str, Any],
    files: Sequence[FileIn],
    facts: HeaderFacts,
    signer: signing.Signer,
    recipients: Sequence[Certificate],
    at: datetime,
    entropy: keyenv.Entropy,
    sink: Sink,
    supervisors: escrow.Supervisors | None = None,
    hosts: Sequence[Certificate] = (),
) -> Package:
    """Seal a letter and a body's files, of any size, in two readings and the memory of a few parts.

    `sink(section, part)` gets each section's ciphertext in order, in parts of 1 MiB of which the
    last is shorter. It asks nothing about the certificates' standing: the hall does when it
    accepts. `supervisors`: who hold shares of the content key, where the notice asks for escrow.
    `hosts`: where it asks for two-party control, the host's certificate and the reserves', as it
    names them.
    Raises SealRefused(wrong_suite | malformed_header | malformed_body | malformed_keyenv |
    too_large | not_canonical | key_unsuited).
    """
    suite = suite_of(facts.suite)
    if keyenv.suite_for(signer.certificate.public_key) is not suite:
        raise SealRefused(Reason.KEY_UNSUITED, f"a key of another suite than {suite.name}")
    plains = _plains(letter, files)
    cek = entropy(suite.key)
    envelope = keyenv.wrap(cek, recipients, entropy, suite)
    named = tuple(suite.digest(recipient.der) for recipient in recipients)
    other = _other_half(hosts, entropy, suite) if hosts else None
    package = entropy(PACKAGE_BYTES).hex()
    told, shares = None, tuple[bytes, ...]()
    if supervisors:
        told, shares = escrow.deposit(cek, supervisors, package, entropy, suite)
    signed_by = suite.digest(signer.certificate.der)
    host = None if other is None else other.host
    header = Header(facts, package, signed_by, named, suite.digest(envelope), told, host)
    encoded = header.encode()
    Header.parse(encoded)  # what a reader would refuse isn't written
    bound = suite.hash(encoded)
    written = []
    for index, plain in enumerate(plains):
        key = sections.section_key(cek, index, bound, suite)
        if other is not None:
            half = sections.section_key(other.cek, index, bound, suite)
            key = dual.combine(key, half, index, bound, suite)
        written.append(_Parts(index, sink, suite))
        salt, context = entropy(sections.SALT), sections.context(index, bound)
        written[-1].take(sections.encrypt(key, context, salt, plain, suite))
    lengths = tuple(one.length for one in written)
    leaves = [one.leaves for one in written]
    roots = tuple(merkle.root(found, suite).hex() for found in leaves)
    halves = dual.commitments((cek, other.cek), bound, suite) if other else ()
    seal_json = Manifest(bound.hex(), lengths, roots, halves).encode()
    p7s = signing.cades_sign(signer, seal_json, at, recipients)
    return Package(
        suite.name,
        encoded,
        envelope,
        seal_json,
        p7s,
        lengths,
        leaves,
        tuple(one.head for one in written),
        shares,
        other and other.envelope,
    )


class _Other(NamedTuple):
    """The host's side of a package under two-party control."""

    cek: bytes
    envelope: bytes
    host: Host


def _other_half(hosts: Sequence[Certificate], entropy: keyenv.Entropy, suite: Ciphers) -> _Other:
    cek = entropy(suite.key)
    envelope = keyenv.wrap(cek, hosts, entropy, suite)
    named = tuple(suite.digest(host.der) for host in hosts)
    return _Other(cek, envelope, Host(suite.digest(envelope), named))


def _plains(what: Mapping[str, Any], files: Sequence[FileIn]) -> list[Iterable[bytes]]:
    """The sections' plaintexts; whatever can be wrong shows before anything is written."""
    first = letter.letter_plain(what)
    entries = letter.body_index(files)
    return [[first], letter.body_plain(files, entries)]


class _Parts:
    """Cuts a section's ciphertext into parts, hashes them and hands them on."""

    def __init__(self, section: int, sink: Sink, suite: Ciphers) -> None:
        self._section, self._sink, self._part = section, sink, bytearray()
        self._suite = suite
        self.leaves: list[bytes] = []
        self.length, self.head = 0, b""

    def take(self, pieces: Iterable[bytes]) -> None:
        """All of a section."""
        for piece in pieces:
            self._write(piece)
        self._finish()

    def _write(self, piece: bytes) -> None:
        self._part += piece
        while len(self._part) >= merkle.PART:
            self._hand_on(bytes(self._part[: merkle.PART]))
            del self._part[: merkle.PART]

    def _finish(self) -> None:
        if self._part:
            self._hand_on(bytes(self._part))

    def _hand_on(self, part: bytes) -> None:
        self.head = self.head or part[: sections.HEAD]
        self.length += len(part)
        self.leaves.append(merkle.leaf_hash(part, self._suite))
        self._sink(self._section, part)


_FILES: Final = ("header.json", "keyenv.der", "seal.json", "seal.p7s")
_HOST: Final = "keyenv-host.der"
_SECTIONS: Final = tuple(f"section.{index}" for index in range(len(SECTIONS)))
_ESCROW: Final = "escrow."
_BLOCK: Final = 512


def pack(package: Package, contents: Sequence[Iterable[bytes]]) -> Iterator[bytes]:
    """The package as one plain tar (POSIX ustar, always the same bytes), piece by piece."""
    host = () if package.keyenv_host is None else (package.keyenv_host,)
    shares = _escrow_names(len(package.escrow))
    names = (*_FILES, *((_HOST,) if host else ()), *shares, *_SECTIONS)
    papers = (package.header, package.keyenv, package.seal_json, package.seal_p7s)
    heads = (*papers, *host, *package.escrow)
    members = [(len(head), iter([head])) for head in heads]
    members += [
        (size, iter(pieces)) for size, pieces in zip(package.lengths, contents, strict=True)
    ]
    for name, (size, pieces) in zip(names, members, strict=True):
        written = 0
        for piece in chain([_tar_head(name, size)], pieces):
            written += len(piece)
            yield piece
        if written != size + _BLOCK:
            raise SealRefused(Reason.MALFORMED_PACKAGE, f"{name} has another length")
        yield bytes(-size % _BLOCK)
    yield bytes(2 * _BLOCK)


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a tar that `pack` wrote, by name. Raises SealRefused(malformed_package)."""
    found, at = dict[str, bytes](), 0
    for name in (*_FILES, _HOST, *_escrow_names(keyenv.RECIPIENTS_MAX), *_SECTIONS):
        optional = name == _HOST or name.startswith(_ESCROW)
        if optional and not data[at : at + _BLOCK].startswith(name.encode()):
            continue
        head = data[at : at + _BLOCK]
        size = _tar_size(head)
        if size is None or head != _tar_head(name, size) or at + _BLOCK + size > len(data):
            raise SealRefused(Reason.MALFORMED_PACKAGE, name)
        found[name] = data[at + _BLOCK : at + _BLOCK + size]
        at += _BLOCK + size
        if any(data[at : at + -size % _BLOCK]):
            raise SealRefused(Reason.MALFORMED_PACKAGE, "padding")
        at += -size % _BLOCK
    if data[at:] != bytes(2 * _BLOCK):
        raise SealRefused(Reason.MALFORMED_PACKAGE, "end")
    return found


def _escrow_names(n: int) -> list[str]:
    return [f"{_ESCROW}{number}" for number in range(1, n + 1)]


def _tar_head(name: str, size: int) -> bytes:
    # 0o77777777777 bytes (8 GiB) is what ustar's octal field holds; the notice's cap is below.
    if size >= 8**11:
        raise SealRefused(Reason.TOO_LARGE, name)
    start = name.encode().ljust(100, b"\0") + b"0000644\0" + 2 * b"0000000\0"
    start += b"%011o\0" % size + b"%011o\0" % 0
    end = (b"0" + bytes(100) + b"ustar\x0000").ljust(_BLOCK - 156, b"\0")
    total = sum(start) + 8 * 32 + sum(end)
    return start + b"%06o\0 " % total + end


def _tar_size(head: bytes) -> int | None:
    try:
        return int(head[124:135], 8)
    except ValueError:
        return None
