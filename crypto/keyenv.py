"""The key envelope: the content key wrapped to certificates (RFC 5083, 5084, 5753, 8017)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto import shapes
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused

KEYENV_MAX: Final = 64 * 1024
RECIPIENTS_MAX: Final = 8
CEK: Final = 32  # bytes, suite INT1
NONCE: Final = 12
TAG: Final = 16
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Entropy = Callable[[int], bytes]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

OAEP: Final = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)


class RecipientId(NamedTuple):
    """issuerAndSerialNumber."""

    issuer: bytes  # the issuer's name, DER
    serial: int

    @classmethod
    def of(cls, certificate: Certificate) -> RecipientId:
        return cls(certificate.x509.issuer.public_bytes(), certificate.x509.serial_number)


def wrap(cek: bytes, recipients: Sequence[Certificate], entropy: Entropy) -> bytes:
    """AuthEnvelopedData, DER, that holds `cek` for each of `recipients` (1 to 8, each once).

    RSA-OAEP takes its seed from the library's own generator and not from `entropy`.
    Raises SealRefused(malformed_keyenv | key_unsuited).
    """
    if len(cek) != CEK or not 0 < len(set(recipients)) == len(recipients) <= RECIPIENTS_MAX:
        raise SealRefused(Reason.MALFORMED_KEYENV, "recipients")
    key, nonce = entropy(CEK), entropy(NONCE)
    sealed = AESGCM(key).encrypt(nonce, cek, None)
    gcm = shapes.GcmParameters({"nonce": nonce, "icv_length": TAG})
    content = shapes.AuthEnvelopedData(
        {
            "version": 0,
            "recipient_infos": [_wrapped(key, recipient, entropy) for recipient in recipients],
            "content": {
                "content_type": shapes.DATA,
                "algorithm": _algorithm(shapes.AES256_GCM, gcm),
                "encrypted": sealed[:-TAG],
            },
            "mac": sealed[-TAG:],
        }
    )
    info = shapes.ContentInfo({"content_type": shapes.AUTH_ENVELOPED_DATA, "content": content})
    return bytes(info.dump())


def unwrap(der: bytes, private_key: PrivateKey, certificate: Certificate) -> bytes:
    """The content key, for the recipient whose certificate this is.

    Raises SealRefused(too_large | malformed_keyenv | not_a_recipient | keyenv_altered).
    """
    envelope = _parse(der)
    for info in envelope["recipient_infos"]:
        if _id_of(info) == RecipientId.of(certificate):
            key = _unwrapped(info, private_key)
            break
    else:
        raise SealRefused(Reason.NOT_A_RECIPIENT)
    sealed = envelope["content"]["encrypted"].native + envelope["mac"].native
    try:
        cek = AESGCM(key).decrypt(_nonce(envelope), sealed, None)
    except (InvalidTag, ValueError):
        raise SealRefused(Reason.KEYENV_ALTERED, "content") from None
    if len(cek) != CEK:
        raise SealRefused(Reason.MALFORMED_KEYENV, "content key length")
    return cek


def recipients_of(der: bytes) -> list[RecipientId]:
    """Whom the envelope names. Raises SealRefused(too_large | malformed_keyenv)."""
    return [_id_of(info) for info in _parse(der)["recipient_infos"]]


def _wrapped(key: bytes, recipient: Certificate, entropy: Entropy) -> shapes.RecipientInfo:
    public = recipient.public_key
    parsed = asn1_x509.Certificate.load(recipient.der)
    rid = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
    if isinstance(public, rsa.RSAPublicKey):
        ktri = shapes.Ktri(
            {
                "version": 0,
                "rid": rid,
                "key_encryption_algorithm": _algorithm(shapes.RSAES_OAEP, _oaep()),
                "encrypted_key": public.encrypt(key, OAEP),
            }
        )
        return shapes.RecipientInfo("ktri", ktri)
    ephemeral = p256_key(entropy)
    kek = derive(ephemeral.exchange(ec.ECDH(), public))
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = {"algorithm": _algorithm(shapes.EC_PUBLIC_KEY), "public_key": point}
    kari = shapes.Kari(
        {
            "version": 3,
            "originator": shapes.Originator("key", shapes.OriginatorKey(originator)),
            "key_encryption_algorithm": _algorithm(
                shapes.ECDH_SHA256KDF, _algorithm(shapes.AES256_WRAP)
            ),
            "recipient_encrypted_keys": [{"rid": rid, "encrypted_key": aes_key_wrap(kek, key)}],
        }
    )
    return shapes.RecipientInfo("kari", kari)


def _unwrapped(info: shapes.RecipientInfo, private_key: PrivateKey) -> bytes:
    try:
        if info.name == "ktri":
            if not isinstance(private_key, rsa.RSAPrivateKey):
                raise SealRefused(Reason.NOT_A_RECIPIENT, "another kind of key")
            return private_key.decrypt(info.chosen["encrypted_key"].native, OAEP)
        if not isinstance(private_key, ec.EllipticCurvePrivateKey):
            raise SealRefused(Reason.NOT_A_RECIPIENT, "another kind of key")
        point = info.chosen["originator"].chosen["public_key"].native
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        kek = derive(private_key.exchange(ec.ECDH(), ephemeral))
        return aes_key_unwrap(
            kek, info.chosen["recipient_encrypted_keys"][0]["encrypted_key"].native
        )
    except (ValueError, InvalidUnwrap):  # an invalid curve point is a ValueError
        raise SealRefused(Reason.KEYENV_ALTERED, "wrapped key") from None


def _parse(der: bytes) -> shapes.AuthEnvelopedData:
    if len(der) > KEYENV_MAX:
        raise SealRefused(Reason.TOO_LARGE, "keyenv")
    try:
        info = shapes.ContentInfo.load(der, strict=True)
        envelope: shapes.AuthEnvelopedData = info["content"]
        infos = envelope["recipient_infos"]
        good = (
            info["content_type"].native == shapes.AUTH_ENVELOPED_DATA
            and envelope["version"].native == 0
            and envelope["content"]["content_type"].native == shapes.DATA
            and envelope["content"]["algorithm"]["algorithm"].native == shapes.AES256_GCM
            and len(_nonce(envelope)) == NONCE
            and bool(envelope["content"]["encrypted"].native)
            and len(envelope["mac"].native) == TAG
            and 0 < len(infos) <= RECIPIENTS_MAX
            and all(known(found) for found in infos)
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        good = False
    if not good:
        raise SealRefused(Reason.MALFORMED_KEYENV)
    return envelope


def known(info: shapes.RecipientInfo) -> bool:
    """Whether it is wrapped as the suite says. Touches all of it: the parser is lazy."""
    chosen = info.chosen
    if chosen["version"].native != (0 if info.name == "ktri" else 3) or not _id_of(info).issuer:
        return False
    algorithm = chosen["key_encryption_algorithm"]
    if info.name == "ktri":
        return algorithm.dump() in _OAEP_SPELLINGS and bool(chosen["encrypted_key"].native)
    inner = algorithm["parameters"].parse(shapes.Algorithm)
    return (
        algorithm["algorithm"].native == shapes.ECDH_SHA256KDF
        and inner["algorithm"].native == shapes.AES256_WRAP
        and chosen["ukm"].native is None
        and chosen["originator"].chosen["algorithm"]["algorithm"].native == shapes.EC_PUBLIC_KEY
        and len(chosen["recipient_encrypted_keys"]) == 1
        and bool(chosen["recipient_encrypted_keys"][0]["encrypted_key"].native)
        and bool(chosen["originator"].chosen["public_key"].native)
    )


def _id_of(info: shapes.RecipientInfo) -> RecipientId:
    chosen = info.chosen
    rid = (chosen if info.name == "ktri" else chosen["recipient_encrypted_keys"][0])["rid"]
    return RecipientId(rid["issuer"].dump(), rid["serial_number"].native)


def _nonce(envelope: shapes.AuthEnvelopedData) -> bytes:
    parameters = envelope["content"]["algorithm"]["parameters"].parse(shapes.GcmParameters)
    if parameters["icv_length"].native != TAG:
        raise ValueError("tag length")
    return bytes(parameters["nonce"].native)


def p256_key(entropy: Entropy) -> ec.EllipticCurvePrivateKey:
    """A P-256 key out of 40 random bytes."""
    # 64 bits more than the order has: the remainder's bias is below 2**-64 (FIPS 186-5 A.2.1).
    scalar = int.from_bytes(entropy(40), "big") % (P256_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def derive(shared: bytes) -> bytes:
    info = shapes.SharedInfo(
        {
            "key_info": _algorithm(shapes.AES256_WRAP),
            "supplement": (8 * CEK).to_bytes(4, "big"),
        }
    )
    return X963KDF(SHA256(), CEK, info.dump()).derive(shared)


def _algorithm(oid: str, parameters: core.Asn1Value | None = None) -> shapes.Algorithm:
    fields: dict[str, object] = {"algorithm": oid}
    if parameters is not None:
        fields["parameters"] = core.Any(parameters)
    return shapes.Algorithm(fields)


def _oaep(null: bool = True, mask_null: bool = True) -> shapes.OaepParameters:
    digest = _algorithm(shapes.SHA256, core.Null() if null else None)
    mask = _algorithm(shapes.SHA256, core.Null() if mask_null else None)
    return shapes.OaepParameters({"hash": digest, "mask": _algorithm(shapes.MGF1, mask)})


# RFC 4055 §2.1: the NULL beside SHA-256 may be there or not, and readers take both. We write it.
_OAEP_SPELLINGS: Final = {
    _algorithm(shapes.RSAES_OAEP, _oaep(null, mask_null)).dump()
    for null in (True, False)
    for mask_null in (True, False)
}
