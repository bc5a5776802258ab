"""A key file stands by the signature of whoever signs the tender, under either suite."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto import issuing, keyenv, keyfile, signing
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Kind
from crypto.softkey import open_pkcs12
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import AT, BEGAN, DAY, FIRM_A, FIRM_B, cast

PASSPHRASE = "一个足够长的口令，不易猜到"  # noqa: S105 (it protects nothing)
CHANCE = Entropy("key file")
SM2_CA = DemoCA.make(BEGAN, CHANCE, kind=Kind.SM2)


def signers() -> dict[str, Issued]:
    holders = cast().holders
    national = SM2_CA.issue(FIRM_A, Usage.SIGN, AT - DAY, CHANCE)
    return {"p256": holders["a.sign"], "rsa": holders["a.sign.rsa"], "sm2": national}


@pytest.mark.parametrize("kind", ["p256", "rsa", "sm2"])
def test_it_opens_by_its_passphrase_what_was_sealed_to_it(kind: str) -> None:
    signer = signers()[kind]
    file, certificate = keyfile.make(signer.key, PASSPHRASE, AT, CHANCE)
    suite = keyenv.suite_for(signer.certificate.public_key)
    cek = CHANCE(suite.key)
    envelope = keyenv.wrap(cek, [certificate], CHANCE, suite)

    assert keyfile.is_of(certificate, signer.certificate, AT)
    assert open_pkcs12(file, PASSPHRASE).unwrap(envelope) == cek
    assert not keyfile.is_of(certificate, signer.certificate, AT + timedelta(days=367))
    assert not keyfile.is_of(signer.certificate, signer.certificate, AT)


def test_another_signer_s_is_not_taken() -> None:
    theirs = SM2_CA.issue(FIRM_B, Usage.SIGN, AT - DAY, CHANCE)
    own = signers()["sm2"]
    renewed = SM2_CA.issue(FIRM_A, Usage.SIGN, AT - DAY, CHANCE)  # the same name, another key
    for other in (theirs, renewed):
        _, certificate = keyfile.make(other.key, PASSPHRASE, AT, CHANCE)
        assert not keyfile.is_of(certificate, own.certificate, AT)


@pytest.mark.parametrize("critical", [False, True])
def test_what_is_critical_in_it_must_be_understood(critical: bool) -> None:
    own = cast().holders["a.sign"]
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    name, to = own.certificate.x509.subject, cast().holders["a.enc"].certificate
    spki = to.x509.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    certificate = issuing.certificate(
        name, spki, name, own.key.sign, signing.signature_algorithm(own.certificate),
        AT - DAY, AT + DAY, 7,
        [(issuing.key_usage({"key_agreement"}), True), (strange, critical)],
    )  # fmt: skip

    assert keyfile.is_of(certificate, own.certificate, AT) is not critical
