"""Whose certificate is good: forged paths, borders in time, and what a CRL can and can't say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA224, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as some
from stdnum.cn import uscc

from crypto import sm2
from crypto.certificates import Certificate, Usage, credit_check_digit, good_credit_code
from crypto.demo_ca import DemoCA, Kind, Subject
from crypto.errors import Reason, SealRefused
from crypto.keyenv import PrivateKey, p256_key
from crypto.trust import Crl, TrustList
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import AT, FIRM_A

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
CA = DemoCA.make(AT - 30 * DAY, Entropy("trust"))
ISSUED = CA.issue(FIRM_A, Usage.SIGN, AT - DAY, Entropy("firm"), until=AT + DAY)
FIRM = ISSUED.certificate
TRUST = CA.trust(AT)

Extensions = Sequence[tuple[x509.ExtensionType, bool]]
END = (x509.BasicConstraints(ca=False, path_length=None), True)
AUTHORITY = (x509.BasicConstraints(ca=True, path_length=None), True)


def key_usage(*bits: str) -> tuple[x509.ExtensionType, bool]:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in bits for name in names}), True


SIGNS = key_usage("digital_signature")
CERTIFIES = key_usage("key_cert_sign", "crl_sign")


def certificate(
    name: str,
    key: PrivateKey,
    issuer: Certificate | None,
    issuer_key: PrivateKey,
    extensions: Extensions,
    days: tuple[int, int] = (-1, 1),
    hashing: SHA224 | SHA256 | None = None,
) -> Certificate:
    """A certificate of any shape."""
    assert not isinstance(key, sm2.PrivateKey)
    assert not isinstance(issuer_key, sm2.PrivateKey)
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own if issuer is None else issuer.x509.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(AT + days[0] * DAY)
        .not_valid_after(AT + days[1] * DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Certificate(builder.sign(issuer_key, hashing or SHA256()).public_bytes(Encoding.DER))


KEY, OTHER = p256_key(Entropy("one")), p256_key(Entropy("other"))
ROOT = certificate("root", KEY, None, KEY, [AUTHORITY, CERTIFIES])


def check(leaf: Certificate, chain: Sequence[Certificate] = (), root: Certificate = ROOT) -> None:
    TrustList([root]).check(leaf, chain, Usage.SIGN, AT)


def refusal(leaf: Certificate, chain: Sequence[Certificate] = ()) -> Reason:
    with pytest.raises(SealRefused) as refused:
        check(leaf, chain)
    return refused.value.reason


def test_a_certificate_right_under_the_root_is_good() -> None:
    check(certificate("leaf", OTHER, ROOT, KEY, [END, SIGNS]))
    check(certificate("leaf", OTHER, ROOT, KEY, [SIGNS]))  # no basicConstraints is no CA either


def test_a_firm_cannot_issue_certificates() -> None:
    forged = certificate("forged", OTHER, FIRM, ISSUED.private_key, [END, SIGNS])
    with pytest.raises(SealRefused) as refused:
        TRUST.check(forged, [FIRM, CA.issuing], Usage.SIGN, AT)
    assert refused.value.reason is Reason.CERTIFICATE_UNTRUSTED


def test_a_path_is_no_longer_than_the_issuing_ca_may_make_it() -> None:
    middle_key = p256_key(Entropy("middle"))
    none_below = (x509.BasicConstraints(ca=True, path_length=0), True)
    for constraints, good in ((none_below, False), (AUTHORITY, True)):
        upper = certificate("upper", OTHER, ROOT, KEY, [constraints, CERTIFIES])
        lower = certificate("lower", middle_key, upper, OTHER, [AUTHORITY, CERTIFIES])
        leaf = certificate("leaf", OTHER, lower, middle_key, [END, SIGNS])
        if good:
            check(leaf, [lower, upper])
        else:
            assert refusal(leaf, [lower, upper]) is Reason.CERTIFICATE_UNTRUSTED
    deep, key = [ROOT], KEY
    for number in range(4):
        below = p256_key(Entropy(str(number)))
        deep.append(certificate(str(number), below, deep[-1], key, [AUTHORITY, CERTIFIES]))
        key = below
    leaf = certificate("leaf", OTHER, deep[-1], key, [END, SIGNS])
    assert refusal(leaf, deep) is Reason.CERTIFICATE_UNTRUSTED  # six certificates are too many


@pytest.mark.parametrize(
    "extensions",
    [
        [CERTIFIES],
        [AUTHORITY],
        [END, CERTIFIES],
        [AUTHORITY, key_usage("crl_sign")],
        [AUTHORITY, CERTIFIES, (x509.InhibitAnyPolicy(0), True)],
        [AUTHORITY, CERTIFIES, (x509.NameConstraints([x509.DNSName("a")], None), True)],
    ],
)
def test_a_ca_that_is_none(extensions: Extensions) -> None:
    middle = certificate("middle", OTHER, ROOT, KEY, extensions)
    leaf = certificate("leaf", KEY, middle, OTHER, [END, SIGNS])
    assert refusal(leaf, [middle]) is Reason.CERTIFICATE_UNTRUSTED


def test_a_ca_does_not_sign_tenders() -> None:
    middle = certificate("middle", OTHER, ROOT, KEY, [AUTHORITY, CERTIFIES, ])  # fmt: skip
    assert refusal(middle) is Reason.CERTIFICATE_UNTRUSTED


def test_a_ca_has_its_own_time() -> None:
    for days in ((-2, -1), (1, 2)):
        middle = certificate("middle", OTHER, ROOT, KEY, [AUTHORITY, CERTIFIES], days)
        leaf = certificate("leaf", KEY, middle, OTHER, [END, SIGNS])
        assert refusal(leaf, [middle]) is Reason.CERTIFICATE_UNTRUSTED


def test_a_name_is_not_a_signature() -> None:
    forged = certificate("leaf", OTHER, ROOT, OTHER, [END, SIGNS])  # not signed by the root's key
    assert refusal(forged) is Reason.CERTIFICATE_UNTRUSTED
    false_root = certificate("root", OTHER, None, OTHER, [AUTHORITY, CERTIFIES])
    leaf = certificate("leaf", KEY, false_root, OTHER, [END, SIGNS])
    assert refusal(leaf, [false_root]) is Reason.CERTIFICATE_UNTRUSTED


def test_a_weaker_hash_signs_nothing() -> None:
    leaf = certificate("leaf", OTHER, ROOT, KEY, [END, SIGNS], hashing=SHA224())
    assert refusal(leaf) is Reason.CERTIFICATE_UNTRUSTED


def test_what_a_certificate_says_it_may_do() -> None:
    for extensions, reason in (
        ([END], Reason.CERTIFICATE_WRONG_USAGE),
        ([END, key_usage("content_commitment")], Reason.CERTIFICATE_WRONG_USAGE),
        ([END, SIGNS, (x509.InhibitAnyPolicy(0), True)], Reason.CERTIFICATE_UNTRUSTED),
    ):
        assert refusal(certificate("leaf", OTHER, ROOT, KEY, extensions)) is reason


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505
        ec.derive_private_key(7, ec.SECP384R1()),
    ],
    ids=["RSA 1024", "P-384"],
)
def test_a_key_that_no_suite_uses(key: PrivateKey) -> None:
    assert refusal(certificate("leaf", key, ROOT, KEY, [END, SIGNS])) is Reason.KEY_UNSUITED


def test_a_certificate_is_good_from_its_first_second_to_its_last() -> None:
    TRUST.check(FIRM, (), Usage.SIGN, AT - DAY)
    TRUST.check(FIRM, (), Usage.SIGN, AT + DAY)
    for at, reason in (
        (AT - DAY - SECOND, Reason.CERTIFICATE_NOT_YET_VALID),
        (AT + DAY + SECOND, Reason.CERTIFICATE_EXPIRED),
    ):
        with pytest.raises(SealRefused) as refused:
            TRUST.check(FIRM, (), Usage.SIGN, at)
        assert refused.value.reason is reason


def test_a_crl_has_its_time_too() -> None:
    trust = TRUST.with_crls([CA.crl(AT, until=AT + DAY), CA.root_crl(AT, AT + DAY)])
    for at, found in (
        (AT - SECOND, Crl.STALE),
        (AT, Crl.FRESH),
        (AT + DAY, Crl.FRESH),
    ):
        assert trust.check(FIRM, (), Usage.SIGN, at).crl is found
    late = CA.issue(FIRM_A, Usage.SIGN, AT, Entropy("late")).certificate
    assert trust.check(late, (), Usage.SIGN, AT + DAY + SECOND).crl is Crl.STALE


def test_the_worst_news_of_a_path_count() -> None:
    assert TRUST.check(FIRM, (), Usage.SIGN, AT).crl is Crl.FRESH
    trust = TRUST.with_crls([CA.crl(AT)])
    assert trust.check(FIRM, (), Usage.SIGN, AT).crl is Crl.MISSING  # the root says nothing
    trust = TRUST.with_crls([CA.crl(AT - 9 * DAY), CA.crl(AT), CA.root_crl(AT)])
    assert trust.check(FIRM, (), Usage.SIGN, AT).crl is Crl.FRESH  # an old one beside a new one


def test_revocation_counts_from_its_second() -> None:
    trust = TRUST.with_crls([CA.crl(AT - DAY, [(FIRM, AT)])])
    trust.check(FIRM, (), Usage.SIGN, AT - SECOND)
    with pytest.raises(SealRefused) as refused:
        trust.check(FIRM, (), Usage.SIGN, AT)
    assert refused.value.reason is Reason.CERTIFICATE_REVOKED


def test_a_ca_can_be_revoked() -> None:
    builder = x509.CertificateRevocationListBuilder().issuer_name(CA.root.x509.subject)
    entry = x509.RevokedCertificateBuilder().revocation_date(AT - DAY)
    entry = entry.serial_number(CA.issuing.x509.serial_number)
    builder = builder.last_update(AT - DAY).next_update(AT + DAY)
    root_key = DemoCA.restore(CA.save())._root.private_key
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    crl = builder.add_revoked_certificate(entry.build()).sign(root_key, SHA256())
    trust = TRUST.with_crls([crl.public_bytes(Encoding.PEM)])
    with pytest.raises(SealRefused) as refused:
        trust.check(FIRM, (), Usage.SIGN, AT)
    assert refused.value.reason is Reason.CERTIFICATE_REVOKED


def test_a_crl_for_some_certificates_only_says_nothing_of_the_others() -> None:
    """One with a critical extension that isn't understood, as here a distribution point."""
    key = DemoCA.restore(CA.save())._issuing.private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    point = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    builder = x509.CertificateRevocationListBuilder().issuer_name(CA.issuing.x509.subject)
    builder = builder.last_update(AT - DAY).next_update(AT + DAY).add_extension(point, True)
    crl = builder.sign(key, SHA256()).public_bytes(Encoding.DER)
    trust = TRUST.with_crls([crl, CA.root_crl(AT)])
    assert trust.check(FIRM, (), Usage.SIGN, AT).crl is Crl.MISSING


