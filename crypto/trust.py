"""Whether a certificate is good at a given time: path to a trusted root, usage, validity,
revocation.

A strict walk of RFC 5280 §6 for what CAs of this field issue: no name constraints, no policies, no
indirect or delta CRLs. A critical extension that isn't understood ends the path, it is never
skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from crypto import sm2
from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused

PATH_MAX: Final = 5  # certificates between leaf and root, both counted
CANDIDATES_MAX: Final = 64  # certificates a stranger may hand in for building paths
# signatures checked in the search of one path: CAs that all issue each other lead through a maze
CHECKS_MAX: Final = 64

_UNDERSTOOD: Final = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.CertificatePolicies,
)
_STRONG: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class Crl(StrEnum):
    """How recent the news about revocation were, at the worst place of the path."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate that is good: leaf first, root last."""

    path: tuple[Certificate, ...]
    crl: Crl


class TrustList:
    """The roots a hall trusts, with what helps to reach them and the CRLs it holds."""

    def __init__(
        self,
        roots: Iterable[Certificate],
        intermediates: Iterable[Certificate] = (),
        crls: Iterable[bytes] = (),
    ) -> None:
        """`crls` in DER or PEM.

        Raises SealRefused(malformed_certificate) for one that can't be read.
        """
        self._roots = {root.der: root for root in roots}
        self._intermediates = tuple(intermediates)
        self._crls = [_load_crl(crl) for crl in crls]

    @property
    def crls(self) -> tuple[bytes, ...]:
        """In DER."""
        return tuple(crl.public_bytes(Encoding.DER) for crl in self._crls)

    def with_crls(self, crls: Iterable[bytes]) -> TrustList:
        """The same trust with other CRLs."""
        return TrustList(self._roots.values(), self._intermediates, crls)

    def check(
        self, certificate: Certificate, chain: Sequence[Certificate], usage: Usage, at: datetime
    ) -> Standing:
        """How `certificate` stands at `at` (aware). `chain` helps to find a path and is not
        trusted.

        Raises SealRefused(certificate_untrusted | _expired | _not_yet_valid | _revoked |
        _wrong_usage | key_unsuited). An old or missing CRL refuses nothing: the standing tells it,
        and it is judged later.
        """
        path = self._path(certificate, chain, at)
        if at < certificate.not_before:
            raise SealRefused(Reason.CERTIFICATE_NOT_YET_VALID, _day(certificate.not_before))
        if at > certificate.not_after:
            raise SealRefused(Reason.CERTIFICATE_EXPIRED, _day(certificate.not_after))
        certificate.public_key  # noqa: B018 (refuses a key that no suite uses)
        if usage not in certificate.usages:
            raise SealRefused(Reason.CERTIFICATE_WRONG_USAGE, usage.value)
        return Standing(path, self._revocation(path, at))

    def _path(
        self, certificate: Certificate, chain: Sequence[Certificate], at: datetime
    ) -> tuple[Certificate, ...]:
        if _is_ca(certificate) or not understood(certificate.x509.extensions):
            raise SealRefused(Reason.CERTIFICATE_UNTRUSTED, "not an end certificate")
        given = list(chain)[:CANDIDATES_MAX]
        candidates = [*self._roots.values(), *self._intermediates, *given]
        for path in self._paths((certificate,), candidates, at, iter(range(CHECKS_MAX))):
            return path
        raise SealRefused(Reason.CERTIFICATE_UNTRUSTED, "no path to a trusted root")

    def _paths(
        self,
        path: tuple[Certificate, ...],
        candidates: list[Certificate],
        at: datetime,
        checks: Iterator[int],
    ) -> Iterator[tuple[Certificate, ...]]:
        """Paths from `path` up to a root, for as long as there are `checks` left."""
        for issuer in candidates:
            if issuer.x509.subject != path[-1].x509.issuer or issuer in path:
                continue
            if not _may_issue(issuer, len(path) - 1, at):
                continue
            if next(checks, None) is None:
                return
            if not _issued(issuer, path[-1]):
                continue
            longer = (*path, issuer)
            if issuer.der in self._roots:
                yield longer
            elif len(longer) < PATH_MAX:
                yield from self._paths(longer, candidates, at, checks)

    def _revocation(self, path: tuple[Certificate, ...], at: datetime) -> Crl:
        worst = Crl.FRESH
        for subject, issuer in pairwise(path):
            found = self._news_of(subject, issuer, at)
            worst = max(worst, found, key=list(Crl).index)
        return worst

    def _news_of(self, subject: Certificate, issuer: Certificate, at: datetime) -> Crl:
        news = Crl.MISSING
        for crl in self._crls:
            if not _crl_of(crl, issuer):
                continue
            entry = crl.get_revoked_certificate_by_serial_number(subject.x509.serial_number)
            if entry is not None and entry.revocation_date_utc <= at:
                raise SealRefused(Reason.CERTIFICATE_REVOKED, _day(entry.revocation_date_utc))
            end = crl.next_update_utc
            if crl.last_update_utc <= at and end is not None and at <= end:
                news = Crl.FRESH
            elif news is Crl.MISSING:
                news = Crl.STALE
        return news


