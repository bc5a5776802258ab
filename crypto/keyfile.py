"""A key file: a spare P-256 key under a passphrase, vouched for by the bidder's own signing key.

No authority is asked for one more certificate: its certificate is issued by the signing certificate
of the bidder, for encryption only. Whoever can sign a tender says in its header whom it is sealed
to, so a recipient of the same signer's gains nobody anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from asn1crypto import algos, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PublicFormat,
    pkcs12,
)
from cryptography.x509 import load_der_x509_certificate

from crypto import signing
from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused
from crypto.keyenv import Entropy, p256_key

DAYS: Final = 366
PASSPHRASE_MIN: Final = 12  # characters: the file is tried offline by whoever finds it
SERIAL: Final = 16


def make(
    signer: signing.Signer, passphrase: str, at: datetime, entropy: Entropy
) -> tuple[bytes, Certificate]:
    """A new key file (PKCS#12) and its certificate, good for a year from `at`.

    Raises SealRefused(wrong_pin) for a passphrase that is too short.
    """
    if len(passphrase) < PASSPHRASE_MIN or "\0" in passphrase:
        raise SealRefused(Reason.WRONG_PIN, f"{PASSPHRASE_MIN} characters at least")
    key = p256_key(entropy)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = _certificate(signer, spki, at.replace(microsecond=0), entropy)
    file = pkcs12.serialize_key_and_certificates(
        certificate.common_name.encode(),
        key,
        load_der_x509_certificate(certificate.der),
        None,
        BestAvailableEncryption(passphrase.encode()),
    )
    return file, certificate


def is_of(certificate: Certificate, signer: Certificate, at: datetime) -> bool:
    """Whether `certificate` is a key file's that `signer` issued: its own subject, encryption only,
    good at `at`.
    """
    parsed = asn1_x509.Certificate.load(certificate.der)
    tbs = parsed["tbs_certificate"]
    subject = signer.x509.subject
    if not certificate.x509.issuer == certificate.x509.subject == subject or parsed.ca:
        return False
    if not certificate.not_before <= at <= certificate.not_after:
        return False
    if certificate.usages != {Usage.ENCRYPT} or Usage.SIGN not in signer.usages:
        return False
    try:
        signing.verify(signer, tbs.dump(), parsed["signature_value"].native)
    except SealRefused:
        return False
    return True


def _certificate(
    signer: signing.Signer, spki: bytes, at: datetime, entropy: Entropy
) -> Certificate:
    issuer = asn1_x509.Certificate.load(signer.certificate.der)
    is_rsa = isinstance(signer.certificate.public_key, rsa.RSAPublicKey)
    algorithm = algos.SignedDigestAlgorithm(
        {"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"}
    )
    tbs = asn1_x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(entropy(SERIAL), "big") >> 1 | 1,
            "signature": algorithm,
            "issuer": issuer.subject,
            "validity": {
                "not_before": asn1_x509.Time({"utc_time": at}),
                "not_after": asn1_x509.Time({"utc_time": at + timedelta(days=DAYS)}),
            },
            "subject": issuer.subject,
            "subject_public_key_info": keys.PublicKeyInfo.load(spki),
            "extensions": [
                {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": False}},
                {"extn_id": "key_usage", "critical": True, "extn_value": {"key_agreement"}},
            ],
        }
    )
    whole = asn1_x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": algorithm,
            "signature_value": signer.sign(tbs.dump()),
        }
    )
    return Certificate(whole.dump())
