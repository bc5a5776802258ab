"""The key envelope: the content key wrapped to certificates (RFC 5083, 5084, 5753, 8017).

Under SM1 by SM2's public-key encryption (GM/T 0009, 0010), around SM4-GCM (RFC 8998).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto import shapes, sm2
from crypto.certificates import Certificate, PublicKey
from crypto.errors import Reason, SealRefused
from crypto.suites import INT1, NONCE, SM1, TAG, Ciphers

KEYENV_MAX: Final = 64 * 1024
RECIPIENTS_MAX: Final = 8
CEK: Final = INT1.key  # bytes
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Entropy = Callable[[int], bytes]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | sm2.PrivateKey

OAEP: Final = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)


class RecipientId(NamedTuple):
    """issuerAndSerialNumber."""

    issuer: bytes  # the issuer's name, DER
    serial: int

    @classmethod
    def of(cls, certificate: Certificate) -> RecipientId:
        return cls(certificate.x509.issuer.public_bytes(), certificate.x509.serial_number)


def suite_for(key: PrivateKey | PublicKey) -> Ciphers:
    """The one suite in which a key of this kind is used."""
    return SM1 if isinstance(key, sm2.PrivateKey | sm2.PublicKey) else INT1


def wrap(
    cek: bytes, recipients: Sequence[Certificate], entropy: Entropy, suite: Ciphers = INT1
) -> bytes:
    """AuthEnvelopedData, DER, that holds `cek` for each of `recipients` (1 to 8, each once).

    RSA-OAEP and SM2 take their randomness from the libraries' own generators, not from `entropy`.
    Raises SealRefused(malformed_keyenv | key_unsuited), the latter for another suite's key too.
    """
    if len(cek) != suite.key or not 0 < len(set(recipients)) == len(recipients) <= RECIPIENTS_MAX:
        raise SealRefused(Reason.MALFORMED_KEYENV, "recipients")
    if any(suite_for(recipient.public_key) is not suite for recipient in recipients):
        raise SealRefused(Reason.KEY_UNSUITED, f"a key of another suite than {suite.name}")
    key, nonce = entropy(suite.key), entropy(NONCE)
    sealed = suite.aead(key).encrypt(nonce, cek, None)
    gcm = shapes.GcmParameters({"nonce": nonce, "icv_length": TAG})
    content = shapes.AuthEnvelopedData(
        {
            "version": 0,
            "recipient_infos": [_wrapped(key, recipient, entropy) for recipient in recipients],
            "content": {
                "content_type": shapes.DATA,
                "algorithm": _algorithm(_CONTENT[suite.name], gcm),
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
    suite = suite_for(private_key)
    envelope = _parse(der, suite)
    for info in envelope["recipient_infos"]:
        if _id_of(info) == RecipientId.of(certificate):
            key = _unwrapped(info, private_key)
            break
    else:
        raise SealRefused(Reason.NOT_A_RECIPIENT)
    sealed = envelope["content"]["encrypted"].native + envelope["mac"].native
    try:
        cek = suite.aead(key).decrypt(_nonce(envelope), sealed, None)
    except (InvalidTag, ValueError):
        raise SealRefused(Reason.KEYENV_ALTERED, "content") from None
    if len(cek) != suite.key:
        raise SealRefused(Reason.MALFORMED_KEYENV, "content key length")
    return cek


def recipients_of(der: bytes, suite: Ciphers = INT1) -> list[RecipientId]:
    """Whom the envelope names. Raises SealRefused(too_large | malformed_keyenv)."""
    return [_id_of(info) for info in _parse(der, suite)["recipient_infos"]]


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
    if isinstance(public, sm2.PublicKey):
        ktri = shapes.Ktri(
            {
                "version": 0,
                "rid": rid,
                "key_encryption_algorithm": _algorithm(shapes.SM2_ENCRYPTION),
                "encrypted_key": public.encrypt(key),
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
            if isinstance(private_key, sm2.PrivateKey):
                return private_key.decrypt(info.chosen["encrypted_key"].native)
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


def _parse(der: bytes, suite: Ciphers = INT1) -> shapes.AuthEnvelopedData:
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
            and envelope["content"]["algorithm"]["algorithm"].native == _CONTENT[suite.name]
            and len(_nonce(envelope)) == NONCE
            and bool(envelope["content"]["encrypted"].native)
            and len(envelope["mac"].native) == TAG
            and 0 < len(infos) <= RECIPIENTS_MAX
            and all(known(found, suite) for found in infos)
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        good = False
    if not good:
        raise SealRefused(Reason.MALFORMED_KEYENV)
    return envelope


def known(info: shapes.RecipientInfo, suite: Ciphers = INT1) -> bool:
    """Whether it is wrapped as the suite says. Touches all of it: the parser is lazy."""
    chosen = info.chosen
    if chosen["version"].native != (0 if info.name == "ktri" else 3) or not _id_of(info).issuer:
        return False
    algorithm = chosen["key_encryption_algorithm"]
    if info.name == "ktri":
        spellings = _SM2_SPELLINGS if suite is SM1 else _OAEP_SPELLINGS
        return algorithm.dump() in spellings and bool(chosen["encrypted_key"].native)
    if suite is SM1:
        return False
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
# GM/T 0010 leaves the parameters out, and some write NULL; we write none.
_SM2_SPELLINGS: Final = {
    _algorithm(shapes.SM2_ENCRYPTION, null).dump() for null in (None, core.Null())
}
_CONTENT: Final = {INT1.name: shapes.AES256_GCM, SM1.name: shapes.SM4_GCM}