def test_bytes_that_are_no_certificate_and_no_crl() -> None:
    for data in (b"", b"text", b"-----BEGIN CERTIFICATE-----", FIRM.der[:-1], FIRM.der + b"\0"):
        with pytest.raises(SealRefused) as refused:
            Certificate.load(data)
        assert refused.value.reason is Reason.MALFORMED_CERTIFICATE
        with pytest.raises(SealRefused):
            TrustList([ROOT], crls=[data])
    with pytest.raises(SealRefused) as refused:
        Certificate(bytes(16 * 1024 + 1))
    assert refused.value.reason is Reason.TOO_LARGE


def test_a_certificate_is_read_from_pem_as_from_der() -> None:
    assert Certificate.load(FIRM.x509.public_bytes(Encoding.PEM)) == FIRM == Certificate(FIRM.der)
    assert len({FIRM, Certificate(FIRM.der), CA.root}) == 2


def test_a_demonstration_ca_is_the_same_after_a_restart() -> None:
    again = DemoCA.restore(CA.save())
    firm = again.issue(FIRM_A, Usage.ENCRYPT, AT, Entropy("again"), Kind.RSA)
    assert (again.root, again.issuing) == (CA.root, CA.issuing)
    TRUST.check(firm.certificate, (), Usage.ENCRYPT, AT)


@settings(deadline=None)
@given(some.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_a_credit_code_s_check_digit_is_the_standard_s(first: str) -> None:
    code = first + credit_check_digit(first)
    assert good_credit_code(code)
    assert uscc.calc_check_digit(first) == code[17]


def test_a_firm_without_an_organisation_is_called_by_its_common_name() -> None:
    assert ROOT.subject_name == "root"
    assert ROOT.credit_code is None
    person = Subject("宁波甲公司", FIRM_A.credit_code, "龙䶮", "P-1")
    found = CA.issue(person, Usage.SIGN, AT, Entropy("person")).certificate
    assert (found.subject_name, found.common_name, found.serial_number) == (
        "宁波甲公司",
        "龙䶮",
        "P-1",
    )
