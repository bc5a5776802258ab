"""A certificate as the seal sees it: whose it is, what it may do, and until when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from crypto import sm2
from crypto.errors import Reason, SealRefused

CERTIFICATE_MAX: Final = 16 * 1024
RSA_BITS: Final = range(2048, 8193)

_UNREADABLE: Final = (x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm)

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | sm2.PublicKey

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class Usage(StrEnum):
    SIGN = "sign"  # digitalSignature
    ENCRYPT = "encrypt"  # keyEncipherment (RSA, SM2), keyAgreement (P-256, SM2)


class Certificate:
    """A parsed X.509 certificate. Equal when its bytes are equal."""

    def __init__(self, der: bytes) -> None:
        """From DER, at most 16 KiB. Raises SealRefused(too_large | malformed_certificate)."""
        if len(der) > CERTIFICATE_MAX:
            raise SealRefused(Reason.TOO_LARGE, "certificate")
        self.der: Final = der
        try:
            _require_der(der)
            self.x509: Final = x509.load_der_x509_certificate(der)
            _read_through(self.x509)
        except (ValueError, TypeError, Warning, *_UNREADABLE):  # a Warning where these are errors
            raise SealRefused(Reason.MALFORMED_CERTIFICATE) from None
        self._usage: Final = _key_usage(self.x509)

    @classmethod
    def load(cls, data: bytes) -> Certificate:
        """From DER or PEM (the first certificate in it)."""
        if data.lstrip().startswith(b"-----"):
            try:
                data = x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
            except ValueError:
                raise SealRefused(Reason.MALFORMED_CERTIFICATE) from None
        return cls(data)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, hex: its name everywhere but in a header under another suite."""
        return sha256(self.der).hexdigest()

    @property
    def subject_name(self) -> str:
        """The organisation, or the common name where there is none."""
        return self._first(NameOID.ORGANIZATION_NAME) or self.common_name

    @property
    def common_name(self) -> str:
        return self._first(NameOID.COMMON_NAME) or ""

    @property
    def credit_code(self) -> str | None:
        """统一社会信用代码, from organizationIdentifier (2.5.4.97)."""
        return self._first(NameOID.ORGANIZATION_IDENTIFIER)

    @property
    def serial_number(self) -> str | None:
        """The subject's serialNumber (2.5.4.5): a staff member's person id, or None."""
        return self._first(NameOID.SERIAL_NUMBER)

    @property
    def not_before(self) -> datetime:
        return self.x509.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        return self.x509.not_valid_after_utc

    @cached_property
    def public_key(self) -> PublicKey:
        """RSA of 2048 to 8192 bits, P-256, or SM2. Raises SealRefused(key_unsuited)."""
        if self.is_sm2:
            info = asn1_x509.Certificate.load(self.der)["tbs_certificate"]
            try:
                return sm2.PublicKey.of(info["subject_public_key_info"])
            except sm2.Sm2Missing as missing:
                raise SealRefused(Reason.KEY_UNSUITED, str(missing)) from None
        try:
            key = self.x509.public_key()
        except (ValueError, UnsupportedAlgorithm):  # an invalid curve point ends here
            raise SealRefused(Reason.KEY_UNSUITED, "unreadable public key") from None
        match key:
            case rsa.RSAPublicKey() if key.key_size in RSA_BITS:
                return key
            case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
                return key
        raise SealRefused(Reason.KEY_UNSUITED, type(key).__name__)

    @cached_property
    def is_sm2(self) -> bool:
        """Whether its key is of SM2's curve, which needs nothing to be told."""
        info = asn1_x509.Certificate.load(self.der)["tbs_certificate"]["subject_public_key_info"]
        return sm2.is_sm2(info["algorithm"])

    @cached_property
    def usages(self) -> frozenset[Usage]:
        """What its KeyUsage lets it do here; nothing without a KeyUsage.

        Raises SealRefused(key_unsuited).
        """
        if self._usage is None:
            return frozenset()
        agrees, wraps = self._usage.key_agreement, self._usage.key_encipherment
        match self.public_key:
            case ec.EllipticCurvePublicKey():
                wraps = agrees
            case sm2.PublicKey():  # GM/T 0015: CAs set either or both
                wraps = agrees or wraps
        found = {Usage.SIGN} if self._usage.digital_signature else set()
        return frozenset(found | ({Usage.ENCRYPT} if wraps else set()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and other.der == self.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"Certificate({self.fingerprint[:16]})"

    def _first(self, oid: x509.ObjectIdentifier) -> str | None:
        values = self.x509.subject.get_attributes_for_oid(oid)
        return str(values[0].value) if values else None


def good_credit_code(text: str) -> bool:
    """Whether `text` is a social credit code whose check digit fits (GB 32100-2015)."""
    if len(text) != 18 or any(char not in _CREDIT_ALPHABET for char in text):
        return False
    return credit_check_digit(text[:17]) == text[17]


def credit_check_digit(first: str) -> str:
    """The 18th character for the 17 before it; ValueError on a character outside the alphabet."""
    weighed = zip(first, _CREDIT_WEIGHTS, strict=True)
    total = sum(_CREDIT_ALPHABET.index(char) * weight for char, weight in weighed)
    return _CREDIT_ALPHABET[-total % 31]


def _require_der(der: bytes) -> None:
    """What the library lets pass or only warns of."""
    parsed = asn1_x509.Certificate.load(der, strict=True)
    if parsed["tbs_certificate"]["serial_number"].native <= 0:  # RFC 5280 §4.1.2.2
        raise ValueError("serial number")
    # Bits left unused would give one good signature, hence one certificate, several fingerprints.
    if parsed["signature_value"].contents[:1] != b"\0":
        raise ValueError("signature")


def _read_through(certificate: x509.Certificate) -> None:
    """Every part is parsed on first use, and a bad one has to show here and nowhere later."""
    for part in (
        "version",
        "serial_number",
        "issuer",
        "subject",
        "not_valid_before_utc",
        "not_valid_after_utc",
        "extensions",
        "signature_algorithm_oid",
        "signature_algorithm_parameters",
        "signature",
    ):
        getattr(certificate, part)


def _key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
