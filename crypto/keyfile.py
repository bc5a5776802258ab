"""A key file: a spare key under a passphrase, vouched for by the bidder's own signing key.

P-256, or SM2 where that is what the bidder signs with.

No authority is asked for one more certificate: its certificate is issued by the signing certificate
of the bidder, for encryption only. Whoever can sign a tender says in its header whom it is sealed
to, so a recipient of the same signer's gains nobody anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PublicFormat,
    pkcs12,
)
from cryptography.x509 import BasicConstraints

from crypto import issuing, p12, signing, sm2
from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused
from crypto.keyenv import Entropy, p256_key, suite_for
from crypto.suites import SM1
from crypto.trust import understood

DAYS: Final = 366
PASSPHRASE_MIN: Final = 12  # characters: the file is tried offline by whoever finds it
SERIAL: Final = 16
_AGREES: Final = {"key_agreement"}
_WRAPS: Final = {"key_encipherment", "key_agreement"}


def make(
    signer: signing.Signer, passphrase: str, at: datetime, entropy: Entropy
) -> tuple[bytes, Certificate]:
    """A new key file (PKCS#12) and its certificate, good for a year from `at`.

    Raises SealRefused(wrong_pin) for a passphrase that is too short.
    """
    if len(passphrase) < PASSPHRASE_MIN or "\0" in passphrase:
        raise SealRefused(Reason.WRONG_PIN, f"{PASSPHRASE_MIN} characters at least")
    at = at.replace(microsecond=0)
    if suite_for(signer.certificate.public_key) is SM1:
        national = sm2.PrivateKey.generate()
        certificate = _certificate(signer, national.public_key().spki, _WRAPS, at, entropy)
        held = [certificate.der]
        return p12.write(
            national.pkcs8, held, certificate.common_name, passphrase, entropy
        ), certificate
    key = p256_key(entropy)
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = _certificate(signer, spki, _AGREES, at, entropy)
    file = pkcs12.serialize_key_and_certificates(
        certificate.common_name.encode(),
        key,
        certificate.x509,
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
    if not understood(certificate.x509.extensions):
        return False
    if certificate.usages != {Usage.ENCRYPT} or Usage.SIGN not in signer.usages:
        return False
    try:
        signing.verify(signer, tbs.dump(), parsed["signature_value"].native)
    except SealRefused:
        return False
    return True


def _certificate(
    signer: signing.Signer, spki: bytes, usage: set[str], at: datetime, entropy: Entropy
) -> Certificate:
    own = signer.certificate
    return issuing.certificate(
        subject=own.x509.subject,
        spki=spki,
        issuer=own.x509.subject,
        sign=signer.sign,
        algorithm=signing.signature_algorithm(own),
        start=at,
        end=at + timedelta(days=DAYS),
        serial=int.from_bytes(entropy(SERIAL), "big") >> 1 | 1,
        extensions=[
            (BasicConstraints(ca=False, path_length=None), True),
            (issuing.key_usage(usage), True),
        ],
    )
