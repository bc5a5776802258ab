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

from bidroom.envelope import Actor, Envelope, PersonId, Role
from bidroom.opening import record as r
from bidroom.opening.minutes import minutes, minutes_sha256
from bidroom.opening.offer import LetterUnreadable, read_offer
from bidroom.opening.policy import canonical, digest
from bidroom.opening.record import Seen, Signed
from bidroom.opening.state import Opening, evolve
from bidroom.publish.bundle import Contents, Papers, Published, decode, decode_statement, stream_of
from crypto import canonical as strict_json
from crypto import merkle, signing
from crypto import opening as unsealing
from crypto.certificates import Certificate, Usage
from crypto.errors import SealRefused
from crypto.header import Header
from crypto.trust import TrustList

RECORD_BYTES_MAX = 256 << 20
T = TypeVar("T")


class RecordFails(Exception):
    """The first thing that does not hold: where it stands in the file, and what is wrong there."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


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
    _must(contents.minutes == minutes(opening), "minutes", "are not what the entries add up to")
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
    _must(len(data) <= RECORD_BYTES_MAX, "file", "is too large")
    _try("file", "is not canonical JSON", lambda: strict_json.decode(data, RECORD_BYTES_MAX))
    published = _try("file", "is no record of this kind", lambda: decode(data))
    _must(canonical(published) == data, "file", "says something in two ways")
    return published


class _Check:
    def __init__(self, contents: Contents, roots: Sequence[bytes] | None) -> None:
        self.contents, self.signatures = contents, 0
        given = [
            _try("authorities", "hold no certificate", partial(Certificate.load, der))
            for der in contents.authorities
        ]
        own = [authority for authority in given if authority.x509.issuer == authority.x509.subject]
        if roots is None:
            self.roots = own
        else:
            self.roots = [Certificate.load(root) for root in roots]
        self.trust = TrustList(self.roots, [it for it in given if it not in own])

    # The hall's signature, over everything.

    def hall(self, act: Signed) -> None:
        self._signed("hall", act)
        text = act.statement.encode()
        statement = _try("hall", "signed something else", lambda: decode_statement(text))
        _must(canonical(statement) == text, "hall", "signed something not canonical")
        contents = self.contents
        _must(statement.contents == digest(contents), "hall", "signed other contents")
        _must(statement.opening == contents.opening, "hall", "signed another opening")
        _must(statement.log_size == contents.log_size, "hall", "signed another log")
        _must(statement.log_root == contents.log_root, "hall", "signed another log")
        self._certified("hall", act, statement.at)

    # The log: numbers without a gap, leaves, the tree.

    def log(self) -> None:
        contents, last = self.contents, None
        _must(len(contents.entries) == contents.log_size > 0, "log_size", "is not the entries'")
        self.tree = merkle.Tree()
        for seq, entry in enumerate(contents.entries, 1):
            where, envelope = f"entry {seq}", entry.envelope
            _must(envelope.seq == seq, where, "has another number")
            _must(envelope.stream == stream_of(contents.opening), where, "is another opening's")
            _must(last is None or envelope.at >= last, where, "is older than the one before")
            last = envelope.at
            leaf = _hex(where, entry.leaf)
            if entry.salt is not None:
                salted = _hex(where, entry.salt) + canonical(envelope)
                _must(merkle.leaf_hash(salted) == leaf, where, "is not what its leaf says")
            self.tree.append(leaf)
        _must(self.tree.root.hex() == contents.log_root, "log_root", "is not the entries' root")

    # The rules, and what people signed.

    def replay(self) -> Opening:
        opening: Opening | None = None
        for entry in self.contents.entries:
            envelope = entry.envelope
            where = f"entry {envelope.seq} ({type(envelope.event).__name__})"
            before = opening
            follow = partial(evolve, before, envelope.event)
            opening = _try(where, "cannot follow what stands before it", follow)
            self._event(where, before, envelope)
        assert opening is not None, "log() saw at least one entry"
        facts = opening.facts
        _must(facts.notice_sha256 == digest(facts.notice), "notice", "is not what its hash says")
        _must(facts.notice.lot == self.contents.opening, "notice", "is another lot's")
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
                _must(by == Actor(Role.BIDDER, bidder), where, "came from somebody else")
            case r.ObjectionRaised(_, bidder, text, act) if act and text and bidder:
                self._act(where, act, "object", bidder, sha256(text.encode()).hexdigest(), at)
            case r.RecordSigned(person, _, act):
                assert before is not None, "signing follows confirmation"
                self._act(where, act, "sign", person, before.minutes_sha256 or "", at)
            case r.ConfirmationBegan(said):
                assert before is not None, "confirmation follows the read-out"
                _must(said == minutes_sha256(before), where, "names other minutes")
            case r.SigningBegan(said):
                assert before is not None, "signing follows confirmation"
                _must(said == minutes_sha256(before), where, "names other minutes")
            case _:
                pass

    def _opened(
        self, where: str, opening: Opening, bidder: PersonId, act: Signed, at: datetime
    ) -> None:
        statement = self._act_fields(where, act, bidder, at)
        _must(statement.get("typ") == "bidroom/open/1", where, "signed something else")
        _must(statement.get("opening") == self.contents.opening, where, "signed another opening")
        seal = opening.tenders[bidder].sealed.seal
        _must(statement.get("seal") == seal, where, "signed another package")
        self._saw(where, statement)

    def _saw(self, where: str, statement: dict[str, Any]) -> None:
        """Whether the record that was seen before an act is the beginning of this one."""
        size = statement.get("log_size")
        _must(isinstance(size, int) and 0 < size < len(self.contents.entries), where, "log size")
        assert isinstance(size, int)
        root = self.tree.root_at(size).hex()
        _must(statement.get("log_root") == root, where, "saw another history than this one")

    def _act(
        self, where: str, act: Signed, purpose: str, who: str, subject: str, at: datetime
    ) -> None:
        statement = self._act_fields(where, act, who, at)
        _must(statement.get("typ") == "bidroom/act/2", where, "signed something else")
        _must(statement.get("purpose") == purpose, where, "signed for another purpose")
        _must(statement.get("account") == who, where, "was signed by another account")
        _must(statement.get("opening") == self.contents.opening, where, "signed another opening")
        _must(statement.get("subject") == subject, where, "signed another text")
        self._saw(where, statement)

    def _act_fields(self, where: str, act: Signed, who: str, at: datetime) -> dict[str, Any]:
        certificate = self._signed(where, act)
        self._certified(where, act, at)
        is_who = who in {certificate.credit_code, certificate.serial_number}
        _must(is_who, where, "was signed with somebody else's certificate")
        text = act.statement.encode()
        fields = _try(where, "has no statement", lambda: strict_json.decode(text, 8_000))
        _must(isinstance(fields, dict), where, "has no statement")
        assert isinstance(fields, dict)
        return fields

    def _signed(self, where: str, act: Signed) -> Certificate:
        certificate = _try(
            where, "has no certificate", lambda: Certificate.load(_base64(act.certificate))
        )
        _try(
            where,
            "has a signature that does not hold",
            lambda: signing.verify(certificate, act.statement.encode(), _base64(act.signature)),
        )
        self.signatures += 1
        return certificate

    def _certified(self, where: str, act: Signed, at: datetime) -> None:
        certificate = Certificate.load(_base64(act.certificate))
        _try(
            where,
            "was signed with a certificate that is not good",
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
        _must(set(tenders) == set(read), "tenders", "are not those that were read out")
        for who, outcome in read.items():
            where = f"tender {who}"
            header = self._package(where, opening, who, tenders[who])
            key = _hex(where, outcome.letter_key)
            self._letter(where, opening, outcome, header, key, tenders[who])

    def _package(self, where: str, opening: Opening, who: PersonId, papers: Papers) -> Header:
        sealed = opening.tenders[who].sealed
        _must(sha256(papers.seal).hexdigest() == sealed.seal, where, "is another package")
        seal = _try(where, "has no seal", lambda: strict_json.decode(papers.seal, 1 << 16))
        said = _try(where, "has no seal", lambda: (seal["header"], seal["sections"][0]))
        _must(sha256(papers.header).hexdigest() == said[0], where, "has another header")
        _must(len(papers.letter) == said[1]["len"], where, "has another letter")
        root = merkle.root(merkle.part_hashes(papers.letter)).hex()
        _must(root == said[1]["root"], where, "has another letter")
        header = _try(where, "has no header", lambda: Header.parse(papers.header))
        _must(header.facts.bidder == who, where, "is another bidder's")
        _must(header.facts.notice == opening.facts.notice_sha256, where, "is for another notice")
        signed = _try(
            where,
            "has a seal whose signature does not hold",
            lambda: signing.cades_verify(papers.signature, papers.seal),
        )
        _must(signed.certificate.credit_code == who, where, "was sealed by somebody else")
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
        _try(where, "has another key", lambda: unsealing.check_key(papers.header, 0, key, head))
        try:
            letter = unsealing.read_letter(papers.header, key, papers.letter)
            offer = read_offer(opening.facts.notice, letter)
        except (SealRefused, LetterUnreadable):
            _must(isinstance(outcome, r.Unreadable), where, "cannot be read, and was read out")
            return
        _must(isinstance(outcome, r.ReadOut), where, "can be read, and was not read out")
        assert isinstance(outcome, r.ReadOut)
        _must(outcome.offer == offer, where, "says something else than was read out")


def _must(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise RecordFails(where, what)


def _try(where: str, what: str, attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except RecordFails:
        raise
    except (SealRefused, msgspec.MsgspecError, ValueError, LookupError, TypeError) as error:
        raise RecordFails(where, f"{what} ({type(error).__name__})") from error
    except AssertionError as error:
        raise RecordFails(where, what) from error


def _hex(where: str, text: str) -> bytes:
    value = _try(where, "is no hexadecimal", lambda: bytes.fromhex(text))
    _must(value.hex() == text, where, "is no plain hexadecimal")
    return value


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
