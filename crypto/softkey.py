"""A key in a .p12 file, as CAs hand out: opened by its PIN, it signs and unwraps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from crypto import keyenv, p12, recipient, sm2
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused

P12_MAX: Final = 1024 * 1024


class SoftKey:
    """A private key in memory, with its certificate and the CA certificates that came along."""

    def __init__(
        self,
        private_key: keyenv.PrivateKey,
        certificate: Certificate,
        chain: Sequence[Certificate] = (),
    ) -> None:
        """Raises SealRefused(no_key) when the certificate isn't this key's, or key_unsuited."""
        self._private_key = private_key
        self.certificate: Final = certificate
        self.chain: Final = tuple(chain)
        if certificate.public_key != private_key.public_key():
            raise SealRefused(Reason.NO_KEY, "the certificate belongs to another key")

    def sign(self, data: bytes) -> bytes:
        """ECDSA-SHA256 (DER; RFC 6979, so it needs no entropy), RSA PKCS#1 v1.5 SHA-256, or
        SM2 with SM3.
        """
        if isinstance(self._private_key, sm2.PrivateKey):
            return self._private_key.sign(data)
        if isinstance(self._private_key, rsa.RSAPrivateKey):
            return self._private_key.sign(data, padding.PKCS1v15(), SHA256())
        return self._private_key.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True))

    def unwrap(self, keyenv_der: bytes) -> bytes:
        """The content key of an envelope; refuses as `keyenv.unwrap` does."""
        return keyenv.unwrap(keyenv_der, self._private_key, self.certificate)

    def unwrap_recipient(self, der: bytes) -> bytes:
        """The key that one RecipientInfo holds for this one.

        Raises SealRefused(too_large | malformed_keyenv | not_a_recipient | keyenv_altered).
        """
        wanted = recipient.read(der)
        try:
            match wanted, self._private_key:
                case recipient.Agreement(), ec.EllipticCurvePrivateKey() as own:
                    return wanted.key(own.exchange(ec.ECDH(), wanted.public_key))
                case recipient.National(), sm2.PrivateKey() as own:
                    return wanted.key(own.decrypt(wanted.wrapped))
                case recipient.Transport(), rsa.RSAPrivateKey() as own:
                    return own.decrypt(wanted.wrapped, keyenv.OAEP)
        except ValueError:
            raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key") from None
        raise SealRefused(Reason.NOT_A_RECIPIENT, "another kind of key")

    def __repr__(self) -> str:
        return f"SoftKey({self.certificate!r})"


def open_pkcs12(data: bytes, pin: str) -> SoftKey:
    """The key in a .p12 file, in the modern (PBES2) or the legacy encodings (3DES, RC2).

    Raises SealRefused(too_large | not_a_p12 | wrong_pin | no_key | key_unsuited).
    """
    if len(data) > P12_MAX:
        raise SealRefused(Reason.TOO_LARGE, "p12")
    _require_p12(data)
    secret = _secret(pin)
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except (UnsupportedAlgorithm, ValueError):
        return _open_sm2(data, pin)
    if key is None or certificate is None:
        raise SealRefused(Reason.NO_KEY)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SealRefused(Reason.KEY_UNSUITED, type(key).__name__)
    chain = [Certificate(other.public_bytes(Encoding.DER)) for other in others]
    return SoftKey(key, Certificate(certificate.public_bytes(Encoding.DER)), chain)


def _open_sm2(data: bytes, pin: str) -> SoftKey:
    """What the library can't read is a key for SM2, or else the PIN is wrong.

    Raises SealRefused as `open_pkcs12` does.
    """
    pkcs8, certificates = p12.read(data, pin)
    own, *chain = [Certificate(der) for der in certificates]
    try:
        return SoftKey(sm2.PrivateKey.of(pkcs8), own, chain)
    except sm2.Sm2Missing as missing:
        raise SealRefused(Reason.KEY_UNSUITED, str(missing)) from None


def _secret(pin: str) -> bytes | None:
    """The PIN as the library takes it: a NUL in it would end the process with the PIN on stderr."""
    try:
        secret = pin.encode()
    except UnicodeEncodeError:
        raise SealRefused(Reason.WRONG_PIN) from None
    if b"\0" in secret:
        raise SealRefused(Reason.WRONG_PIN)
    return secret or None


def _require_p12(data: bytes) -> None:
    """A wrong PIN and a wrong file fail alike further down, and a person needs to know which it
    was.
    """
    try:
        pfx = asn1_pkcs12.Pfx.load(data, strict=True)
        good = pfx["version"].native == "v3" and pfx["auth_safe"]["content_type"].native == "data"
        pfx.authenticated_safe.native  # noqa: B018 (parsed on access)
    except (ValueError, TypeError, KeyError, AttributeError):
        good = False
    if not good:
        raise SealRefused(Reason.NOT_A_P12)
