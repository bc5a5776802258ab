"""Attacks with certificates and statements: expired, revoked, renewed, replayed, forked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crypto import merkle, opening, sections, signing, statements
from crypto.certificates import Usage
from crypto.errors import Reason
from crypto.suites import INT1
from crypto.vectors.cast import AT, cast
from crypto.vectors.made import FACTS, made
from tests.crypto.attacks import GOOD, HEADS, bring, open_all, refused


@pytest.mark.parametrize(
    ("holder", "reason"),
    [
        ("a.expired", Reason.CERTIFICATE_EXPIRED),
        ("a.future", Reason.CERTIFICATE_NOT_YET_VALID),
        ("a.revoked", Reason.CERTIFICATE_REVOKED),
        ("a.enc.second", Reason.CERTIFICATE_WRONG_USAGE),
        ("forged.sign", Reason.CERTIFICATE_UNTRUSTED),
    ],
)
def test_a_bad_certificate_at_sealing_and_at_opening(holder: str, reason: Reason) -> None:
    with refused(reason):
        bring(made(holder)[0])
    issued = cast().holders[holder]
    with refused(reason):
        cast().trust("fresh").check(issued.certificate, issued.chain, Usage.SIGN, AT)


def test_expiry_between_sealing_and_opening_does_not_block() -> None:
    """Validity was judged when the package came in; unwrapping needs the key only."""
    expired = made("a.sign", ("a.enc.expired",))[0]
    key = cast().holders["a.enc.expired"].key
    open_all(expired, opening.section_keys(key, expired.keyenv, expired.header))


def test_a_renewed_certificate_signs_the_opening_and_cannot_unwrap() -> None:
    renewed = cast().holders["a.renewed"]
    assert renewed.certificate.credit_code == FACTS.bidder
    statement = _statement("00" * 32)
    signing.verify(renewed.certificate, statement, renewed.key.sign(statement))
    with refused(Reason.NOT_A_RECIPIENT):
        opening.section_keys(renewed.key, GOOD.keyenv, GOOD.header)


def test_an_opening_statement_replayed() -> None:
    challenge, other = "11" * 32, "22" * 32
    theirs = _statement(challenge)
    with refused(Reason.STATEMENT_ALTERED):
        statements.same(_statement(other), theirs)
    signature = cast().holders["a.sign"].key.sign(theirs)
    with refused(Reason.SIGNATURE_BAD):
        signing.verify(cast().holders["a.sign"].certificate, _statement(other), signature)


def _statement(challenge: str) -> bytes:
    commitments = [sections.commitment(head).hex() for head in HEADS]
    seal = INT1.digest(GOOD.seal_json)
    return statements.open_statement("1", challenge, seal, [0, 1], commitments, 1, "00" * 32)


def test_a_log_in_used_as_another_act() -> None:
    sign = cast().holders["a.sign"]
    said = {
        "origin": "https://bid.example",
        "account": "a",
        "certificate": sign.certificate.fingerprint,
        "opening": "",
        "nonce": "00" * 32,
        "issued": AT,
        "expires": AT + timedelta(seconds=120),
    }
    login = statements.act(purpose=statements.Purpose.LOGIN, **said)  # type: ignore[arg-type]
    signature = sign.key.sign(login)
    for change in (
        {"purpose": statements.Purpose.WITHDRAW},
        {"purpose": statements.Purpose.LOGIN, "origin": "https://evil.example"},
        {"purpose": statements.Purpose.LOGIN, "nonce": "11" * 32},
    ):
        other = statements.act(**{**said, **change})  # type: ignore[arg-type]
        with refused(Reason.SIGNATURE_BAD):
            signing.verify(sign.certificate, other, signature)


def test_two_checkpoints_of_one_size_with_different_roots() -> None:
    mine, forked = merkle.Tree(), merkle.Tree()
    for number in range(5):
        mine.append(merkle.leaf_hash(bytes([number])))
        forked.append(merkle.leaf_hash(bytes([number % 4])))
    assert not merkle.verify_consistency(5, 5, mine.root, forked.root, [])
    assert not merkle.verify_consistency(4, 5, mine.root_at(4), forked.root, mine.consistency(4, 5))
    told = [statements.checkpoint("hall", 5, tree.root.hex(), AT) for tree in (mine, forked)]
    with refused(Reason.STATEMENT_ALTERED):
        statements.same(*told)
