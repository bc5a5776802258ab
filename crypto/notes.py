"""Signed notes: how a log's head is told so that anybody's tools can check it.

C2SP signed-note (https://c2sp.org/signed-note), tlog-checkpoint and tlog-cosignature: Ed25519. A
note is text, an empty line, and a signature line for each who vouches for it. Key and signature
lines name the key by its name and the first four bytes of a hash.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import Reason, SealRefused

NOTE_MAX: Final = 64 * 1024
SIGNATURES_MAX: Final = 16
NAME_MAX: Final = 256
HASH: Final = 32
_ED25519: Final = 0x01
_COSIGNATURE: Final = 0x04
_DASH: Final = "— "  # an em dash and a space begin a signature line


@dataclass(frozen=True, slots=True)
class Key:
    """Whose signatures count: a log's, or with `cosigns` a witness's."""

    name: str
    public: bytes  # Ed25519, 32 bytes
    cosigns: bool = False

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        kind = _COSIGNATURE if self.cosigns else _ED25519
        return sha256(self.name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """`name+hash+key`, as configurations carry it (a vkey)."""
        kind = _COSIGNATURE if self.cosigns else _ED25519
        return f"{self.name}+{self.hash.hex()}+{b64encode(bytes([kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """Raises SealRefused(malformed_signature)."""
        name, _, rest = text.strip().partition("+")
        told, _, key = rest.partition("+")
        raw = _base64(key)
        _need(_good_name(name) and len(raw) == 33 and raw[0] in (_ED25519, _COSIGNATURE), "key")
        found = cls(name, raw[1:], raw[0] == _COSIGNATURE)
        _need(found.hash.hex() == told, "key hash")
        return found


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: this log had this root at this size."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        """The note's text (C2SP tlog-checkpoint), with its last line break."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises SealRefused(malformed_signature)."""
        lines = text.split("\n")
        _need(len(lines) >= 4 and lines[-1] == "" and all(lines[:-1]), "checkpoint")
        origin, size, root = lines[0], lines[1], _base64(lines[2])
        plain = size.isascii() and size.isdecimal() and str(int(size)) == size
        _need(plain and len(root) == HASH, "checkpoint")
        return cls(origin, int(size), root)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines: (name, key hash, what follows it)."""

    text: str
    lines: tuple[tuple[str, bytes, bytes], ...]

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(self.text)

    def __str__(self) -> str:
        lines = [
            f"{_DASH}{name} {b64encode(told + rest).decode()}\n" for name, told, rest in self.lines
        ]
        return f"{self.text}\n{''.join(lines)}"

    def adding(self, other: Note) -> Note:
        """With the signature lines of the same note from elsewhere, none of them twice."""
        _need(self.text == other.text, "another text")
        lines = tuple(dict.fromkeys((*self.lines, *other.lines)))
        _need(len(lines) <= SIGNATURES_MAX, "too many signatures")
        return Note(self.text, lines)


def parse(note: str) -> Note:
    """Raises SealRefused(too_large | malformed_signature)."""
    if len(note.encode()) > NOTE_MAX:
        raise SealRefused(Reason.TOO_LARGE, "note")
    text, blank, signatures = note.rpartition("\n\n")
    _need(bool(blank) and signatures.endswith("\n"), "no signature")
    lines = signatures[:-1].split("\n")
    _need(0 < len(lines) <= SIGNATURES_MAX, "signatures")
    return Note(text + "\n", tuple(map(_line, lines)))


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Note:
    """The note of `text`, signed by a log."""
    public = Key(name, key.public_key().public_bytes_raw())
    return Note(text, ((name, public.hash, key.sign(text.encode())),))


def cosign(note: Note, name: str, key: Ed25519PrivateKey, seconds: int) -> Note:
    """A witness's own line under a checkpoint it has seen at `seconds` since the epoch."""
    public = Key(name, key.public_key().public_bytes_raw(), cosigns=True)
    signature = key.sign(_cosigned(note.text, seconds))
    return Note(note.text, ((name, public.hash, seconds.to_bytes(8, "big") + signature),))


def vouched(note: Note, keys: Iterable[Key]) -> list[Key]:
    """Those of `keys` whose signature stands under the note and holds.

    A line of a key that isn't asked for is let be; one of a key that is, and that doesn't hold,
    raises SealRefused(signature_bad).
    """
    found = []
    for key in keys:
        public = Ed25519PublicKey.from_public_bytes(key.public)
        for name, told, rest in note.lines:
            if (name, told) != (key.name, key.hash):
                continue
            said = note.text.encode()
            if key.cosigns:
                said, rest = _cosigned(note.text, int.from_bytes(rest[:8], "big")), rest[8:]
            try:
                public.verify(rest, said)
            except InvalidSignature:
                raise SealRefused(Reason.SIGNATURE_BAD, key.name) from None
            found.append(key)
            break
    return found


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _line(line: str) -> tuple[str, bytes, bytes]:
    name, _, told = line.removeprefix(_DASH).partition(" ")
    raw = _base64(told)
    _need(line.startswith(_DASH) and _good_name(name) and len(raw) > 4, "signature line")
    return name, raw[:4], raw[4:]


def _good_name(name: str) -> bool:
    return 0 < len(name) <= NAME_MAX and not any(char.isspace() or char == "+" for char in name)


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "base64") from None


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, what)
