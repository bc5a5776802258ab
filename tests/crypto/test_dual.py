"""Two-party control (双重解密): neither party opens anything alone, and a wrong half is known."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hmac

from crypto import canonical, dual, opening, sections, signing
from crypto.dual import Party
from crypto.errors import Reason, SealRefused
from crypto.header import Header, Manifest
from crypto.seal import pack, unpack
from crypto.suites import INT1, SM1
from crypto.vectors.cases import flipped
from crypto.vectors.cast import AT, cast
from crypto.vectors.made import from_told, header_with, made, manifest_with
from crypto.vectors.two_party import TwoParty, hosts, named, try_accept, two_party
from tests.crypto.attacks import refused
from tests.crypto.vectors import Case, cases, vectors

GOOD, OTHER = two_party(), two_party("another")
WHOLE = GOOD.whole
OWNER = cast().holders["a.enc"].key
HOST, RESERVE, STRANGER = (one.key for one in hosts())
BIDDERS = dual.halves(OWNER, Party.BIDDER, WHOLE.keyenv, WHOLE.header)
HOSTS = dual.halves(HOST, Party.HOST, GOOD.keyenv_host, WHOLE.header)


def opened(
    bidder: list[bytes] = BIDDERS, host: list[bytes] = HOSTS, made: TwoParty = GOOD
) -> list[bytes]:
    return dual.section_keys(made.whole.header, made.whole.seal_json, bidder, host, made.heads)


def resealed(made: TwoParty) -> TwoParty:
    """With a signature of the bidder's over what its seal.json says now."""
    recipients = [cast().holders["a.enc"].certificate]
    key = cast().holders["a.sign"].key
    p7s = signing.cades_sign(key, made.whole.seal_json, AT, recipients)
    return made._replace(whole=replace(made.whole, seal_p7s=p7s))


@pytest.mark.parametrize("holder", [HOST, RESERVE])
def test_bidder_and_host_or_reserve_open_a_package_together(holder: opening.Unwrapper) -> None:
    assert try_accept(GOOD).seal_hash == GOOD.package.seal_hash
    dual.rehearse(OWNER, Party.BIDDER, WHOLE.keyenv, WHOLE.header, WHOLE.seal_json)
    dual.rehearse(holder, Party.HOST, GOOD.keyenv_host, WHOLE.header, WHOLE.seal_json)
    keys = opened(host=dual.halves(holder, Party.HOST, GOOD.keyenv_host, WHOLE.header))
    opening.read_letter(WHOLE.header, keys[0], WHOLE.sections[0])
    list(opening.read_body(WHOLE.header, keys[1], [WHOLE.sections[1]]))


def test_neither_half_alone_is_a_key() -> None:
    for half in (*BIDDERS, *HOSTS):
        for index in (0, 1):
            with refused(Reason.WRONG_KEY):
                opening.check_key(WHOLE.header, index, half, GOOD.heads[index])
    with refused(Reason.MALFORMED_HEADER):
        opening.section_keys(OWNER, WHOLE.keyenv, WHOLE.header)


def test_a_half_is_good_for_its_party_and_section_only() -> None:
    for party, own in ((Party.BIDDER, BIDDERS), (Party.HOST, HOSTS)):
        for index, half in enumerate(own):
            dual.check_half(WHOLE.header, WHOLE.seal_json, party, index, half)
            for other, place in ((1 - party, index), (party, 1 - index)):
                with refused(Reason.WRONG_KEY):
                    dual.check_half(WHOLE.header, WHOLE.seal_json, Party(other), place, half)
    for bidder, host in ((HOSTS, BIDDERS), (BIDDERS[::-1], HOSTS), (BIDDERS, HOSTS[::-1])):
        with refused(Reason.WRONG_KEY):
            opened(bidder, host)


def test_a_half_cut_short_or_of_another_package_is_refused() -> None:
    of_other = dual.halves(HOST, Party.HOST, OTHER.keyenv_host, OTHER.whole.header)
    for host in (of_other, [HOSTS[0][:-1], HOSTS[1]], [HOSTS[0] + b"\0", HOSTS[1]], [b"", b""]):
        with refused(Reason.WRONG_KEY):
            opened(host=host)
    with refused(Reason.SECTION_ALTERED):
        opened(host=HOSTS[:1])


