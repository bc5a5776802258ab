"""Acceptance at upload: everything about a package that can be judged without its key."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

from crypto import escrow, keyenv, keyfile, merkle, sections, signing
from crypto import header as headers
from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused
from crypto.header import Header, Manifest
from crypto.letter import BLOCK, LETTER_MAX
from crypto.suites import INT1, Ciphers
from crypto.trust import Crl, TrustList

LETTER_LENGTHS: Final = frozenset(
    sections.section_length(plain) for plain in range(BLOCK, LETTER_MAX + 1, BLOCK)
)
LENGTH_MAX: Final = (sections.section_length(LETTER_MAX), 2 * 1024**3)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the notice and the account say a package has to be."""

    suite: str
    tender: str
    lot: str
    notice: str  # SHA-256, hex, under any suite
    bidder: str  # the account's social credit code
    length_max: tuple[int, int] = LENGTH_MAX  # bytes of ciphertext, letter and body
    supervisors: escrow.Supervisors | None = None  # where the notice asks for escrow
    hosts: tuple[Certificate, ...] = ()  # under two-party control: whom the notice names, in order


@dataclass(frozen=True, slots=True)
class Accepted:
    """A package that holds, as far as can be told without its key."""

    seal_hash: str  # SH, hex
    header: Header
    header_hash: str  # HH, hex
    lengths: tuple[int, ...]
    signer: Certificate
    recipients: tuple[Certificate, ...]
    crl: Crl  # at the worst of all its certificates
    signed_at: datetime  # by the bidder's own clock


def check_part(part: bytes | bytearray | memoryview, leaf: bytes, suite: Ciphers = INT1) -> None:
    """A part as it comes in, against its leaf hash.

    Raises SealRefused(too_large | part_altered).
    """
    if len(part) > merkle.PART:
        raise SealRefused(Reason.TOO_LARGE, "part")
    if not compare_digest(merkle.leaf_hash(part, suite), leaf):
        raise SealRefused(Reason.PART_ALTERED)


def accept(
    header: bytes,
    keyenv_der: bytes,
    seal_json: bytes,
    seal_p7s: bytes,
    part_leaves: Sequence[Sequence[bytes]],
    expected: Expected,
    trust: TrustList,
    at: datetime,
    bound: AbstractSet[str] | None = None,
    shares: Sequence[bytes] = (),
    keyenv_host: bytes | None = None,
) -> Accepted:
    """Judge a package at `at`, the moment its last byte was stored.

    `part_leaves`: the leaf hashes of the stored parts, by section, each checked by `check_part`
    before. `bound`: fingerprints of the encryption certificates that the account may seal to; None
    for any of the bidder's own. `shares`: the supervisors' envelopes under escrow. `keyenv_host`:
    keyenv-host.der under two-party control. How supervisors' and hosts' certificates stand is for
    the notice. Raises SealRefused with the reason; first what the package is for, then whether it
    is whole, then who signed it, then who can open it.
    """
    found = Header.parse(header)
    _check_facts(found, expected)
    suite, manifest = found.suite, Manifest.parse(seal_json)
    if manifest.header_hash != suite.digest(header):
        raise SealRefused(Reason.HEADER_ALTERED)
    if found.keyenv != suite.digest(keyenv_der):
        raise SealRefused(Reason.KEYENV_ALTERED)
    escrow.check(found, shares, expected.supervisors)
    _check_host(found, manifest, keyenv_host, expected.hosts)
    _check_sections(manifest, part_leaves, expected, suite)
    signed = signing.cades_verify(seal_p7s, seal_json)
    if suite.digest(signed.certificate.der) != found.signer:
        raise SealRefused(Reason.SIGNER_UNKNOWN, "another certificate than the header's")
    _check_key(signed.certificate, suite)
    _check_owner(signed.certificate, found, Reason.FOREIGN_BIDDER)
    standings = [trust.check(signed.certificate, signed.certificates, Usage.SIGN, at)]
    recipients = _recipients(found, keyenv_der, signed.certificates, bound)
    kept = [it for it in recipients if keyfile.is_of(it, signed.certificate, at)]
    if len(kept) == len(recipients):
        raise SealRefused(Reason.RECIPIENT_FOREIGN, "no certificate of an authority")
    for recipient in recipients:
        _check_key(recipient, suite)
        _check_owner(recipient, found, Reason.RECIPIENT_FOREIGN)
        if recipient not in kept:
            standings.append(trust.check(recipient, signed.certificates, Usage.ENCRYPT, at))
    return Accepted(
        seal_hash=suite.digest(seal_json),
        header=found,
        header_hash=suite.digest(header),
        lengths=manifest.lengths,
        signer=signed.certificate,
        recipients=recipients,
        crl=max((one.crl for one in standings), key=list(Crl).index),
        signed_at=signed.at,
    )


