"""What somebody kept — a receipt, a head of the log, an older download — held against a record.

A record that holds by itself may still leave out what its maker would rather not show. Whoever kept
something can find that out, and show it to anybody.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from bidroom.opening import record as r
from bidroom.opening.policy import canonical
from bidroom.publish.bundle import Contents, Entry, Published, decode
from bidroom.publish.findings import Fault, RecordFails
from crypto import merkle, notes, signing, stamps, statements
from crypto.certificates import Certificate, Usage
from crypto.errors import SealRefused
from crypto.trust import TrustList

KEPT_BYTES_MAX: Final = 1 << 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Comparison(Struct, frozen=True):
    """How a newer download goes on from an older one."""

    opening: str
    same: int  # entries that stand in both
    added: int  # entries that only the newer one has


def contents_of(data: bytes) -> Contents:
    """Raises RecordFails."""
    return _published(data).contents


def _published(data: bytes) -> Published:
    try:
        return decode(data)
    except msgspec.MsgspecError as error:
        raise RecordFails("file", Fault.NOT_A_RECORD) from error


def compare(old: bytes, new: bytes) -> Comparison:
    """Whether `new` (a record that holds) begins with `old`. Raises RecordFails by the entry."""
    before, after = contents_of(old), contents_of(new)
    if before.opening != after.opening:
        raise RecordFails("opening", Fault.ANOTHER_OPENING)
    for seq, (one, other) in enumerate(zip(before.entries, after.entries, strict=False), 1):
        if not _agree(one, other):
            raise RecordFails(f"entry {seq}", Fault.HISTORY_REWRITTEN)
    if len(after.entries) < len(before.entries):
        raise RecordFails(f"entry {len(after.entries) + 1}", Fault.TAIL_CUT)
    return Comparison(after.opening, len(before.entries), len(after.entries) - len(before.entries))


def _agree(old: Entry, new: Entry) -> bool:
    """The same leaf; what was shown of it before may only have become more."""
    if old.leaf != new.leaf:
        return False
    return old.salt is None or canonical(old) == canonical(new)


def has_head(contents: Contents, size: int, root: str) -> None:
    """Whether the log had this head on its way. Raises RecordFails."""
    if size > contents.log_size:
        raise RecordFails("log_size", Fault.TAIL_CUT, f"{size} > {contents.log_size}")
    tree = merkle.Tree(bytes.fromhex(entry.leaf) for entry in contents.entries)
    if tree.root_at(size).hex() != root:
        raise RecordFails(f"entry {size}", Fault.HISTORY_REWRITTEN)


def has_checkpoint(contents: Contents, note: str, witnesses: Sequence[notes.Key] = ()) -> None:
    """Whether a signed note that was kept tells a head of this log.

    It has to carry the log's own signature, or that of one of `witnesses`. Raises RecordFails.
    """
    try:
        kept = notes.parse(note)
        said = kept.checkpoint
        keys = [*witnesses, *([notes.Key.parse(contents.log_key)] if contents.log_key else [])]
        vouched = notes.vouched(kept, keys)
    except SealRefused as refused:
        raise RecordFails("checkpoint", Fault.CHECKPOINT, str(refused.reason)) from refused
    if not vouched:
        raise RecordFails("checkpoint", Fault.SIGNATURE, "by nobody that is trusted")
    if contents.log_key and said.origin != notes.Key.parse(contents.log_key).name:
        raise RecordFails("checkpoint", Fault.ANOTHER_OPENING)
    has_head(contents, said.size, said.root.hex())


def has_receipt(record: bytes, receipt: bytes) -> None:
    """Whether the package that the hall gave a receipt for stands in the freeze of a record.

    `receipt`: the JSON that the page and `bidroom seal` keep. It accuses nobody unless the one who
    signed the record gave it: same subject, under an authority of the record. Raises RecordFails.
    """
    published = _published(record)
    contents, said = published.contents, read_receipt(receipt)
    _is_the_halls(
        published, Certificate.load(base64.b64decode(_receipt(receipt).certificate)), said
    )
    if said["opening"] != contents.opening:
        raise RecordFails("receipt", Fault.ANOTHER_OPENING)
    for entry in contents.entries:
        event = entry.envelope.event
        if isinstance(event, r.TendersSealed) and said["seal"] in event.seals:
            return
    raise RecordFails("receipt", Fault.RECEIPT_NOT_LISTED, said["seal"][:16])


def _is_the_halls(published: Published, certificate: Certificate, said: dict[str, Any]) -> None:
    """The hall may have renewed its certificate since; its name stays."""
    try:
        hall = Certificate.load(base64.b64decode(published.hall.certificate, validate=True))
        given = [Certificate.load(der) for der in published.contents.authorities]
        received = _EPOCH + timedelta(milliseconds=said["received"])
        own = [it for it in given if it.x509.issuer == it.x509.subject]
        trust = TrustList(own, [it for it in given if it not in own])
        trust.check(certificate, [], Usage.SIGN, received)
    except (SealRefused, ValueError) as error:
        raise RecordFails("receipt", Fault.CERTIFICATE, str(error)[:80]) from error
    if certificate.x509.subject != hall.x509.subject:
        raise RecordFails("receipt", Fault.SIGNED_BY_ANOTHER, certificate.subject_name)


class ReceiptProof(Struct, frozen=True):
    """What a receipt shows by itself."""

    opening: str
    seal: str  # SH, hex
    serial: int
    received: datetime
    certificate: str  # SHA-256 of the hall's certificate: compare it yourself, unless …
    leads_to_a_root: bool  # … it was held against roots of yours
    has_stamp: bool
    stamped_at: datetime | None  # by the time-stamping authority; None: not looked at


class Receipt(Struct, frozen=True):
    """A receipt as it is kept; other fields are let be."""

    statement: str
    signature: str  # base64
    certificate: str  # base64 of DER
    stamp: str | None = None  # base64 of a TimeStampResp over the statement


def read_receipt(data: bytes) -> dict[str, Any]:
    """What a receipt says, its signature checked. Raises RecordFails."""
    kept = _receipt(data)
    try:
        certificate = Certificate.load(base64.b64decode(kept.certificate, validate=True))
        text = kept.statement.encode()
        signing.verify(certificate, text, base64.b64decode(kept.signature, validate=True))
        said = statements.parse(text)
    except SealRefused as refused:
        raise RecordFails("receipt", Fault.SIGNATURE, str(refused.reason)) from refused
    except ValueError as error:
        raise RecordFails("receipt", Fault.STATEMENT) from error
    if said["typ"] != statements.RECEIPT:
        raise RecordFails("receipt", Fault.SIGNED_FOR_ANOTHER, said["typ"])
    return said


def judge_receipt(
    data: bytes, roots: Sequence[Certificate], stampers: Sequence[Certificate]
) -> ReceiptProof:
    """A receipt alone, offline: whose word it is, and when an authority says it was there.

    `roots`: what the hall's certificate has to lead to, none for not to look; its issuers may be
    among them. `stampers`: the roots of time-stamping authorities; a stamp is looked at only with
    them. Raises RecordFails.
    """
    said, kept = read_receipt(data), _receipt(data)
    certificate = Certificate.load(base64.b64decode(kept.certificate))
    received = _EPOCH + timedelta(milliseconds=said["received"])
    try:
        if roots:
            TrustList(roots).check(certificate, [], Usage.SIGN, received)
    except SealRefused as refused:
        raise RecordFails("receipt", Fault.CERTIFICATE, str(refused.reason)) from refused
    stamped_at = None
    if kept.stamp is not None and stampers:
        try:
            stamp = base64.b64decode(kept.stamp, validate=True)
            stamped_at = stamps.time_of(stamp, kept.statement.encode(), stampers)
        except (SealRefused, ValueError) as error:
            raise RecordFails("stamp", Fault.SIGNATURE, str(error)[:80]) from error
    return ReceiptProof(
        said["opening"],
        said["seal"],
        said["serial"],
        received,
        certificate.fingerprint,
        bool(roots),
        kept.stamp is not None,
        stamped_at,
    )


def _receipt(data: bytes) -> Receipt:
    try:
        return msgspec.json.decode(data[:KEPT_BYTES_MAX], type=Receipt)
    except msgspec.MsgspecError as error:
        raise RecordFails("receipt", Fault.STATEMENT) from error
