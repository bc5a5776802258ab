"""What stands in the two sections of a tender: the letter to be read out, and the body's files."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from crypto import canonical
from crypto.errors import Reason, SealRefused
from crypto.header import is_hex, is_text

BLOCK: Final = 4096  # the letter is padded to a multiple: its length tells no price
LETTER_MAX: Final = 64 * BLOCK
INDEX_MAX: Final = 256 * 1024
FILES_MAX: Final = 500
NAME_CHARS_MAX: Final = 120
NAME_BYTES_MAX: Final = 255
PIECE: Final = 1 << 20

_LENGTH: Final = 4  # u32be
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class FileIn:
    """A file to seal. `read(offset, length)` gives bytes; it is read twice and must not change."""

    name: str
    size: int
    read: Callable[[int, int], bytes]

    @classmethod
    def of(cls, name: str, data: bytes) -> FileIn:
        return cls(name, len(data), lambda offset, length: data[offset : offset + length])


@dataclass(frozen=True, slots=True)
class FileEntry:
    name: str
    size: int
    sha256: str  # hex


@dataclass(frozen=True, slots=True)
class BodyIndex:
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Bytes of the file at `file` in the index; `done` on the last, its SHA-256 having held."""

    file: int
    data: bytes
    done: bool


def letter_plain(letter: Mapping[str, Any]) -> bytes:
    """u32be length, canonical JSON, zeros to the block.

    Raises SealRefused(too_large | not_canonical).
    """
    text = canonical.encode(letter)
    whole = _LENGTH + len(text)
    if whole > LETTER_MAX:
        raise SealRefused(Reason.TOO_LARGE, "letter")
    return len(text).to_bytes(_LENGTH, "big") + text + bytes(-whole % BLOCK)


def read_letter_plain(plain: bytes) -> dict[str, Any]:
    """Back again, strictly: no byte has a choice. Raises SealRefused(unreadable_letter)."""
    text = plain[_LENGTH : _LENGTH + int.from_bytes(plain[:_LENGTH], "big")]
    try:
        letter = canonical.decode(text, LETTER_MAX)
        if isinstance(letter, dict) and letter_plain(letter) == plain:
            return letter
    except SealRefused as refused:
        raise SealRefused(Reason.UNREADABLE_LETTER, refused.reason.value) from None
    raise SealRefused(Reason.UNREADABLE_LETTER, "padding")


def good_name(name: str) -> bool:
    """Whether a file may be called so: no path, nothing unseen, and sound on every system."""
    return (
        is_text(name, NAME_CHARS_MAX)
        and unicodedata.normalize("NFC", name) == name
        and not _FORBIDDEN & set(name)
        and len(name.encode()) <= NAME_BYTES_MAX
        and not name.startswith((".", " "))
        and not name.endswith((".", " "))
    )


def body_index(files: Sequence[FileIn]) -> list[FileEntry]:
    """The first reading: every file's size and hash. Raises SealRefused(malformed_body)."""
    entries = []
    for file in files:
        digest, size = sha256(), 0
        for piece in _pieces(file):
            digest.update(piece)
            size += len(piece)
        if size != file.size:
            raise SealRefused(Reason.MALFORMED_BODY, "a file's size")
        entries.append(FileEntry(file.name, file.size, digest.hexdigest()))
    _check_entries(entries, Reason.MALFORMED_BODY)
    return entries


def body_start(entries: Iterable[FileEntry]) -> bytes:
    """u32be length and the canonical index; so many names of such a length fit in INDEX_MAX."""
    index = [{"name": e.name, "size": e.size, "sha256": e.sha256} for e in entries]
    text = canonical.encode(index)
    return len(text).to_bytes(_LENGTH, "big") + text


def body_plain(files: Sequence[FileIn], entries: Sequence[FileEntry]) -> Iterator[bytes]:
    """The second reading: the body's plaintext.

    Raises SealRefused(malformed_body) for a file that changed.
    """
    yield body_start(entries)
    for file, entry in zip(files, entries, strict=True):
        digest = sha256()
        for piece in _pieces(file):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != entry.sha256:
            raise SealRefused(Reason.MALFORMED_BODY, "a file changed while it was sealed")