def test_the_host_s_envelope_swapped() -> None:
    with refused(Reason.KEYENV_ALTERED):
        try_accept(GOOD, keyenv_host=OTHER.keyenv_host)
    with refused(Reason.KEYENV_ALTERED):
        try_accept(GOOD, keyenv_host=None)
    with refused(Reason.KEYENV_ALTERED):
        dual.halves(HOST, Party.HOST, OTHER.keyenv_host, WHOLE.header)
    with refused(Reason.KEYENV_ALTERED):
        dual.halves(HOST, Party.HOST, WHOLE.keyenv, WHOLE.header)
    with refused(Reason.NOT_A_RECIPIENT):
        dual.halves(OWNER, Party.HOST, GOOD.keyenv_host, WHOLE.header)


def test_the_host_s_recipients_replaced() -> None:
    """By the bidder itself, so that all its signatures hold."""
    with refused(Reason.RECIPIENT_FOREIGN):
        try_accept(two_party(strange=True))
    with refused(Reason.RECIPIENT_FOREIGN):  # in another order, or fewer than the notice names
        try_accept(GOOD, wanted=named()[::-1])
    with refused(Reason.RECIPIENT_FOREIGN):
        try_accept(GOOD, wanted=named()[:1])
    # The header names whom the notice does, and the envelope is wrapped to somebody else.
    strange = two_party(strange=True)
    right = [one.fingerprint for one in named()]
    host = {"keyenv": INT1.digest(strange.keyenv_host), "recipients": right}
    whole = header_with(strange.whole, host=host)
    sealed = replace(
        Manifest.parse(whole.seal_json), header_hash=INT1.digest(whole.header)
    ).encode()
    lying = resealed(strange._replace(whole=replace(whole, seal_json=sealed)))
    with refused(Reason.RECIPIENT_FOREIGN):
        try_accept(lying)
    with refused(Reason.NOT_A_RECIPIENT):
        dual.halves(RESERVE, Party.HOST, lying.keyenv_host, lying.whole.header)


def test_the_policy_can_be_neither_left_out_nor_added() -> None:
    alone = made()[0]
    plain = TwoParty(alone, GOOD.keyenv_host, GOOD.package, [])
    with refused(Reason.RECIPIENT_FOREIGN):
        try_accept(plain, keyenv_host=None)
    with refused(Reason.RECIPIENT_FOREIGN):
        try_accept(GOOD, wanted=())
    with refused(Reason.KEYENV_ALTERED):
        try_accept(plain, wanted=())
    bare = replace(Manifest.parse(WHOLE.seal_json), halves=()).encode()
    with refused(Reason.MALFORMED_SEAL):
        try_accept(GOOD, seal_json=bare)
    with refused(Reason.MALFORMED_SEAL):
        dual.check_half(WHOLE.header, bare, Party.HOST, 0, HOSTS[0])
    with refused(Reason.MALFORMED_HEADER):
        dual.halves(OWNER, Party.BIDDER, alone.keyenv, alone.header)


def test_commitments_that_a_bidder_spoils_are_its_own_doing() -> None:
    """One to a half misses for whoever unwraps it, host and reserve alike."""
    pair = Manifest.parse(WHOLE.seal_json).halves[0]
    whole = manifest_with(WHOLE, 0, "halves", [pair[0], flipped(bytes.fromhex(pair[1]), 0).hex()])
    spoilt = resealed(GOOD._replace(whole=whole))
    try_accept(spoilt)
    for key in (HOST, RESERVE):
        with refused(Reason.WRONG_KEY):
            dual.rehearse(key, Party.HOST, spoilt.keyenv_host, whole.header, whole.seal_json)


