"""Whether a published record holds, from the file alone: no server, no database, no clock.

It folds the entries with the same pure reducer that the hall runs on, recomputes every hash, root,
signature and offer, and names the first thing that does not hold.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bidroom.envelope import HALL, Actor, Envelope, PersonId, Role
from bidroom.opening import record as r
from bidroom.opening.drawing import DrawEvent
from bidroom.opening.minutes import minutes, minutes_sha256
from bidroom.opening.offer import LetterUnreadable, read_offer
from bidroom.opening.policy import canonical, digest
from bidroom.opening.record import Seen, Signed
from bidroom.opening.state import Opening, evolve
from bidroom.publish.bundle import (
    PUBLISHED_IN,
    Contents,
    Papers,
    Published,
    decode,
    decode_statement,
    stream_of,
)
from bidroom.publish.findings import Fault, RecordFails
from bidroom.publish.lawful import judge
from bidroom.publish.shown import is_rightly_shown
from bidroom.publish.verify_draw import event_holds, plan_holds, platform_of
from crypto import canonical as strict_json
from crypto import merkle, notes, signing
from crypto import opening as unsealing
from crypto.certificates import Certificate, Usage
from crypto.errors import SealRefused
from crypto.header import Header
from crypto.trust import TrustList

RECORD_BYTES_MAX = 256 << 20
T = TypeVar("T")


class Proof(Struct, frozen=True):
    """What was shown. Counts of things checked one by one."""

    opening: str
    phase: str
    entries: int
    entries_in_full: int
    signatures: int
    offers: int
    tenders: int
    log_root: str
    roots: tuple[str, ...]  # SHA-256 of the roots that everything leads to: compare them yourself


def verify(data: bytes, roots: Sequence[bytes] | None = None) -> Proof:
    """Check the record in `data`. Raises RecordFails.

    `roots` (DER) are the certificates you trust: roots, or an issuing CA alone, at which a path may
    end as well. Without them those in the file that signed themselves are taken. Their fingerprints
    are in the Proof for you to compare.
    """
    published = _parse(data)
    contents = published.contents
    check = _Check(contents, roots)
    check.hall(published.hall)
    check.log()
    opening = check.replay()
    check.papers(opening)
    _must(contents.minutes == minutes(opening), "minutes", Fault.MINUTES)
    _must(opening.phase in PUBLISHED_IN, "log_size", Fault.ENTRIES_MISSING)
    return Proof(
        opening=contents.opening,
        phase=opening.phase.value,
        entries=len(contents.entries),
        entries_in_full=sum(entry.salt is not None for entry in contents.entries),
        signatures=check.signatures,
        offers=len(opening.offers),
        tenders=len(opening.tenders),
        log_root=contents.log_root,
        roots=tuple(sorted(root.fingerprint for root in check.roots)),
    )


def _parse(data: bytes) -> Published:
    _must(len(data) <= RECORD_BYTES_MAX, "file", Fault.TOO_LARGE)
    _try("file", Fault.NOT_CANONICAL, lambda: strict_json.decode(data, RECORD_BYTES_MAX))
    published = _try("file", Fault.NOT_A_RECORD, lambda: decode(data))
    _must(canonical(published) == data, "file", Fault.NOT_CANONICAL)
    return published


class _Check:
    def __init__(self, contents: Contents, roots: Sequence[bytes] | None) -> None:
        self.contents, self.signatures = contents, 0
        self.seq = 0  # of the entry that is looked at
        self.platform = ""  # the certificate that the hall signs with in a draw
        given = [
            _try("authorities", Fault.CERTIFICATE, partial(Certificate.load, der))
            for der in contents.authorities
        ]
        own = [authority for authority in given if authority.x509.issuer == authority.x509.subject]
        if roots is None:
            self.roots = own
        else:
            self.roots = [Certificate.load(root) for root in roots]
        others = [it for it in given if it not in own]
        self.trust = _try(
            "crls", Fault.CERTIFICATE, lambda: TrustList(self.roots, others, contents.crls)
        )

    # The hall's signature, over everything.

    def hall(self, act: Signed) -> None:
        self._signed("hall", act)
        text = act.statement.encode()
        statement = _try("hall", Fault.STATEMENT, lambda: decode_statement(text))
        _must(canonical(statement) == text, "hall", Fault.STATEMENT)
        contents = self.contents
        _must(statement.contents == digest(contents), "hall", Fault.HALL_SIGNED_OTHER)
        _must(statement.opening == contents.opening, "hall", Fault.HALL_SIGNED_OTHER)
        _must(statement.log_size == contents.log_size, "hall", Fault.HALL_SIGNED_OTHER)
        _must(statement.log_root == contents.log_root, "hall", Fault.HALL_SIGNED_OTHER)
        self._certified("hall", act, statement.at)

    # The log: numbers without a gap, leaves, the tree.

    def log(self) -> None:
        contents, last = self.contents, None
        _must(len(contents.entries) == contents.log_size > 0, "log_size", Fault.ENTRIES_MISSING)
        self.tree = merkle.Tree()
        for seq, entry in enumerate(contents.entries, 1):
            where, envelope = f"entry {seq}", entry.envelope
            _must(envelope.seq == seq, where, Fault.ENTRY_NUMBER)
            _must(envelope.stream == stream_of(contents.opening), where, Fault.ENTRY_FOREIGN)
            _must(last is None or envelope.at >= last, where, Fault.ENTRY_TIME)
            last = envelope.at
            leaf = _hex(where, entry.leaf)
            if entry.salt is not None:
                salted = _hex(where, entry.salt) + canonical(envelope)
                _must(merkle.leaf_hash(salted) == leaf, where, Fault.ENTRY_LEAF)
            self.tree.append(leaf)
        _must(self.tree.root.hex() == contents.log_root, "log_root", Fault.LOG_ROOT)
        self._checkpoint()

    def _checkpoint(self) -> None:
        """The head that the hall signed for everybody to see is that of these entries."""
        contents = self.contents
        _must(
            (contents.log_key is None) == (contents.checkpoint is None),
            "checkpoint",
            Fault.CHECKPOINT,
        )
        if contents.log_key is None or contents.checkpoint is None:
            return
        key, text = contents.log_key, contents.checkpoint
        note = _try("checkpoint", Fault.CHECKPOINT, lambda: notes.parse(text))
        said = _try("checkpoint", Fault.CHECKPOINT, lambda: note.checkpoint)
        ours = _try("checkpoint", Fault.CHECKPOINT, lambda: notes.Key.parse(key))
        held = _try("checkpoint", Fault.SIGNATURE, lambda: notes.vouched(note, [ours]))
        _must(bool(held) and said.origin == ours.name, "checkpoint", Fault.CHECKPOINT)
        same = (said.size, said.root) == (contents.log_size, self.tree.root)
        _must(same, "checkpoint", Fault.CHECKPOINT)

    # The rules, and what people signed.

    def replay(self) -> Opening:
        opening: Opening | None = None
        entries = self.contents.entries
        for index, entry in enumerate(entries):
            envelope = entry.envelope
            where = f"entry {envelope.seq} ({type(envelope.event).__name__})"
            _must(is_rightly_shown(opening, entries, index), where, Fault.ENTRY_WITHHELD)
            before, self.seq = opening, envelope.seq
            follow = partial(evolve, before, envelope.event)
            opening = _try(where, Fault.AGAINST_THE_RULES, follow)
            self._event(where, before, envelope)
        assert opening is not None, "log() saw at least one entry"
        judge(entry.envelope for entry in self.contents.entries)
        facts = opening.facts
        _must(facts.notice_sha256 == digest(facts.notice), "notice", Fault.NOTICE)
        _must(facts.notice.lot == self.contents.opening, "notice", Fault.ENTRY_FOREIGN)
        return opening

    def _event(self, where: str, before: Opening | None, envelope: Envelope[Seen]) -> None:
        event, by, at = envelope.event, envelope.by, envelope.at
        match event:
            case r.TenderDecrypted(bidder, act) if act is not None and bidder is not None:
                assert before is not None, "decryption follows the roster"
                self._opened(where, before, bidder, act, at)
            case r.ReadOutConfirmed(bidder, act):
                assert before is not None, "confirmation follows the read-out"
                self._act(where, act, "confirm", bidder, before.confirmed_sha256 or "", at)
                _must(by == Actor(Role.BIDDER, bidder), where, Fault.SIGNED_BY_ANOTHER)
            case r.ObjectionRaised(_, bidder, text, act) if act and text and bidder:
                self._act(where, act, "object", bidder, sha256(text.encode()).hexdigest(), at)
            case r.RecordSigned(person, _, act):
                assert before is not None, "signing follows confirmation"
                self._act(where, act, "sign", person, before.minutes_sha256 or "", at)
            case r.ConfirmationBegan(said):
                assert before is not None, "confirmation follows the read-out"
                _must(said == minutes_sha256(before), where, Fault.MINUTES)
            case r.SigningBegan(said):
                assert before is not None, "signing follows confirmation"
                _must(said == minutes_sha256(before), where, Fault.MINUTES)
            case r.OpeningScheduled():
                trusted = partial(self._trusted, at)
                self.signatures += plan_holds(event, trusted)
                self.platform = platform_of(event)
            case _ if isinstance(event, DrawEvent):
                assert before is not None, "a draw follows the roster"

                def signed(act: Signed, purpose: str, who: PersonId, subject: str) -> None:
                    self._act(where, act, purpose, who, subject, at)

                event_holds(where, before, event, self._root_at, envelope.seq, signed)
            case _:
                pass

    def _trusted(self, at: datetime, certificate: Certificate, usage: Usage) -> None:
        self.trust.check(certificate, [], usage, at)

    def _root_at(self, size: int) -> str:
        return self.tree.root_at(size).hex() if 0 < size <= len(self.contents.entries) else ""

    def _opened(
        self, where: str, opening: Opening, bidder: PersonId, act: Signed, at: datetime
    ) -> None:
        statement = self._act_fields(where, act, bidder, at)
        _must(statement.get("typ") == "bidroom/open/1", where, Fault.SIGNED_FOR_ANOTHER)
        _must(statement.get("opening") == self.contents.opening, where, Fault.SIGNED_FOR_ANOTHER)
        seal = opening.tenders[bidder].sealed.seal
        _must(statement.get("seal") == seal, where, Fault.PACKAGE)
        self._saw(where, statement)

    def _saw(self, where: str, statement: dict[str, Any]) -> None:
        """Whether the record that was seen before an act is the beginning of this one."""
        size = statement.get("log_size")
        _must(isinstance(size, int) and 0 < size < self.seq, where, Fault.OTHER_HISTORY)
        assert isinstance(size, int)
        root = self.tree.root_at(size).hex()
        _must(statement.get("log_root") == root, where, Fault.OTHER_HISTORY)

    def _act(
        self, where: str, act: Signed, purpose: str, who: str, subject: str, at: datetime
    ) -> None:
        statement = self._act_fields(where, act, who, at)
        _must(statement.get("typ") == "bidroom/act/2", where, Fault.SIGNED_FOR_ANOTHER)
        _must(statement.get("purpose") == purpose, where, Fault.SIGNED_FOR_ANOTHER)
        _must(statement.get("account") == who, where, Fault.SIGNED_BY_ANOTHER)
        _must(statement.get("opening") == self.contents.opening, where, Fault.SIGNED_FOR_ANOTHER)
        _must(statement.get("subject") == subject, where, Fault.SIGNED_FOR_ANOTHER)
        self._saw(where, statement)

    def _act_fields(self, where: str, act: Signed, who: str, at: datetime) -> dict[str, Any]:
        certificate = self._signed(where, act)
        self._certified(where, act, at)
        is_who = who in {certificate.credit_code, certificate.serial_number} or (
            who == HALL.id and act.certificate == self.platform  # in a draw
        )
        _must(is_who, where, Fault.SIGNED_BY_ANOTHER)
        text = act.statement.encode()
        fields = _try(where, Fault.STATEMENT, lambda: strict_json.decode(text, 8_000))
        _must(isinstance(fields, dict), where, Fault.STATEMENT)
        assert isinstance(fields, dict)
        return fields

    def _signed(self, where: str, act: Signed) -> Certificate:
        certificate = _try(
            where, Fault.CERTIFICATE, lambda: Certificate.load(_base64(act.certificate))
        )
        _try(
            where,
            Fault.SIGNATURE,
            lambda: signing.verify(certificate, act.statement.encode(), _base64(act.signature)),
        )
        self.signatures += 1
        return certificate

    def _certified(self, where: str, act: Signed, at: datetime) -> None:
        certificate = Certificate.load(_base64(act.certificate))
        _try(
            where,
            Fault.CERTIFICATE,
            lambda: self.trust.check(certificate, [], Usage.SIGN, at),
        )

    # The sealed letters: they open to what was read out.

    def papers(self, opening: Opening) -> None:
        tenders = self.contents.tenders
        read = {
            who: it.outcome
            for who, it in opening.tenders.items()
            if isinstance(it.outcome, r.ReadOut | r.Unreadable)
        }
        _must(set(tenders) == set(read), "tenders", Fault.TENDERS)
        for who, outcome in read.items():
            where = f"tender {who}"
            header = self._package(where, opening, who, tenders[who])
            key = _hex(where, outcome.letter_key)
            self._letter(where, opening, outcome, header, key, tenders[who])

    def _package(self, where: str, opening: Opening, who: PersonId, papers: Papers) -> Header:
        sealed = opening.tenders[who].sealed
        header = _try(where, Fault.PACKAGE, lambda: Header.parse(papers.header))
        suite = header.suite
        _must(header.facts.suite == opening.facts.notice.suite, where, Fault.PACKAGE)
        _must(suite.digest(papers.seal) == sealed.seal, where, Fault.PACKAGE)
        seal = _try(where, Fault.PACKAGE, lambda: strict_json.decode(papers.seal, 1 << 16))
        said = _try(where, Fault.PACKAGE, lambda: (seal["header"], seal["sections"][0]))
        _must(suite.digest(papers.header) == said[0], where, Fault.PACKAGE)
        _must(len(papers.letter) == said[1]["len"], where, Fault.PACKAGE)
        root = merkle.root(merkle.part_hashes(papers.letter, suite), suite).hex()
        _must(root == said[1]["root"], where, Fault.PACKAGE)
        _must(header.facts.bidder == who, where, Fault.PACKAGE)
        _must(header.facts.notice == opening.facts.notice_sha256, where, Fault.PACKAGE)
        signed = _try(
            where,
            Fault.SIGNATURE,
            lambda: signing.cades_verify(papers.signature, papers.seal),
        )
        _must(signed.certificate.credit_code == who, where, Fault.SIGNED_BY_ANOTHER)
        _try(
            where,
            Fault.CERTIFICATE,
            lambda: self.trust.check(
                signed.certificate, signed.certificates, Usage.SIGN, sealed.received_at
            ),
        )
        self.signatures += 1
        return header

    def _letter(
        self,
        where: str,
        opening: Opening,
        outcome: r.ReadOut | r.Unreadable,
        header: Header,
        key: bytes,
        papers: Papers,
    ) -> None:
        head = papers.letter[:56]
        _try(where, Fault.LETTER_KEY, lambda: unsealing.check_key(papers.header, 0, key, head))
        try:
            letter = unsealing.read_letter(papers.header, key, papers.letter)
            offer = read_offer(opening.facts.notice, letter)
        except (SealRefused, LetterUnreadable):
            _must(isinstance(outcome, r.Unreadable), where, Fault.OFFER)
            return
        _must(isinstance(outcome, r.ReadOut), where, Fault.OFFER)
        assert isinstance(outcome, r.ReadOut)
        _must(outcome.offer == offer, where, Fault.OFFER)


def _must(holds: bool, where: str, fault: Fault) -> None:
    if not holds:
        raise RecordFails(where, fault)


def _try(where: str, fault: Fault, attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except RecordFails:
        raise
    except (SealRefused, msgspec.MsgspecError, ValueError, LookupError, TypeError) as error:
        raise RecordFails(where, fault, _reason(error)) from error
    except AssertionError as error:
        raise RecordFails(where, fault) from error


def _reason(error: Exception) -> str:
    return str(error.reason) if isinstance(error, SealRefused) else type(error).__name__


def _hex(where: str, text: str) -> bytes:
    value = _try(where, Fault.NOT_A_RECORD, lambda: bytes.fromhex(text))
    _must(value.hex() == text, where, Fault.NOT_A_RECORD)
    return value


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
