"""Escrow: any k supervisors restore the keys, fewer can't, and a wrong share is named."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from crypto import accept, canonical, escrow, merkle, opening, sections, shamir
from crypto.errors import Reason, SealRefused
from crypto.header import Header
from crypto.seal import Package, pack, unpack
from crypto.suites import INT1
from crypto.vectors.cases import Entropy, flipped
from crypto.vectors.cast import AT, cast
from crypto.vectors.escrowed import opened, sealed, supervisors
from crypto.vectors.made import expected
from crypto.vectors.plain import LETTER
from tests.crypto.attacks import refused

HOLDERS = ("b.enc", "a.enc.second", "a.enc.rsa")  # anybody's will do: the notice chooses them
NAMED = supervisors(HOLDERS)
PACKAGE, PARTS = sealed(NAMED, "escrow")
SHARES = opened(PACKAGE, HOLDERS)


def bring(
    package: Package, shares: tuple[bytes, ...], named: escrow.Supervisors | None = NAMED
) -> None:
    fields = {**expected({}), "length_max": accept.LENGTH_MAX, "supervisors": named}
    accept.accept(
        package.header,
        package.keyenv,
        package.seal_json,
        package.seal_p7s,
        [[merkle.leaf_hash(part) for part in found] for found in PARTS],
        accept.Expected(**fields),
        cast().trust("fresh"),
        AT,
        shares=shares,
    )


def test_any_two_of_three_restore_the_keys_that_the_bidder_has() -> None:
    bring(PACKAGE, PACKAGE.escrow)
    own = opening.section_keys(cast().holders["a.enc"].key, PACKAGE.keyenv, PACKAGE.header)
    for count in (2, 3):
        for chosen in combinations(SHARES, count):
            found = {number: SHARES[number] for number in chosen}
            assert escrow.restore(PACKAGE.header, found, PACKAGE.heads) == own
    assert opening.read_letter(PACKAGE.header, own[0], b"".join(PARTS[0])) == LETTER


def test_one_alone_restores_nothing() -> None:
    for number, share in SHARES.items():
        with refused(Reason.NOT_A_RECIPIENT):
            escrow.restore(PACKAGE.header, {number: share}, PACKAGE.heads)


@pytest.mark.parametrize("number", sorted(SHARES))
def test_a_wrong_share_is_named_and_another_takes_its_place(number: int) -> None:
    wrong = {**SHARES, number: flipped(SHARES[number], 0)}
    with pytest.raises(SealRefused) as no:
        escrow.restore(PACKAGE.header, wrong, PACKAGE.heads)
    assert (no.value.reason, no.value.detail) == (Reason.WRONG_KEY, f"share {number}")
    others = {other: share for other, share in SHARES.items() if other != number}
    assert escrow.restore(PACKAGE.header, others, PACKAGE.heads)


def test_a_share_counts_under_its_own_number_and_package_only() -> None:
    with refused(Reason.WRONG_KEY):
        escrow.check_share(PACKAGE.header, 1, SHARES[2])
    with refused(Reason.WRONG_KEY):
        moved = canonical.decode(PACKAGE.header, 65536) | {"package": "00" * 16}
        escrow.check_share(canonical.encode(moved), 1, SHARES[1])
    for number in (0, 4):
        with refused(Reason.NOT_A_RECIPIENT):
            escrow.check_share(PACKAGE.header, number, SHARES[1])


def test_shares_that_were_sealed_wrong_do_not_stop_those_that_open() -> None:
    """A sealer may commit to a share that doesn't belong to the others: the sections tell."""
    astray = shamir.split(bytes(32), 2, 3, Entropy("astray"))[0]
    header = Header.parse(PACKAGE.header)
    assert header.escrow is not None
    first, *others = header.escrow.shares
    told = replace(first, commitment=escrow.commitment(header.package, 1, astray, INT1))
    spoilt = replace(header, escrow=replace(header.escrow, shares=(told, *others))).encode()
    cek = cast().holders["a.enc"].key.unwrap(PACKAGE.keyenv)
    bound = bytes.fromhex(INT1.digest(spoilt))
    keys = [sections.section_key(cek, index, bound) for index in (0, 1)]
    heads = [
        b"".join(sections.encrypt(key, sections.context(index, bound), bytes(24), [b""]))[:56]
        for index, key in enumerate(keys)
    ]

    with pytest.raises(SealRefused) as no:
        escrow.restore(spoilt, {1: astray, 2: SHARES[2]}, heads)
    assert (no.value.reason, no.value.detail) == (Reason.WRONG_KEY, "the shares don't open it")
    assert escrow.restore(spoilt, {**SHARES, 1: astray}, heads) == keys


def test_a_header_rewritten_for_other_shares_has_other_keys() -> None:
    header = canonical.decode(PACKAGE.header, 65536)
    header["escrow"]["k"] = 3
    with refused(Reason.WRONG_KEY):
        escrow.restore(canonical.encode(header), SHARES, PACKAGE.heads)


def test_shares_are_for_whom_the_notice_names_in_its_order() -> None:
    turned = escrow.Supervisors(2, NAMED.certificates[::-1])
    fewer = escrow.Supervisors(2, NAMED.certificates[:2])
    three = escrow.Supervisors(3, NAMED.certificates)
    for other in (turned, fewer, three):
        with refused(Reason.RECIPIENT_FOREIGN):
            bring(PACKAGE, PACKAGE.escrow, other)
    with refused(Reason.MALFORMED_HEADER):
        bring(PACKAGE, PACKAGE.escrow, None)  # nobody asked for escrow
    with refused(Reason.KEYENV_ALTERED):
        bring(PACKAGE, PACKAGE.escrow[::-1])
    with refused(Reason.KEYENV_ALTERED):
        bring(PACKAGE, PACKAGE.escrow[:2])
    plain, _ = sealed(None, "escrow")
    with refused(Reason.MALFORMED_HEADER):
        escrow.check(Header.parse(plain.header), (), NAMED)


def test_one_supervisor_is_never_enough() -> None:
    one, two = NAMED.certificates[:1], NAMED.certificates[:2]
    for k, certificates in ((1, one), (1, two), (3, two), (2, one + one), (2, one)):
        with refused(Reason.MALFORMED_HEADER):
            sealed(escrow.Supervisors(k, certificates), "escrow")


@pytest.mark.parametrize(
    "change",
    [{"k": 1}, {"k": 4}, {"k": True}, {"k": "2"}, {"shares": []}, {"note": 1}, {"shares": None}],
    ids=str,
)
def test_a_header_with_another_escrow_is_malformed(change: dict[str, object]) -> None:
    value = canonical.decode(PACKAGE.header, 65536)
    value["escrow"] |= change
    with refused(Reason.MALFORMED_HEADER):
        Header.parse(canonical.encode(value))


def test_the_envelopes_travel_in_the_tar() -> None:
    found = unpack(b"".join(pack(PACKAGE, PARTS)))
    assert tuple(found[f"escrow.{number}"] for number in (1, 2, 3)) == PACKAGE.escrow