class BodyReader:
    """Takes a body's plaintext as it comes, and gives its index, then its files' bytes.

    Raises SealRefused(unreadable_body) from `feed` and `finish`.
    """

    def __init__(self) -> None:
        self._start: bytearray = bytearray()
        self._files: tuple[FileEntry, ...] | None = None
        self._file, self._left, self._digest = -1, 0, sha256()

    def feed(self, plain: bytes) -> Iterator[BodyIndex | FilePiece]:
        """What `plain` brings; whoever gets it runs it to its end."""
        if self._files is None:
            self._start += plain
            text = self._index_text()
            if text is None:
                return
            self._files = _parse_index(text)
            plain = bytes(self._start[_LENGTH + len(text) :])
            self._start.clear()
            yield BodyIndex(self._files)
            yield from self._next_files()
        at = 0
        while at < len(plain):
            if not self._left:
                raise SealRefused(Reason.UNREADABLE_BODY, "more bytes than the index tells")
            data = plain[at : at + self._left]
            at += len(data)
            self._left -= len(data)
            self._digest.update(data)
            yield self._piece(data)
            if not self._left:
                yield from self._next_files()

    def finish(self) -> None:
        """To be called after the last byte."""
        if self._files is None or self._file < len(self._files):
            raise SealRefused(Reason.UNREADABLE_BODY, "fewer bytes than the index tells")

    def _index_text(self) -> bytes | None:
        if len(self._start) < _LENGTH:
            return None
        length = int.from_bytes(self._start[:_LENGTH], "big")
        if length > INDEX_MAX:
            raise SealRefused(Reason.UNREADABLE_BODY, "index too long")
        if len(self._start) < _LENGTH + length:
            return None
        return bytes(self._start[_LENGTH : _LENGTH + length])

    def _next_files(self) -> Iterator[FilePiece]:
        """Goes on to the next file that has bytes; empty ones are given on the way."""
        assert self._files is not None
        self._file += 1
        while self._file < len(self._files):
            self._left, self._digest = self._files[self._file].size, sha256()
            if self._left:
                return
            yield self._piece(b"")
            self._file += 1

    def _piece(self, data: bytes) -> FilePiece:
        assert self._files is not None
        done = not self._left
        if done and self._digest.hexdigest() != self._files[self._file].sha256:
            raise SealRefused(Reason.UNREADABLE_BODY, "a file's hash")
        return FilePiece(self._file, data, done)


def _parse_index(text: bytes) -> tuple[FileEntry, ...]:
    try:
        value = canonical.decode(text, INDEX_MAX)
    except SealRefused as refused:
        raise SealRefused(Reason.UNREADABLE_BODY, refused.reason.value) from None
    if not isinstance(value, list) or not all(_is_entry(entry) for entry in value):
        raise SealRefused(Reason.UNREADABLE_BODY, "index")
    entries = tuple(FileEntry(one["name"], one["size"], one["sha256"]) for one in value)
    _check_entries(entries, Reason.UNREADABLE_BODY)
    return entries


def _is_entry(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"name", "size", "sha256"}
        and isinstance(value["name"], str)
        and isinstance(value["size"], int)
        and not isinstance(value["size"], bool)
        and value["size"] >= 0
        and is_hex(value["sha256"], 32)
    )


def _check_entries(entries: Sequence[FileEntry], reason: Reason) -> None:
    if len(entries) > FILES_MAX:
        raise SealRefused(reason, "too many files")
    if any(not good_name(entry.name) for entry in entries):
        raise SealRefused(reason, "a file's name")
    # Two names that one system takes for the same would overwrite each other when saved.
    if len({entry.name.lower() for entry in entries}) != len(entries):
        raise SealRefused(reason, "a file's name twice")


def _pieces(file: FileIn) -> Iterator[bytes]:
    for offset in range(0, file.size, PIECE):
        yield file.read(offset, min(PIECE, file.size - offset))
