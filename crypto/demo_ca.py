"""A certificate authority for demonstrations and tests: certificates, CRLs, .p12 files.

Its keys protect nothing. What it issues has the shape that CAs of this field give their
certificates: subject C, O, organizationIdentifier (the social credit code), CN, and for staff a
serialNumber.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from crypto import demo_sm2, p12, sm2
from crypto.certificates import Certificate, PublicKey, Usage
from crypto.issuing import key_usage
from crypto.keyenv import Entropy, PrivateKey, p256_key
from crypto.softkey import SoftKey
from crypto.trust import TrustList

NAME: Final = "BidRoom 示范 CA"
CA_YEARS: Final = 20
CERTIFICATE_DAYS: Final = 365
CRL_DAYS: Final = 7
P12_ROUNDS: Final = 2048  # of the legacy encoding, which is what real ones have

_DAY: Final = timedelta(days=1)


class Kind(StrEnum):
    P256 = "p256"
    RSA = "rsa2048"
    SM2 = "sm2"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose certificate: a firm's, or, with a `person_id`, one of its people's."""

    organisation: str
    credit_code: str
    common_name: str
    person_id: str | None = None

    @property
    def name(self) -> x509.Name:
        attributes = [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, self.credit_code),
            x509.NameAttribute(NameOID.COMMON_NAME, self.common_name),
        ]
        if self.person_id is not None:
            attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, self.person_id))
        return x509.Name(attributes)


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its certificate, before it goes into a file."""

    private_key: PrivateKey = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...]

    @property
    def key(self) -> SoftKey:
        return SoftKey(self.private_key, self.certificate, self.chain)

    @property
    def pkcs8(self) -> bytes:
        """The bare private key, DER."""
        if isinstance(self.private_key, sm2.PrivateKey):
            return self.private_key.pkcs8
        return self.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def p12(self, pin: str, legacy: bool = False) -> bytes:
        """The file a person gets; `legacy` in 3DES and SHA-1, as old CA software writes it
        (but for SM2's, which are always written the modern way).
        """
        if isinstance(self.private_key, sm2.PrivateKey):
            held = [self.certificate.der, *(ca.der for ca in self.chain)]
            return p12.write(self.pkcs8, held, self.certificate.common_name, pin, os.urandom)
        encryption: KeySerializationEncryption = BestAvailableEncryption(pin.encode())
        if legacy:
            encryption = (
                PrivateFormat.PKCS12.encryption_builder()
                .kdf_rounds(P12_ROUNDS)
                .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
                .hmac_hash(SHA1())  # noqa: S303 (that is what legacy means)
                .build(pin.encode())
            )
        return pkcs12.serialize_key_and_certificates(
            self.certificate.common_name.encode(),
            self.private_key,
            self.certificate.x509,
            [ca.x509 for ca in self.chain],
            encryption,
        )


class DemoCA:
    """A root and an issuing CA, on P-256 or, for national certificates, on SM2.

    Deterministic when the entropy is, but for keys of RSA and whatever SM2 makes.
    """

    def __init__(self, root: Issued, issuing: Issued) -> None:
        self._root, self._issuing = root, issuing

    @classmethod
    def make(
        cls, at: datetime, entropy: Entropy, name: str = NAME, kind: Kind = Kind.P256
    ) -> DemoCA:
        end = at.replace(year=at.year + CA_YEARS, day=min(at.day, 28))
        root_key, issuing_key = _key(kind, entropy), _key(kind, entropy)
        root_name, issuing_name = _ca_name(f"{name} 根"), _ca_name(f"{name} 签发")
        root = _certificate(
            root_name,
            root_key.public_key(),
            root_name,
            root_key,
            at,
            end,
            entropy,
            _ca_extensions(None),
        )
        issuing = _certificate(
            issuing_name,
            issuing_key.public_key(),
            root_name,
            root_key,
            at,
            end,
            entropy,
            _ca_extensions(0),
        )
        return cls(Issued(root_key, root, ()), Issued(issuing_key, issuing, (root,)))

    @property
    def kind(self) -> Kind:
        """Of its own keys, and of those it issues where nothing else is asked."""
        return Kind.SM2 if self.root.is_sm2 else Kind.P256

    @property
    def root(self) -> Certificate:
        return self._root.certificate

    @property
    def issuing(self) -> Certificate:
        return self._issuing.certificate

    def save(self) -> dict[str, bytes]:
        """Its keys and certificates in DER, for `restore`."""
        return {
            "root.key": self._root.pkcs8,
            "root.cer": self.root.der,
            "issuing.key": self._issuing.pkcs8,
            "issuing.cer": self.issuing.der,
        }

    @classmethod
    def restore(cls, saved: dict[str, bytes]) -> DemoCA:
        root = _restored(saved["root.key"], saved["root.cer"], ())
        issuing = _restored(saved["issuing.key"], saved["issuing.cer"], (root.certificate,))
        return cls(root, issuing)

    def issue(
        self,
        subject: Subject,
        usage: Usage,
        at: datetime,
        entropy: Entropy,
        kind: Kind | None = None,
        until: datetime | None = None,
    ) -> Issued:
        """A certificate good from `at` for a year (or `until`), for signing or for encryption."""
        key = _key(kind or self.kind, entropy)
        certificate = self.certify(subject, usage, key.public_key(), at, entropy, until)
        return Issued(key, certificate, (self.issuing, self.root))

    def certify(
        self,
        subject: Subject,
        usage: Usage,
        public_key: PublicKey,
        at: datetime,
        entropy: Entropy,
        until: datetime | None = None,
    ) -> Certificate:
        """A certificate for a key that somebody else keeps, such as one born on a token."""
        return _certificate(
            subject.name,
            public_key,
            self.issuing.x509.subject,
            self._issuing.private_key,
            at,
            until or at + CERTIFICATE_DAYS * _DAY,
            entropy,
            [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (_usage(usage, public_key), True),
            ],
        )

    def crl(
        self,
        at: datetime,
        revoked: Collection[tuple[Certificate, datetime]] = (),
        until: datetime | None = None,
    ) -> bytes:
        """The issuing CA's CRL, DER: who was revoked, and when."""
        listed = [(certificate.x509.serial_number, since) for certificate, since in revoked]
        return _crl(self._issuing, at, until or at + CRL_DAYS * _DAY, listed)

    def root_crl(self, at: datetime, until: datetime | None = None) -> bytes:
        """The root's CRL, DER, with nobody on it."""
        return _crl(self._root, at, until or at + CRL_DAYS * _DAY, [])

    def trust(self, at: datetime, until: datetime | None = None) -> TrustList:
        """Trust in this CA, with CRLs of `at` on which nobody is."""
        crls = [self.crl(at, until=until), self.root_crl(at, until)]
        return TrustList([self.root], [self.issuing], crls)


def _key(kind: Kind, entropy: Entropy) -> PrivateKey:
    if kind is Kind.P256:
        return p256_key(entropy)
    if kind is Kind.SM2:
        return sm2.PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _ca_name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "BidRoom"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _ca_extensions(path_length: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (key_usage({"key_cert_sign", "crl_sign"}), True),
    ]


def _usage(usage: Usage, public_key: PublicKey) -> x509.KeyUsage:
    if usage is Usage.SIGN:
        return key_usage({"digital_signature", "content_commitment"})
    if isinstance(public_key, sm2.PublicKey):  # GM/T 0015
        return key_usage({"key_encipherment", "data_encipherment", "key_agreement"})
    agrees = isinstance(public_key, ec.EllipticCurvePublicKey)
    return key_usage({"key_agreement" if agrees else "key_encipherment"})


def _certificate(
    subject: x509.Name,
    public_key: PublicKey,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    start: datetime,
    end: datetime,
    entropy: Entropy,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> Certificate:
    serial = int.from_bytes(entropy(16), "big") >> 1 | 1
    if isinstance(public_key, sm2.PublicKey):
        assert isinstance(issuer_key, sm2.PrivateKey)
        return demo_sm2.certificate(
            subject, public_key, issuer, issuer_key, start, end, serial, extensions
        )
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(issuer_key, SHA256(), ecdsa_deterministic=True)
    return Certificate(signed.public_bytes(Encoding.DER))


def _crl(
    issuer: Issued, at: datetime, until: datetime, listed: Collection[tuple[int, datetime]]
) -> bytes:
    name, key = issuer.certificate.x509.subject, issuer.private_key
    if isinstance(key, sm2.PrivateKey):
        return demo_sm2.revocation_list(name, key, at, until, listed)
    builder = x509.CertificateRevocationListBuilder().issuer_name(name)
    builder = builder.last_update(at).next_update(until)
    for serial, since in listed:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(entry.build())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return builder.sign(key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def _restored(pkcs8: bytes, certificate: bytes, chain: tuple[Certificate, ...]) -> Issued:
    if Certificate(certificate).is_sm2:
        return Issued(sm2.PrivateKey.of(pkcs8), Certificate(certificate), chain)
    key = load_der_private_key(pkcs8, None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return Issued(key, Certificate(certificate), chain)
