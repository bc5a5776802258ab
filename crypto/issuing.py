"""A certificate as it is written, for any key and any signer: `cryptography`'s builder has no SM2,
and signs with no key on a device.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final

from asn1crypto import core, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from crypto.certificates import Certificate

GENERAL_FROM: Final = 2050  # RFC 5280 §4.1.2.5

Extensions = Sequence[tuple[x509.ExtensionType, bool]]
_USAGES: Final = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def certificate(
    subject: x509.Name,
    spki: bytes,
    issuer: x509.Name,
    sign: Callable[[bytes], bytes],
    algorithm: str,
    start: datetime,
    end: datetime,
    serial: int,
    extensions: Extensions,
) -> Certificate:
    """For the key in `spki` (DER), signed by `sign` under `algorithm`, a name or a dotted OID."""
    tbs = asn1_x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": {"algorithm": algorithm},
            "issuer": asn1_x509.Name.load(issuer.public_bytes()),
            "validity": {"not_before": time(start), "not_after": time(end)},
            "subject": asn1_x509.Name.load(subject.public_bytes()),
            "subject_public_key_info": keys.PublicKeyInfo.load(spki),
            "extensions": [_extension(found, critical) for found, critical in extensions],
        }
    )
    signed = asn1_x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": {"algorithm": algorithm},
            "signature_value": core.OctetBitString(sign(tbs.dump())),
        }
    )
    return Certificate(bytes(signed.dump()))


def time(at: datetime) -> asn1_x509.Time:
    spelling = "utc_time" if at.year < GENERAL_FROM else "general_time"
    return asn1_x509.Time(spelling, at.replace(microsecond=0))


def key_usage(bits: Collection[str]) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in bits for name in _USAGES})


def _extension(found: x509.ExtensionType, critical: bool) -> dict[str, Any]:
    return {
        "extn_id": found.oid.dotted_string,
        "critical": critical,
        "extn_value": core.ParsableOctetString(found.public_bytes()),
    }