def _may_issue(issuer: Certificate, below: int, at: datetime) -> bool:
    """Whether it is a CA that may stand above `below` other CAs, at `at`."""
    extensions = issuer.x509.extensions
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return (
        constraints.ca
        and (constraints.path_length is None or below <= constraints.path_length)
        and usage.key_cert_sign
        and understood(extensions)
        and issuer.not_before <= at <= issuer.not_after
    )


def _issued(issuer: Certificate, subject: Certificate) -> bool:
    if issuer.is_sm2:
        return _issued_by_sm2(issuer, asn1_x509.Certificate.load(subject.der))
    try:
        if not isinstance(subject.x509.signature_hash_algorithm, _STRONG):
            return False
        subject.x509.verify_directly_issued_by(issuer.x509)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _issued_by_sm2(
    issuer: Certificate, signed: asn1_x509.Certificate | asn1_crl.CertificateList
) -> bool:
    try:
        key = issuer.public_key
        assert isinstance(key, sm2.PublicKey)
        sm2.verify_issued(signed, key)
    except SealRefused:
        return False
    return True


def _is_ca(certificate: Certificate) -> bool:
    try:
        extensions = certificate.x509.extensions
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def understood(extensions: x509.Extensions) -> bool:
    """Whether nothing that is critical in it is strange to us (RFC 5280 §4.2)."""
    return all(isinstance(e.value, _UNDERSTOOD) for e in extensions if e.critical)


def _load_crl(data: bytes) -> x509.CertificateRevocationList:
    try:
        if data.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(data)
        return x509.load_der_x509_crl(data)
    except ValueError:
        raise SealRefused(Reason.MALFORMED_CERTIFICATE, "CRL") from None


def _crl_of(crl: x509.CertificateRevocationList, issuer: Certificate) -> bool:
    """Whether `issuer` signed the list, may do so, and nothing in it is critical and strange."""
    try:
        usage = issuer.x509.extensions.get_extension_for_class(x509.KeyUsage).value
        if (
            crl.issuer != issuer.x509.subject
            or not usage.crl_sign
            or any(extension.critical for extension in crl.extensions)
        ):
            return False
        if issuer.is_sm2:
            der = crl.public_bytes(Encoding.DER)
            return _issued_by_sm2(issuer, asn1_crl.CertificateList.load(der))
        key = issuer.x509.public_key()
        return (
            isinstance(crl.signature_hash_algorithm, _STRONG)
            and isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
            and crl.is_signature_valid(key)
        )
    except (ValueError, TypeError, x509.ExtensionNotFound, UnsupportedAlgorithm):
        return False


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
