"""SM2 (GB/T 32918) in the encodings that certificates use: signatures with SM3, key transport.

The curve is `gmssl_pyx`'s, an optional package (`bidroom[gm]`) that is imported on first use.
"""

from __future__ import annotations

from typing import Any, Final

from asn1crypto import core, crl, keys
from asn1crypto import x509 as asn1_x509

from crypto.errors import Reason, SealRefused

CURVE: Final = "1.2.156.10197.1.301"
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
SM3: Final = "1.2.156.10197.1.401"
SIGNER_ID: Final = b"1234567812345678"  # GB/T 35276: whose id isn't agreed upon otherwise
POINT: Final = 64  # bytes of x ‖ y
SECRET: Final = 32
PLAIN_MAX: Final = 255  # bytes the library encrypts at once; a key has 16
MISSING: Final = (
    "国密（SM2）需要 gmssl-pyx，请安装：pip install 'bidroom[gm]'\n"
    "SM2 needs gmssl-pyx; install it: pip install 'bidroom[gm]'"
)


keys.NamedCurve.register("sm2p256v1", CURVE, SECRET)


class Sm2Missing(RuntimeError):
    """The optional package isn't installed; its text says what to do, in both languages."""

    def __init__(self) -> None:
        super().__init__(MISSING)


class PublicKey:
    """A point of the curve. Equal when its coordinates are equal."""

    def __init__(self, point: bytes) -> None:
        """From 04 ‖ x ‖ y. Raises SealRefused(key_unsuited) for what isn't on the curve."""
        if len(point) != POINT + 1 or point[0] != 4:
            raise SealRefused(Reason.KEY_UNSUITED, "not an uncompressed point")
        gmssl = _gmssl()
        try:
            self.xy: Final[bytes] = gmssl.normalize_sm2_public_key(bytes(point))
        except gmssl.GmsslInnerError:
            raise SealRefused(Reason.KEY_UNSUITED, "not a point of the curve") from None

    @classmethod
    def of(cls, info: keys.PublicKeyInfo) -> PublicKey:
        """From a certificate's SubjectPublicKeyInfo, which `cryptography` doesn't read for SM2.

        Raises SealRefused(key_unsuited).
        """
        try:
            good = is_sm2(info["algorithm"])
            point = info["public_key"].native if good else b""
        except (ValueError, TypeError, KeyError, AttributeError):
            point = b""
        return cls(point if isinstance(point, bytes) else b"")

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        algorithm = {"algorithm": "ec", "parameters": _curve()}
        point = keys.ECPointBitString(b"\x04" + self.xy)
        return bytes(keys.PublicKeyInfo({"algorithm": algorithm, "public_key": point}).dump())

    def verify(self, signature: bytes, data: bytes) -> None:
        """SM2-with-SM3 under the usual id. Raises SealRefused(signature_bad)."""
        gmssl = _gmssl()
        try:
            good = _is_pair(signature) and gmssl.sm2_verify(self.xy, data, signature, SIGNER_ID)
        except gmssl.GmsslInnerError:
            good = False
        if not good:
            raise SealRefused(Reason.SIGNATURE_BAD)

    def encrypt(self, plain: bytes) -> bytes:
        """1 to 255 bytes as GM/T 0009 writes them: SEQUENCE { x, y, hash, ciphertext }."""
        if not 0 < len(plain) <= PLAIN_MAX:
            raise ValueError("1 to 255 bytes")
        return bytes(_gmssl().sm2_encrypt(self.xy, plain))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.xy == self.xy

    def __hash__(self) -> int:
        return hash(self.xy)


