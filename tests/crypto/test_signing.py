"""CAdES-BES signatures that are almost right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256, sha512

import pytest
from asn1crypto import cms

from crypto import signing
from crypto.certificates import Certificate, Usage
from crypto.demo_ca import DemoCA
from crypto.errors import Reason, SealRefused
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import AT, BEGAN, FIRM_A, cast

DATA = b"text"
KEY = cast().holders["a.sign"].key


def signed_over(change: Callable[[cms.SignerInfo], None]) -> bytes:
    """A signature with something changed in its signer info, signed anew by the same key."""
    info = cms.ContentInfo.load(signing.cades_sign(KEY, DATA, AT))
    signer = info["content"]["signer_infos"][0]
    change(signer)
    attributes = b"\x31" + signer["signed_attrs"].dump(force=True)[1:]
    signer["signature"] = KEY.sign(attributes)
    return bytes(info.dump())


def keep(signer: cms.SignerInfo, *names: str) -> None:
    """Only these attributes, each as often as it is named."""
    found = {one["type"].native: one.copy() for one in signer["signed_attrs"]}
    signer["signed_attrs"] = cms.CMSAttributes([found[name] for name in names])


FOUR = ("content_type", "signing_time", "message_digest", "signing_certificate_v2")


def refusal(p7s: bytes, data: bytes = DATA) -> Reason:
    with pytest.raises(SealRefused) as refused:
        signing.cades_verify(p7s, data)
    return refused.value.reason


def test_signed_anew_and_unchanged_it_holds() -> None:
    found = signing.cades_verify(signed_over(lambda signer: keep(signer, *FOUR)), DATA)
    assert (found.certificate, found.at) == (KEY.certificate, AT)


@pytest.mark.parametrize("left_out", FOUR)
def test_an_attribute_is_missing(left_out: str) -> None:
    names = [name for name in FOUR if name != left_out]
    changed = signed_over(lambda signer: keep(signer, *names))
    assert refusal(changed) is Reason.MALFORMED_SIGNATURE


@pytest.mark.parametrize("twice", FOUR)
def test_an_attribute_comes_twice(twice: str) -> None:
    changed = signed_over(lambda signer: keep(signer, *FOUR, twice))
    assert refusal(changed) is Reason.MALFORMED_SIGNATURE


@pytest.mark.parametrize("name", FOUR)
def test_an_attribute_has_two_values(name: str) -> None:
    def change(signer: cms.SignerInfo) -> None:
        for attribute in signer["signed_attrs"]:
            if attribute["type"].native == name:
                attribute["values"] = [attribute["values"][0], attribute["values"][0]]

    assert refusal(signed_over(change)) is Reason.MALFORMED_SIGNATURE


def set_attribute(signer: cms.SignerInfo, name: str, value: object) -> None:
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native == name:
            attribute["values"] = [value]


def test_the_attributes_say_something_else() -> None:
    for name, value, reason in (
        ("content_type", "signed_data", Reason.MALFORMED_SIGNATURE),
        ("message_digest", sha256(b"other").digest(), Reason.SEAL_ALTERED),
        ("message_digest", sha512(DATA).digest(), Reason.SEAL_ALTERED),
    ):
        change = partial(set_attribute, name=name, value=value)
        assert refusal(signed_over(change)) is reason


def test_a_certificate_pinned_by_another_hash() -> None:
    def change(signer: cms.SignerInfo) -> None:
        for attribute in signer["signed_attrs"]:
            if attribute["type"].native == "signing_certificate_v2":
                pin = attribute["values"][0]["certs"][0]
                pin["hash_algorithm"] = {"algorithm": "sha512"}

    assert refusal(signed_over(change)) is Reason.MALFORMED_SIGNATURE


def test_another_certificate_of_the_same_key_does_not_take_its_place() -> None:
    """The same issuer, number and key, and another text in it: only the pinned hash tells."""
    mine = KEY.certificate
    other = bytearray(mine.der)
    other[-1] ^= 1  # of its CA's signature, which nobody looks at here
    p7s = signing.cades_sign(KEY, DATA, AT).replace(mine.der, bytes(other))
    assert Certificate(bytes(other)).x509.serial_number == mine.x509.serial_number
    assert refusal(p7s) is Reason.SIGNER_UNKNOWN


def test_other_algorithms_are_refused() -> None:
    def digest(signer: cms.SignerInfo) -> None:
        signer["digest_algorithm"] = {"algorithm": "sha512"}

    def signature(signer: cms.SignerInfo) -> None:
        signer["signature_algorithm"] = {"algorithm": "sha512_ecdsa"}

    for change in (digest, signature):
        assert refusal(signed_over(change)) is Reason.MALFORMED_SIGNATURE


def test_the_list_of_digests_says_what_is_used() -> None:
    info = cms.ContentInfo.load(signing.cades_sign(KEY, DATA, AT))
    info["content"]["digest_algorithms"] = [{"algorithm": "sha512"}]
    assert refusal(info.dump()) is Reason.MALFORMED_SIGNATURE


def test_several_signers_are_refused() -> None:
    info = cms.ContentInfo.load(signing.cades_sign(KEY, DATA, AT))
    colleague = cast().holders["a.staff"].key
    other = cms.ContentInfo.load(signing.cades_sign(colleague, DATA, AT))
    both = [one["content"]["signer_infos"][0].copy() for one in (info, other)]
    info["content"]["signer_infos"] = both
    assert refusal(info.dump()) is Reason.MALFORMED_SIGNATURE


def test_another_kind_of_message_is_refused() -> None:
    envelope = cms.ContentInfo({"content_type": "data", "content": b"text"}).dump()
    assert refusal(envelope) is Reason.MALFORMED_SIGNATURE
    inside = cms.ContentInfo.load(signing.cades_sign(KEY, DATA, AT))
    inside["content"]["encap_content_info"] = {"content_type": "data", "content": DATA}
    assert refusal(inside.dump()) is Reason.MALFORMED_SIGNATURE


def test_as_many_certificates_as_may_come_along() -> None:
    entropy = Entropy("many")
    ca = DemoCA.make(BEGAN, entropy)
    room = signing.CERTIFICATES_MAX - 1 - len(KEY.chain)
    many = [ca.issue(FIRM_A, Usage.ENCRYPT, BEGAN, entropy).certificate for _ in range(room + 1)]
    signing.cades_verify(signing.cades_sign(KEY, DATA, AT, many[:room]), DATA)
    assert refusal(signing.cades_sign(KEY, DATA, AT, many)) is Reason.MALFORMED_SIGNATURE


def test_the_time_of_signing_is_kept_to_the_second() -> None:
    at = AT + timedelta(milliseconds=999)
    assert signing.cades_verify(signing.cades_sign(KEY, DATA, at), DATA).at == AT
