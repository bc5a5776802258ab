"""The ASN.1 of a key envelope: AuthEnvelopedData (RFC 5083) as far as SEAL/1 uses it."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from asn1crypto import cms, core

DATA: Final = "1.2.840.113549.1.7.1"
AUTH_ENVELOPED_DATA: Final = "1.2.840.113549.1.9.16.1.23"
AES256_GCM: Final = "2.16.840.1.101.3.4.1.46"
AES256_WRAP: Final = "2.16.840.1.101.3.4.1.45"
EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
ECDH_SHA256KDF: Final = "1.3.132.1.11.1"  # dhSinglePass-stdDH-sha256kdf-scheme, RFC 5753 §7.1.4
RSAES_OAEP: Final = "1.2.840.113549.1.1.7"
MGF1: Final = "1.2.840.113549.1.1.8"
SHA256: Final = "2.16.840.1.101.3.4.2.1"
SM2_ENCRYPTION: Final = "1.2.156.10197.1.301.3"  # GM/T 0006
SM4_GCM: Final = "1.2.156.10197.1.104.8"

Fields = list[tuple[Any, ...]]


class Algorithm(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("algorithm", core.ObjectIdentifier),
        ("parameters", core.Any, {"optional": True}),
    ]


class GcmParameters(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("nonce", core.OctetString),
        ("icv_length", core.Integer, {"default": 12}),
    ]


class OaepParameters(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("hash", Algorithm, {"explicit": 0}),
        ("mask", Algorithm, {"explicit": 1}),
    ]


class Ktri(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("version", core.Integer),
        ("rid", cms.IssuerAndSerialNumber),
        ("key_encryption_algorithm", Algorithm),
        ("encrypted_key", core.OctetString),
    ]


class OriginatorKey(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("algorithm", Algorithm),
        ("public_key", core.OctetBitString),
    ]


class Originator(core.Choice):  # type: ignore[misc]
    _alternatives: ClassVar[Fields] = [("key", OriginatorKey, {"implicit": 1})]


class RecipientEncryptedKey(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("rid", cms.IssuerAndSerialNumber),
        ("encrypted_key", core.OctetString),
    ]


class RecipientEncryptedKeys(core.SequenceOf):  # type: ignore[misc]
    _child_spec = RecipientEncryptedKey


class Kari(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("version", core.Integer),
        ("originator", Originator, {"explicit": 0}),
        ("ukm", core.OctetString, {"explicit": 1, "optional": True}),
        ("key_encryption_algorithm", Algorithm),
        ("recipient_encrypted_keys", RecipientEncryptedKeys),
    ]


class RecipientInfo(core.Choice):  # type: ignore[misc]
    _alternatives: ClassVar[Fields] = [("ktri", Ktri), ("kari", Kari, {"implicit": 1})]


class RecipientInfos(core.SetOf):  # type: ignore[misc]
    _child_spec = RecipientInfo


class EncryptedContent(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("content_type", core.ObjectIdentifier),
        ("algorithm", Algorithm),
        ("encrypted", core.OctetString, {"implicit": 0}),
    ]


class AuthEnvelopedData(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("version", core.Integer),
        ("recipient_infos", RecipientInfos),
        ("content", EncryptedContent),
        ("mac", core.OctetString),
    ]


class ContentInfo(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar[Fields] = [
        ("content_type", core.ObjectIdentifier),
        ("content", AuthEnvelopedData, {"explicit": 0}),
    ]


class SharedInfo(core.Sequence):  # type: ignore[misc]
    """ECC-CMS-SharedInfo (RFC 5753 §7.2): what the key-encryption key is derived for."""

    _fields: ClassVar[Fields] = [
        ("key_info", Algorithm),
        ("supplement", core.OctetString, {"explicit": 2}),
    ]