class PrivateKey:
    """A secret number and its point."""

    def __init__(self, secret: bytes, public: PublicKey) -> None:
        """`secret`: 32 bytes. Raises SealRefused(no_key) when the point isn't the secret's."""
        self._secret, self._public = secret, public
        gmssl = _gmssl()
        try:
            public.verify(self.sign(b"bidroom"), b"bidroom")
        except (SealRefused, gmssl.GmsslInnerError):
            raise SealRefused(Reason.NO_KEY, "the point belongs to another key") from None

    @classmethod
    def of(cls, pkcs8: bytes) -> PrivateKey:
        """From an unencrypted PKCS#8 file, DER, that holds the point as well.

        Raises SealRefused(key_unsuited | no_key).
        """
        try:
            info = keys.PrivateKeyInfo.load(pkcs8, strict=True)
            good = is_sm2(info["private_key_algorithm"])
            own = info["private_key"].parsed if good else None
            secret = own["private_key"].contents if own else b""
            point = own["public_key"].native if own else b""
        except (ValueError, TypeError, KeyError, AttributeError):
            secret, point = b"", b""
        if len(secret) != SECRET or not isinstance(point, bytes):
            raise SealRefused(Reason.KEY_UNSUITED, "not an SM2 key with its point")
        return cls(secret, PublicKey(point))

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new one, from the library's own generator."""
        xy, secret = _gmssl().sm2_key_generate()
        return cls(secret, PublicKey(b"\x04" + xy))

    def public_key(self) -> PublicKey:
        return self._public

    @property
    def pkcs8(self) -> bytes:
        """PKCS #8, DER, unencrypted, with the point in it."""
        secret = core.IntegerOctetString(int.from_bytes(self._secret, "big"))
        secret.set_encoded_width(SECRET)
        point = keys.ECPointBitString(b"\x04" + self._public.xy)
        own = {"version": "ecPrivkeyVer1", "private_key": secret, "public_key": point}
        info = {
            "version": 0,
            "private_key_algorithm": {"algorithm": "ec", "parameters": _curve()},
            "private_key": keys.ECPrivateKey(own),
        }
        return bytes(keys.PrivateKeyInfo(info).dump())

    def sign(self, data: bytes) -> bytes:
        """SM2-with-SM3 under the usual id: SEQUENCE { r, s }, DER."""
        return bytes(_gmssl().sm2_sign(self._secret, self._public.xy, data, SIGNER_ID))

    def decrypt(self, sealed: bytes) -> bytes:
        """Raises SealRefused(keyenv_altered), for a point off the curve as well."""
        gmssl = _gmssl()
        try:
            return bytes(gmssl.sm2_decrypt(self._secret, sealed))
        except gmssl.GmsslInnerError:
            raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key") from None

    def __repr__(self) -> str:
        return f"PrivateKey({self._public.xy.hex()[:16]})"


def verify_issued(signed: asn1_x509.Certificate | crl.CertificateList, by: PublicKey) -> None:
    """Hold a certificate's or a CRL's signature against its issuer's key.

    Raises SealRefused(certificate_untrusted) for another algorithm too: it stands in what is
    signed and beside it, and both must say SM2-with-SM3 (RFC 5280 §4.1.1.2).
    """
    inner = signed[0]
    told = {inner["signature"]["algorithm"].dotted, signed[1]["algorithm"].dotted}
    if told != {SM2_WITH_SM3}:
        raise SealRefused(Reason.CERTIFICATE_UNTRUSTED, "not signed with SM2")
    try:
        by.verify(signed[2].native, inner.dump())
    except SealRefused:
        raise SealRefused(Reason.CERTIFICATE_UNTRUSTED, "signature") from None


class Pair(core.Sequence):  # type: ignore[misc]
    """A signature."""

    _fields = [("r", core.Integer), ("s", core.Integer)]  # noqa: RUF012


def _is_pair(signature: bytes) -> bool:
    """Whether it is two numbers in the one spelling that DER allows."""
    try:
        pair = Pair.load(signature, strict=True)
        again = Pair({"r": pair["r"].native, "s": pair["s"].native}).dump()
    except (ValueError, TypeError):
        return False
    return bool(again == signature)


def is_sm2(algorithm: Any) -> bool:
    """Whether an AlgorithmIdentifier names SM2's curve."""
    try:
        return bool(
            algorithm["algorithm"].native == "ec"
            and algorithm["parameters"].name == "named"
            and algorithm["parameters"].chosen.dotted == CURVE
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return False


def _curve() -> keys.ECDomainParameters:
    return keys.ECDomainParameters("named", CURVE)


def _gmssl() -> Any:
    try:
        import gmssl_pyx
    except ImportError:
        raise Sm2Missing from None
    return gmssl_pyx
