"""A device that holds keys: what it must be able to do, whatever it is.

`info / list / sign / unwrap`, and `open` and `close` around the latter two. `Soft` (soft.py) and
`Cryptoki` (cryptoki.py) are two; tests/token/test_devices.py holds both to the same. Calls may
block, and are made by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from msgspec import Struct

from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused


class Algorithm(StrEnum):
    """What a key does, by the names that the protocol uses (docs/ukey.md)."""

    ECDSA = "ecdsa-p256-sha256"  # r and s in DER
    RSA_PKCS1 = "rsa-pkcs1-sha256"
    SM2_SM3 = "sm2-sm3"  # id 1234567812345678, DER
    ECDH = "ecdh-p256-sha256kdf-aes256wrap"  # RFC 5753
    RSA_OAEP = "rsa-oaep-sha256"
    SM2 = "sm2"  # GM/T 0009

    @property
    def signs(self) -> bool:
        return self in (Algorithm.ECDSA, Algorithm.RSA_PKCS1, Algorithm.SM2_SM3)


class Pin(StrEnum):
    """How a token's PIN stands."""

    GOOD = "good"
    LOW = "low"  # it was wrong since it was last right
    LAST_TRY = "last_try"
    LOCKED = "locked"
    UNSET = "unset"


class Token(Struct, frozen=True):
    """Something plugged in. `pad`: its PIN is typed on itself, not in a program."""

    id: str
    label: str
    maker: str
    model: str
    pin: Pin
    pad: bool = False


class HeldKey(Struct, frozen=True):
    """A key on a token, by its certificate. `chain` is what lies beside it, issuer first."""

    id: str
    token: str
    certificate: Certificate
    chain: tuple[Certificate, ...]
    algorithms: tuple[Algorithm, ...]


class Device(Protocol):
    """Raises SealRefused(token_missing | token_shut | token_failed) where it can't be spoken to."""

    def info(self) -> Sequence[Token]:
        """What is plugged in."""

    def list(self, token: str) -> Sequence[HeldKey]:
        """The keys on it, by the certificates that anybody may read; no PIN is needed."""

    def open(self, token: str, pin: str) -> None:
        """From now on its keys may be used; after a wrong PIN not even as they could before.

        Raises SealRefused(pin_*).
        """

    def close(self, token: str) -> None:
        """They may not be used any more."""

    def sign(self, key: str, data: bytes, algorithm: Algorithm) -> bytes:
        """A signature over `data`, hashed here. Raises SealRefused(no_key | key_unsuited)."""

    def unwrap(self, key: str, recipient: bytes) -> bytes:
        """The content-encryption key that one RecipientInfo (DER) holds for this key.

        Raises SealRefused(no_key | key_unsuited | malformed_keyenv | keyenv_altered).
        """


CAN: Final = {
    (ec.EllipticCurvePublicKey, Usage.SIGN): Algorithm.ECDSA,
    (ec.EllipticCurvePublicKey, Usage.ENCRYPT): Algorithm.ECDH,
    (rsa.RSAPublicKey, Usage.SIGN): Algorithm.RSA_PKCS1,
    (rsa.RSAPublicKey, Usage.ENCRYPT): Algorithm.RSA_OAEP,
}


def algorithms_of(certificate: Certificate) -> tuple[Algorithm, ...]:
    """What a key with this certificate is for; nothing where we have no use for it."""
    try:
        public, usages = certificate.public_key, certificate.usages
    except SealRefused:
        return ()
    return tuple(
        algorithm
        for (kind, usage), algorithm in CAN.items()
        if isinstance(public, kind) and usage in usages
    )


def held(
    token: str,
    found: Sequence[tuple[str, Certificate]],
    can: Collection[Algorithm] = tuple(Algorithm),
) -> list[HeldKey]:
    """Keys out of certificates with the ids of their keys; the others are their chains.

    `can`: what the token itself is able to do.
    """
    everybody = [certificate for _, certificate in found]
    keys = []
    for name, certificate in sorted(found, key=lambda one: one[0]):
        algorithms = tuple(one for one in algorithms_of(certificate) if one in can)
        if name and algorithms:
            keys.append(
                HeldKey(name, token, certificate, _chain(certificate, everybody), algorithms)
            )
    return keys


def require(keys: Sequence[HeldKey], name: str, algorithm: Algorithm) -> None:
    """Raises SealRefused(no_key), or key_unsuited where it isn't for `algorithm`."""
    key = next((key for key in keys if key.id == name), None)
    if key is None:
        raise SealRefused(Reason.NO_KEY)
    if algorithm not in key.algorithms:
        raise SealRefused(Reason.KEY_UNSUITED, algorithm)


def require_signing(algorithm: Algorithm) -> None:
    """Raises SealRefused(key_unsuited)."""
    if not algorithm.signs:
        raise SealRefused(Reason.KEY_UNSUITED, algorithm)


def _chain(own: Certificate, others: Sequence[Certificate]) -> tuple[Certificate, ...]:
    chain: list[Certificate] = []
    last = own
    while True:
        issuer = next(
            (
                one
                for one in others
                if one.x509.subject == last.x509.issuer and one not in (own, *chain)
            ),
            None,
        )
        if issuer is None:
            return tuple(chain)
        chain.append(issuer)
        last = issuer
