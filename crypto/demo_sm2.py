"""What the demo CA signs for SM2 keys: certificates and CRLs, which `cryptography` can't build."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha1
from typing import Any, Final

from asn1crypto import core, crl, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from crypto import sm2
from crypto.certificates import Certificate

GENERAL_FROM: Final = 2050  # RFC 5280 §4.1.2.5

Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def certificate(
    subject: x509.Name,
    public_key: sm2.PublicKey,
    issuer: x509.Name,
    issuer_key: sm2.PrivateKey,
    start: datetime,
    end: datetime,
    serial: int,
    extensions: Extensions,
) -> Certificate:
    """A certificate for a key of SM2, signed with another."""
    keyed = [
        (x509.SubjectKeyIdentifier(_key_id(public_key)), False),
        (x509.AuthorityKeyIdentifier(_key_id(issuer_key.public_key()), None, None), False),
        *extensions,
    ]
    tbs = asn1_x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": _algorithm(),
            "issuer": asn1_x509.Name.load(issuer.public_bytes()),
            "validity": {"not_before": _time(start), "not_after": _time(end)},
            "subject": asn1_x509.Name.load(subject.public_bytes()),
            "subject_public_key_info": keys.PublicKeyInfo.load(public_key.spki),
            "extensions": [_extension(found, critical) for found, critical in keyed],
        }
    )
    signed = asn1_x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": _algorithm(),
            "signature_value": core.OctetBitString(issuer_key.sign(tbs.dump())),
        }
    )
    return Certificate(bytes(signed.dump()))


def revocation_list(
    issuer: x509.Name,
    issuer_key: sm2.PrivateKey,
    at: datetime,
    until: datetime,
    revoked: Collection[tuple[int, datetime]],
) -> bytes:
    """A CRL, DER: serial numbers, and since when."""
    fields: dict[str, Any] = {
        "version": "v2",
        "signature": _algorithm(),
        "issuer": asn1_x509.Name.load(issuer.public_bytes()),
        "this_update": _time(at),
        "next_update": _time(until),
    }
    if revoked:
        fields["revoked_certificates"] = [
            {"user_certificate": serial, "revocation_date": _time(since)}
            for serial, since in revoked
        ]
    tbs = crl.TbsCertList(fields)
    signed = crl.CertificateList(
        {
            "tbs_cert_list": tbs,
            "signature_algorithm": _algorithm(),
            "signature": core.OctetBitString(issuer_key.sign(tbs.dump())),
        }
    )
    return bytes(signed.dump())


def _algorithm() -> dict[str, str]:
    return {"algorithm": sm2.SM2_WITH_SM3}


def _time(at: datetime) -> asn1_x509.Time:
    spelling = "utc_time" if at.year < GENERAL_FROM else "general_time"
    return asn1_x509.Time(spelling, at.replace(microsecond=0))


def _extension(found: x509.ExtensionType, critical: bool) -> dict[str, Any]:
    return {
        "extn_id": found.oid.dotted_string,
        "critical": critical,
        "extn_value": core.ParsableOctetString(found.public_bytes()),
    }


def _key_id(key: sm2.PublicKey) -> bytes:
    """RFC 5280 §4.2.1.2, the first way."""
    return sha1(b"\4" + key.xy, usedforsecurity=False).digest()
