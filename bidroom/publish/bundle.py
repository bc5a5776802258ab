"""The published record: one JSON file that proves itself, and how it is put together.

It holds every entry of the opening's log, the sealed letters with what is needed to open them, the
minutes that people signed, and the hall's signature over all of it. An entry that the public may
not read in full stands there as the public saw it, without its salt: its leaf still counts in the
tree, and nothing more can be said about it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from bidroom.envelope import PUBLIC, Envelope, PersonId, StreamId
from bidroom.opening import record as r
from bidroom.opening.audience import redact
from bidroom.opening.minutes import Minutes, minutes
from bidroom.opening.policy import canonical, digest
from bidroom.opening.record import Event, Phase, Seen, Signed
from bidroom.opening.state import Opening, replay
from bidroom.ports import SealedPapers

TYP: Final = "bidroom/record/2"
TYP_STATEMENT: Final = "bidroom/published/1"
PUBLISHED_IN: Final = frozenset(
    {
        Phase.CLOSED,
        Phase.CANDIDATES,
        Phase.AWARDED,
        Phase.CONTRACTED,
        Phase.NOT_OPENED,
        Phase.TERMINATED,
    }
)


class Logged(NamedTuple):
    """An entry as the log keeps it: its salt, its leaf, and the tree's root once it was added."""

    envelope: Envelope[Event]
    salt: bytes
    leaf: bytes
    root: bytes


class Authorities(NamedTuple):
    """What certificates are judged by, in DER."""

    certificates: Sequence[bytes]
    crls: Sequence[bytes]


class Head(NamedTuple):
    """The head of the public log, where there is one: its key and the signed note."""

    key: str | None
    checkpoint: str | None


NO_HEAD: Final = Head(None, None)


class Signer(Protocol):
    """The hall's own key. `certificate` is DER."""

    certificate: bytes

    def sign(self, data: bytes) -> bytes: ...


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    leaf: str
    salt: str | None  # None: this envelope is the public's view of an entry not public in full
    envelope: Envelope[Seen]


class Papers(Struct, frozen=True, forbid_unknown_fields=True):
    """Base64 of SealedPapers."""

    header: bytes
    seal: bytes
    signature: bytes
    letter: bytes


class Contents(Struct, frozen=True, forbid_unknown_fields=True):
    """All that the hall signs."""

    opening: str
    entries: tuple[Entry, ...]
    tenders: dict[PersonId, Papers]
    minutes: Minutes
    authorities: tuple[bytes, ...]  # DER of the roots and issuers that certificates lead to
    crls: tuple[bytes, ...]  # DER of the revocation lists that the hall held at the end
    log_key: str | None  # the key that signs the log's heads (crypto/notes.py), and …
    checkpoint: str | None  # … the log's last head, a signed note with whoever cosigned it
    log_size: int
    log_root: str


class Published(Struct, frozen=True, forbid_unknown_fields=True):
    typ: Literal["bidroom/record/2"]
    contents: Contents
    hall: Signed


class Statement(Struct, frozen=True, forbid_unknown_fields=True):
    """What the hall's signature on a record says."""

    typ: Literal["bidroom/published/1"]
    opening: str
    contents: str  # SHA-256 of the canonical contents
    log_size: int
    log_root: str
    at: datetime


def read_out_in(logged: Sequence[Logged]) -> list[PersonId]:
    """Whose papers the record needs: every tender whose letter was opened at the read-out."""
    for entry in logged:
        if isinstance(entry.envelope.event, r.OffersReadOut):
            outcomes = entry.envelope.event.outcomes
            return [who for who, it in outcomes.items() if not isinstance(it, r.LeftSealed)]
    return []


def bundle(
    logged: Sequence[Logged],
    papers: Mapping[PersonId, SealedPapers],
    authorities: Authorities,
    signer: Signer,
    at: datetime,
    head: Head = NO_HEAD,
) -> bytes:
    """The record of an opening that is over, as canonical JSON."""
    opening = replay(entry.envelope.event for entry in logged)
    assert opening.phase in PUBLISHED_IN, "a record is published once the opening is over"
    entries = tuple(_entry(entry, opening) for entry in logged)
    contents = Contents(
        opening=opening.facts.notice.lot,
        entries=entries,
        tenders={who: Papers(*papers[who]) for who in read_out_in(logged)},
        # of what is shown: they say nothing that an entry withholds
        minutes=minutes(replay(entry.envelope.event for entry in entries)),
        authorities=tuple(authorities.certificates),
        crls=tuple(authorities.crls),
        log_key=head.key,
        checkpoint=head.checkpoint,
        log_size=len(logged),
        log_root=logged[-1].root.hex(),
    )
    statement = canonical(
        Statement(
            TYP_STATEMENT,
            contents.opening,
            digest(contents),
            contents.log_size,
            contents.log_root,
            at,
        )
    )
    hall = Signed(
        statement.decode(),
        base64.b64encode(signer.sign(statement)).decode(),
        base64.b64encode(signer.certificate).decode(),
    )
    return canonical(Published(TYP, contents, hall))


def _entry(logged: Logged, opening: Opening) -> Entry:
    if _is_public(logged.envelope.event, opening):
        whole: Envelope[Seen] = logged.envelope
        return Entry(logged.leaf.hex(), logged.salt.hex(), whole)
    return Entry(logged.leaf.hex(), None, redact(logged.envelope, PUBLIC))


def _is_public(event: Event, opening: Opening) -> bool:
    """Whether an opening that is over shows `event` in full."""
    match event:
        case r.KeyRefused():
            return False
        case r.RosterKept():
            return bool(opening.tenders)
        case r.ObjectionRaised(number):
            return opening.objections[number - 1].answer is not None
        case _:
            return True


def stream_of(opening: str) -> StreamId:
    return StreamId(f"opening/{opening}")


decode = msgspec.json.Decoder(Published).decode
decode_statement = msgspec.json.Decoder(Statement).decode