def test_a_section_sealed_with_another_key_than_both_halves_give_is_unreadable() -> None:
    for index, reason in ((0, Reason.UNREADABLE_LETTER), (1, Reason.UNREADABLE_BODY)):
        heads = list(GOOD.heads)
        heads[index] = flipped(heads[index], sections.SALT)
        with refused(reason):
            dual.section_keys(WHOLE.header, WHOLE.seal_json, BIDDERS, HOSTS, heads)


def test_commitments_of_another_header_are_refused() -> None:
    with refused(Reason.HEADER_ALTERED):
        dual.check_half(OTHER.whole.header, WHOLE.seal_json, Party.HOST, 0, HOSTS[0])


@pytest.mark.parametrize(
    "change",
    [
        {"recipients": ["0f" * 32]},
        {"recipients": ["0f" * 32] * 2},
        {"recipients": [f"{n:064x}" for n in range(9)]},
        {"keyenv": "0F" * 32},
        {"more": 1},
    ],
)
def test_the_header_names_a_host_and_a_reserve(change: dict[str, object]) -> None:
    value = canonical.decode(WHOLE.header, 65536)
    with refused(Reason.MALFORMED_HEADER):
        Header.parse(canonical.encode({**value, "host": {**value["host"], **change}}))
    assert Header.parse(WHOLE.header).encode() == WHOLE.header


def test_a_seal_commits_to_both_halves_of_every_section_or_to_none() -> None:
    assert Manifest.parse(WHOLE.seal_json).encode() == WHOLE.seal_json
    one = canonical.decode(WHOLE.seal_json, 65536)
    del one["sections"][1]["halves"]
    values: list[object] = [[], ["0f" * 32], ["0f" * 32] * 3, ["0f" * 32, "x"], None, "0f" * 32]
    spoilt = [manifest_with(WHOLE, 0, "halves", value).seal_json for value in values]
    for data in (canonical.encode(one), *spoilt):
        with refused(Reason.MALFORMED_SEAL):
            Manifest.parse(data)


def test_a_package_of_two_parties_is_one_file_with_both_envelopes() -> None:
    packed = b"".join(pack(GOOD.package, [[one] for one in WHOLE.sections]))
    found = unpack(packed)
    assert found["keyenv-host.der"] == GOOD.keyenv_host
    assert (found["section.0"], found["section.1"]) == WHOLE.sections
    for cut in (packed[:-512], packed[:4000]):
        with pytest.raises(SealRefused):
            unpack(cut)


@cases("two_party", "derive")
def test_halves_and_keys_are_derived_as_the_vectors_say(case: Case) -> None:
    suite = {"INT1": INT1, "SM1": SM1}[case["suite"]]
    index, bound = case["index"], bytes.fromhex(case["header_hash"])
    ceks = (bytes.fromhex(case["ceks"][0]), bytes.fromhex(case["ceks"][1]))
    halves = [sections.section_key(cek, index, bound, suite) for cek in ceks]
    assert [half.hex() for half in halves] == case["halves"]
    assert list(dual.commitments(ceks, bound, suite)[index]) == case["commitments"]
    key = dual.combine(halves[0], halves[1], index, bound, suite)
    assert key.hex() == case["key"]
    # RFC 5869 written out: extract is HMAC under the salt, and one block of expand is enough here.
    extract = hmac.HMAC(b"bidroom/seal/1 dual", suite.expand_by)
    extract.update(halves[0] + halves[1])
    expand = hmac.HMAC(extract.finalize(), suite.expand_by)
    expand.update(b"bidroom/seal/1 section key\0" + bytes([index]) + bound + b"\1")
    assert expand.finalize()[: suite.key] == key


def test_the_vectors_package_opens_with_what_stands_in_it() -> None:
    case = vectors("two_party")["package"]
    whole, envelope = from_told(case), b64decode(case["keyenv_host"])
    bidder, host = ([bytes.fromhex(one) for one in own] for own in case["halves"])
    told = TwoParty(whole, envelope, GOOD.package, [])
    assert [key.hex() for key in opened(bidder, host, told)] == case["section_keys"]
    assert INT1.digest(whole.seal_json) == case["seal_hash"]
