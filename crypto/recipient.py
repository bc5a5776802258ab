"""One recipient of a key envelope (RecipientInfo), for a key that is on a device.

A device does the one step with the private key: the shared point of an ECDH, or bare RSA. What
follows is done here, in software, so that any device will do: OAEP with SHA-256 is what few can.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from crypto import keyenv, shapes
from crypto.errors import Reason, SealRefused
from crypto.suites import INT1, SM1

RECIPIENT_MAX: Final = 4 * 1024
KEY: Final = INT1.key  # bytes of a content-encryption key
COORDINATE: Final = 32
_HASH: Final = 32


class Agreement(NamedTuple):
    """kari, P-256: `point` (0x04 ‖ x ‖ y) meets the recipient's key, and what comes of it wraps."""

    point: bytes
    wrapped: bytes

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)

    def key(self, shared: bytes) -> bytes:
        """What is wrapped, by the x coordinate of the shared point. Refuses keyenv_altered."""
        # Some devices cut leading zeros off, or give zeros before.
        exact = shared.lstrip(b"\0").rjust(COORDINATE, b"\0")
        try:
            key = aes_key_unwrap(keyenv.derive(exact), self.wrapped)
        except (ValueError, InvalidUnwrap):
            raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key") from None
        return _whole(key)


class Transport(NamedTuple):
    """ktri, RSA: what OAEP hides from all but the recipient's key."""

    wrapped: bytes

    def key(self, block: bytes) -> bytes:
        """What is wrapped, by the bare RSA decryption of it. Refuses keyenv_altered."""
        return oaep_decoded(block)


class National(NamedTuple):
    """ktri, SM2: a ciphertext (GM/T 0009) that a device decrypts as a whole."""

    wrapped: bytes

    def key(self, plain: bytes) -> bytes:
        """What is wrapped, by its decryption. Refuses keyenv_altered."""
        return _whole(plain, SM1.key)


def read(der: bytes) -> Agreement | Transport | National:
    """A RecipientInfo as the suites write it. Refuses too_large, malformed_keyenv.

    A point that isn't on the curve is refused too: a device might not look.
    """
    if len(der) > RECIPIENT_MAX:
        raise SealRefused(Reason.TOO_LARGE, "recipient")
    try:
        info = shapes.RecipientInfo.load(der, strict=True)
        if keyenv.known(info, SM1):
            return National(info.chosen["encrypted_key"].native)
        good = keyenv.known(info)
        chosen = info.chosen
        if good and info.name == "ktri":
            return Transport(chosen["encrypted_key"].native)
        if good:
            point = chosen["originator"].chosen["public_key"].native
            wrapped = chosen["recipient_encrypted_keys"][0]["encrypted_key"].native
            agreement = Agreement(point, wrapped)
            agreement.public_key  # noqa: B018 (a ValueError where it isn't on the curve)
            return agreement
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise SealRefused(Reason.MALFORMED_KEYENV, "recipient")


def oaep_decoded(block: bytes) -> bytes:
    """EME-OAEP decoding (RFC 8017 §7.1.2) with SHA-256, MGF1-SHA256 and no label.

    The message has 32 bytes, so all that must stand before it is known: one comparison decides, of
    everything at once, and neither time nor words tell what was wrong (Manger's attack). Refuses
    keyenv_altered.
    """
    if len(block) < 2 * _HASH + 2 + KEY:
        raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key")
    masked_seed, masked = block[1 : 1 + _HASH], block[1 + _HASH :]
    seed = _xor(masked_seed, _mask(masked, _HASH))
    data = _xor(masked, _mask(seed, len(masked)))
    padding = bytes(len(masked) - _HASH - 1 - KEY)
    expected = b"\0" + sha256(b"").digest() + padding + b"\1"
    if not compare_digest(block[:1] + data[:-KEY], expected):
        raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key")
    return data[-KEY:]


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-256."""
    rounds = range(-(-length // _HASH))
    return b"".join(sha256(seed + n.to_bytes(4, "big")).digest() for n in rounds)[:length]


def _xor(one: bytes, other: bytes) -> bytes:
    whole = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return whole.to_bytes(len(one), "big")


def _whole(key: bytes, length: int = KEY) -> bytes:
    if len(key) != length:
        raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key")
    return key
