"""pyhanko-certvalidator judges certificates as `crypto.trust` does, those of SM2 by a plug-in."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import algos, core, crl, keys
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    InsufficientRevinfoError,
    InvalidCertificateError,
    PathBuildingError,
    PathValidationError,
)
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)

from crypto import sm2
from crypto.certificates import Certificate, Usage
from crypto.demo_ca import DemoCA, Kind
from crypto.errors import Reason, SealRefused
from crypto.trust import Crl, TrustList
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import FIRM_A
from tests.crypto.vectors import Case, cases, certificate, key, vectors

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)


class WithSm2(DefaultSignatureValidator):
    """The plug-in: signatures of SM2 by crypto's own, all others by the library's."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: keys.PublicKeyInfo,
        signature_algorithm: algos.SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        if signature_algorithm["algorithm"].dotted != sm2.SM2_WITH_SM3:
            super().validate_signature(
                signature, signed_data, public_key_info, signature_algorithm, context
            )
            return
        try:
            sm2.PublicKey.of(public_key_info).verify(signature, signed_data)
        except SealRefused:
            raise InvalidSignature from None


def parsed(one: Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(one.der)


async def accepts(
    end: Certificate,
    chain: Iterable[Certificate],
    usage: Usage,
    at: datetime,
    roots: Iterable[Certificate],
    others: Iterable[Certificate],
    crls: Iterable[bytes],
) -> bool:
    """What the library says of a certificate at `at`, the roots told to it and nothing fetched."""
    # Our certificates name no place of a list, so only "require" makes the library look at those
    # it was given; where they tell nothing fresh, that refuses nobody, as with us.
    for mode in ("require", "soft-fail"):
        context = ValidationContext(
            trust_roots=[parsed(one) for one in roots],
            other_certs=[parsed(one) for one in others],
            crls=[crl.CertificateList.load(one) for one in crls],
            moment=at,
            allow_fetching=False,
            revocation_mode=mode,
            signature_validator=WithSm2(),
        )
        validator = CertificateValidator(parsed(end), [parsed(one) for one in chain], context)
        try:
            await validator.async_validate_usage(_usage(end, usage))  # type: ignore[no-untyped-call]
        except InsufficientRevinfoError:
            continue
        except (PathBuildingError, PathValidationError, InvalidCertificateError):
            return False
        return True
    raise AssertionError("the softer way needs no list")


def _usage(end: Certificate, usage: Usage) -> set[str]:
    """What its KeyUsage must allow: the library wants every bit that it is asked for."""
    if usage is Usage.SIGN:
        return {"digital_signature"}
    is_rsa = isinstance(end.public_key, rsa.RSAPublicKey)
    return {"key_encipherment" if is_rsa else "key_agreement"}


@cases("trust", "checks")
async def test_the_library_s_verdict_is_ours(case: Case) -> None:
    told: dict[str, Any] = vectors("keys")["trusts"][case["trust"]]
    roots, others = (
        [Certificate(b64decode(one)) for one in told[part]] for part in ("roots", "intermediates")
    )
    chain = key(case["holder"]).chain if case["with_chain"] else ()
    at = datetime.fromtimestamp(case["at"] / 1000, UTC)
    crls = [b64decode(one) for one in told["crls"]]
    good = await accepts(
        certificate(case["holder"]), chain, Usage(case["usage"]), at, roots, others, crls
    )

    if case["name"] in LAXER:
        assert good
        assert case["refused"] == "certificate_revoked"
    else:
        assert good is ("refused" not in case)


# Where it is laxer: a list that is out of date is no news to it. For us, once revoked is revoked.
LAXER = {"revoked, stale CRL"}

CHANCE = Entropy("peer")
CA = DemoCA.make(AT - 800 * DAY, CHANCE, kind=Kind.SM2)
STRANGER = DemoCA.make(AT - 800 * DAY, CHANCE, kind=Kind.SM2)  # the same names, other keys
SIGN = CA.issue(FIRM_A, Usage.SIGN, AT - DAY, CHANCE)
GONE = CA.issue(FIRM_A, Usage.SIGN, AT - DAY, CHANCE)


@pytest.mark.parametrize(
    ("end", "ca", "at"),
    [
        (SIGN, CA, AT),
        (GONE, CA, AT),
        (SIGN, CA, AT + 400 * DAY),
        (SIGN, STRANGER, AT),
    ],
    ids=["good", "revoked", "expired", "of another's CA with the same names"],
)
async def test_chains_and_lists_of_sm2_are_judged_alike(end: Any, ca: DemoCA, at: datetime) -> None:
    crls = [ca.crl(AT - DAY, [(GONE.certificate, AT - DAY / 2)]), ca.root_crl(AT - DAY)]
    ours = TrustList([ca.root], [ca.issuing], crls)
    try:
        ours.check(end.certificate, [], Usage.SIGN, at)
        good = True
    except SealRefused:
        good = False

    theirs = await accepts(end.certificate, [], Usage.SIGN, at, [ca.root], [ca.issuing], crls)
    assert theirs is good
    assert good is (end is SIGN and ca is CA and at == AT)


def spoiled(one: Certificate) -> Certificate:
    """The same, key identifiers and all, under a signature of its issuer's over something else."""
    whole = parsed(one)
    whole["signature_value"] = core.OctetBitString(signed_otherwise())
    return Certificate(whole.dump(force=True))


def signed_otherwise() -> bytes:
    key = CA._issuing.private_key
    assert isinstance(key, sm2.PrivateKey)
    return key.sign(b"something else")


async def test_a_signature_of_sm2_that_does_not_hold_is_refused_by_both() -> None:
    crls, others = [CA.crl(AT - DAY), CA.root_crl(AT - DAY)], [CA.issuing]
    bad = spoiled(SIGN.certificate)
    with pytest.raises(SealRefused) as no:
        TrustList([CA.root], others, crls).check(bad, [], Usage.SIGN, AT)

    assert no.value.reason is Reason.CERTIFICATE_UNTRUSTED
    assert not await accepts(bad, [], Usage.SIGN, AT, [CA.root], others, crls)
    assert await accepts(SIGN.certificate, [], Usage.SIGN, AT, [CA.root], others, crls)


async def test_a_list_of_sm2_whose_signature_does_not_hold_tells_neither_anything() -> None:
    whole = crl.CertificateList.load(CA.crl(AT - DAY, [(GONE.certificate, AT - DAY / 2)]))
    whole["signature"] = core.OctetBitString(signed_otherwise())
    crls, others = [whole.dump(force=True), CA.root_crl(AT - DAY)], [CA.issuing]
    standing = TrustList([CA.root], others, crls).check(GONE.certificate, [], Usage.SIGN, AT)

    assert standing.crl is Crl.MISSING
    assert await accepts(GONE.certificate, [], Usage.SIGN, AT, [CA.root], others, crls)
