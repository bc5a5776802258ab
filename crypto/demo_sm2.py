"""What the demo CA signs for SM2 keys: certificates and CRLs, which `cryptography` can't build."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from hashlib import sha1
from typing import Any

from asn1crypto import core, crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from crypto import issuing, sm2
from crypto.certificates import Certificate


def certificate(
    subject: x509.Name,
    public_key: sm2.PublicKey,
    issuer: x509.Name,
    issuer_key: sm2.PrivateKey,
    start: datetime,
    end: datetime,
    serial: int,
    extensions: issuing.Extensions,
) -> Certificate:
    """A certificate for a key of SM2, signed with another."""
    keyed = [
        (x509.SubjectKeyIdentifier(_key_id(public_key)), False),
        (x509.AuthorityKeyIdentifier(_key_id(issuer_key.public_key()), None, None), False),
        *extensions,
    ]
    return issuing.certificate(
        subject,
        public_key.spki,
        issuer,
        issuer_key.sign,
        sm2.SM2_WITH_SM3,
        start,
        end,
        serial,
        keyed,
    )


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
        "this_update": issuing.time(at),
        "next_update": issuing.time(until),
    }
    if revoked:
        fields["revoked_certificates"] = [
            {"user_certificate": serial, "revocation_date": issuing.time(since)}
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


def _key_id(key: sm2.PublicKey) -> bytes:
    """RFC 5280 §4.2.1.2, the first way."""
    return sha1(b"\4" + key.xy, usedforsecurity=False).digest()