def _check_facts(header: Header, expected: Expected) -> None:
    facts = header.facts
    for found, wanted, reason in (
        (facts.suite, expected.suite, Reason.WRONG_SUITE),
        (facts.tender, expected.tender, Reason.FOREIGN_TENDER),
        (facts.lot, expected.lot, Reason.FOREIGN_LOT),
        (facts.notice, expected.notice, Reason.FOREIGN_NOTICE),
        (facts.bidder, expected.bidder, Reason.FOREIGN_BIDDER),
    ):
        if found != wanted:
            raise SealRefused(reason)


def _check_host(
    header: Header, manifest: Manifest, envelope: bytes | None, hosts: Sequence[Certificate]
) -> None:
    """Two-party control if, and only if, the notice asks for it, and with whom the notice names."""
    named = () if header.host is None else header.host.recipients
    suite = header.suite
    if named != tuple(suite.digest(host.der) for host in hosts):
        raise SealRefused(Reason.RECIPIENT_FOREIGN, "host")
    if bool(manifest.halves) != bool(hosts):
        raise SealRefused(Reason.MALFORMED_SEAL, "halves")
    if header.host is None or envelope is None:
        if header.host is not None or envelope is not None:
            raise SealRefused(Reason.KEYENV_ALTERED, "host")
        return
    if header.host.keyenv != suite.digest(envelope):
        raise SealRefused(Reason.KEYENV_ALTERED, "host")
    wrapped = sorted(keyenv.recipients_of(envelope, suite))
    if wrapped != sorted(keyenv.RecipientId.of(host) for host in hosts):
        raise SealRefused(Reason.RECIPIENT_FOREIGN, "the host's envelope names others")


def _check_sections(
    manifest: Manifest,
    part_leaves: Sequence[Sequence[bytes]],
    expected: Expected,
    suite: Ciphers,
) -> None:
    """Sizes within the notice's caps, and roots over just so many parts as the lengths ask for."""
    if len(part_leaves) != len(headers.SECTIONS):
        raise SealRefused(Reason.SECTION_ALTERED, "number of sections")
    if manifest.lengths[0] not in LETTER_LENGTHS:
        raise SealRefused(Reason.MALFORMED_SEAL, "letter not padded")
    facts = zip(manifest.lengths, manifest.roots, part_leaves, expected.length_max, strict=True)
    for length, root, leaves, most in facts:
        if length > most:
            raise SealRefused(Reason.TOO_LARGE, f"{length} > {most} bytes")
        if not sections.is_section_length(length) or len(leaves) != -(-length // merkle.PART):
            raise SealRefused(Reason.SECTION_ALTERED, "length")
        if not compare_digest(merkle.root(leaves, suite).hex(), root):
            raise SealRefused(Reason.SECTION_ALTERED, "root")


def _check_key(certificate: Certificate, suite: Ciphers) -> None:
    """A suite's signatures and envelopes are made with its own kind of keys."""
    if keyenv.suite_for(certificate.public_key) is not suite:
        raise SealRefused(Reason.KEY_UNSUITED, f"a key of another suite than {suite.name}")


def _check_owner(certificate: Certificate, header: Header, reason: Reason) -> None:
    if certificate.credit_code != header.facts.bidder:
        raise SealRefused(reason, "the certificate's credit code")


def _recipients(
    header: Header,
    keyenv_der: bytes,
    embedded: Sequence[Certificate],
    bound: AbstractSet[str] | None,
) -> tuple[Certificate, ...]:
    """The certificates that the header names and the envelope is wrapped to: they are the same."""
    known = {header.suite.digest(certificate.der): certificate for certificate in embedded}
    for name in header.recipients:
        if name not in known or (bound is not None and known[name].fingerprint not in bound):
            raise SealRefused(Reason.RECIPIENT_FOREIGN, name[:16])
    found = tuple(known[name] for name in header.recipients)
    wrapped = sorted(keyenv.recipients_of(keyenv_der, header.suite))
    if wrapped != sorted(keyenv.RecipientId.of(certificate) for certificate in found):
        raise SealRefused(Reason.RECIPIENT_FOREIGN, "the envelope names others")
    return found
