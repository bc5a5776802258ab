"""A tender under SM1 from end to end, and openssl as the peer of its certificates and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from crypto import dual, escrow, keyenv, letter, merkle, opening, recipient, signing, sm2
from crypto.accept import Accepted, Expected, accept, check_part
from crypto.certificates import Certificate, Usage
from crypto.demo_ca import DemoCA, Issued, Kind
from crypto.errors import Reason, SealRefused
from crypto.header import Header, HeaderFacts, Manifest
from crypto.letter import FileIn
from crypto.opening import section_keys
from crypto.seal import Package, seal
from crypto.softkey import open_pkcs12
from crypto.suites import INT1, SM1
from crypto.vectors.cases import Entropy, flipped
from crypto.vectors.cast import CODE_A, FIRM_A, FIRM_B, cast
from crypto.vectors.plain import LETTER
from tests.crypto.test_openssl import done, openssl

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PIN = "开标123456"
ID = ["-vfyopt", "distid:1234567812345678"]
CHANCE = Entropy("sm1")
CA = DemoCA.make(AT - 800 * DAY, CHANCE, kind=Kind.SM2)
SIGN = CA.issue(FIRM_A, Usage.SIGN, AT - DAY, CHANCE)
ENCRYPT = CA.issue(FIRM_A, Usage.ENCRYPT, AT - DAY, CHANCE)
OTHER = CA.issue(FIRM_B, Usage.ENCRYPT, AT - DAY, CHANCE)
FACTS = HeaderFacts("SM1", "2026-001", "2026-001-1", CODE_A, sha256(b"notice").hexdigest())
BODY = bytes(range(256)) * 5000  # 1.28 MB: two parts, and chunks between


def sealed(
    facts: HeaderFacts = FACTS, signer: Issued = SIGN, to: Issued = ENCRYPT
) -> tuple[Package, list[bytes]]:
    parts = [bytearray(), bytearray()]
    package = seal(
        LETTER,
        [FileIn.of("技术标.pdf", BODY)],
        facts,
        signer.key,
        [to.certificate],
        AT,
        Entropy("package"),
        lambda section, part: parts[section].extend(part),
    )
    return package, [bytes(part) for part in parts]


PACKAGE, SECTIONS = sealed()


def judge(package: Package, sections: list[bytes], suite: str = "SM1") -> Accepted:
    leaves = [merkle.part_hashes(one, SM1) for one in sections]
    wanted = Expected(suite, FACTS.tender, FACTS.lot, FACTS.notice, CODE_A)
    return accept(
        package.header, package.keyenv, package.seal_json, package.seal_p7s, leaves, wanted,
        CA.trust(AT), AT,
    )  # fmt: skip


def refuses(reason: Reason, act: Callable[[], object]) -> None:
    with pytest.raises(SealRefused) as refused:
        act()
    assert refused.value.reason is reason


def test_a_tender_is_sealed_accepted_rehearsed_and_opened_under_sm1() -> None:
    accepted = judge(PACKAGE, SECTIONS)
    heads = [section[:56] for section in SECTIONS]
    keys = section_keys(ENCRYPT.key, PACKAGE.keyenv, PACKAGE.header)

    assert accepted.seal_hash == SM1.digest(PACKAGE.seal_json) == PACKAGE.seal_hash
    assert accepted.signer == SIGN.certificate
    assert accepted.header.signer == SM1.digest(SIGN.certificate.der)
    assert {len(key) for key in keys} == {16}
    opening.rehearse(ENCRYPT.key, PACKAGE.header, PACKAGE.keyenv, heads)
    assert opening.read_letter(PACKAGE.header, keys[0], SECTIONS[0]) == LETTER
    read = list(opening.read_body(PACKAGE.header, keys[1], [SECTIONS[1]]))
    assert b"".join(piece.data for piece in read if isinstance(piece, letter.FilePiece)) == BODY
    for section, leaves in zip(SECTIONS, PACKAGE.part_leaves, strict=True):
        for number, leaf in enumerate(leaves):
            check_part(section[number * merkle.PART : (number + 1) * merkle.PART], leaf, SM1)


def test_whatever_is_changed_in_it_is_refused() -> None:
    swapped = [SECTIONS[0], flipped(SECTIONS[1], 300)]

    refuses(Reason.SECTION_ALTERED, lambda: judge(PACKAGE, swapped))
    header, signature = flipped(PACKAGE.header, -1), flipped(PACKAGE.seal_p7s, -1)
    refuses(Reason.NOT_CANONICAL, lambda: judge(replace(PACKAGE, header=header), SECTIONS))
    envelope = flipped(PACKAGE.keyenv, -1)
    refuses(Reason.KEYENV_ALTERED, lambda: judge(replace(PACKAGE, keyenv=envelope), SECTIONS))
    refuses(Reason.SIGNATURE_BAD, lambda: judge(replace(PACKAGE, seal_p7s=signature), SECTIONS))
    roots = [merkle.root(leaves).hex() for leaves in PACKAGE.part_leaves]  # by SHA-256
    other = Manifest(PACKAGE.header_hash, PACKAGE.lengths, tuple(roots)).encode()
    refuses(Reason.SECTION_ALTERED, lambda: judge(replace(PACKAGE, seal_json=other), SECTIONS))


def test_a_suite_is_neither_changed_nor_mixed() -> None:
    people = cast().holders
    int1 = replace(FACTS, suite="INT1")

    refuses(Reason.WRONG_SUITE, lambda: judge(PACKAGE, SECTIONS, suite="INT1"))
    refuses(Reason.WRONG_SUITE, lambda: sealed(replace(FACTS, suite="SM2")))
    refuses(Reason.KEY_UNSUITED, lambda: sealed(int1))
    refuses(Reason.KEY_UNSUITED, lambda: sealed(int1, people["a.sign"]))
    refuses(Reason.KEY_UNSUITED, lambda: sealed(signer=people["a.sign"]))
    refuses(Reason.KEY_UNSUITED, lambda: sealed(to=people["a.enc"]))
    wrapped = keyenv.wrap(bytes(32), [people["a.enc"].certificate], Entropy("x"))
    refuses(Reason.MALFORMED_KEYENV, lambda: ENCRYPT.key.unwrap(wrapped))
    refuses(Reason.MALFORMED_KEYENV, lambda: people["a.enc"].key.unwrap(PACKAGE.keyenv))
    refuses(Reason.MALFORMED_KEYENV, lambda: keyenv.recipients_of(PACKAGE.keyenv, INT1))


def test_another_s_key_opens_nothing_and_an_altered_envelope_is_told() -> None:
    refuses(Reason.NOT_A_RECIPIENT, lambda: section_keys(OTHER.key, PACKAGE.keyenv, PACKAGE.header))
    refuses(Reason.KEYENV_ALTERED, lambda: ENCRYPT.key.unwrap(flipped(PACKAGE.keyenv, -1)))
    keys = section_keys(ENCRYPT.key, PACKAGE.keyenv, PACKAGE.header)
    refuses(
        Reason.WRONG_KEY, lambda: opening.check_key(PACKAGE.header, 0, keys[1], SECTIONS[0][:56])
    )
    flip = flipped(SECTIONS[0], 100)
    refuses(Reason.UNREADABLE_LETTER, lambda: opening.read_letter(PACKAGE.header, keys[0], flip))


def test_a_device_unwraps_one_recipient_at_a_time() -> None:
    info = bytes(keyenv._parse(PACKAGE.keyenv, SM1)["recipient_infos"][0].dump())

    assert isinstance(recipient.read(info), recipient.National)
    assert len(ENCRYPT.key.unwrap_recipient(info)) == SM1.key
    refuses(Reason.NOT_A_RECIPIENT, lambda: cast().holders["a.enc"].key.unwrap_recipient(info))


def test_bidder_and_host_open_together_what_was_sealed_under_sm1() -> None:
    hosts = [CA.issue(FIRM_B, Usage.ENCRYPT, AT - DAY, CHANCE) for _ in range(2)]
    parts = [bytearray(), bytearray()]
    package = seal(
        LETTER, [], FACTS, SIGN.key, [ENCRYPT.certificate], AT, CHANCE,
        lambda section, part: parts[section].extend(part),
        hosts=[host.certificate for host in hosts],
    )  # fmt: skip
    header, manifest = package.header, package.seal_json
    assert package.keyenv_host is not None
    mine = dual.halves(ENCRYPT.key, dual.Party.BIDDER, package.keyenv, header)
    reserve = dual.halves(hosts[1].key, dual.Party.HOST, package.keyenv_host, header)
    heads = [bytes(part[:56]) for part in parts]

    keys = dual.section_keys(header, manifest, mine, reserve, heads)
    assert opening.read_letter(header, keys[0], bytes(parts[0])) == LETTER
    refuses(
        Reason.WRONG_KEY,
        lambda: dual.check_half(header, manifest, dual.Party.HOST, 0, mine[0]),
    )


def test_supervisors_restore_what_was_sealed_under_sm1() -> None:
    watch = [CA.issue(FIRM_B, Usage.ENCRYPT, AT - DAY, CHANCE) for _ in range(3)]
    named = escrow.Supervisors(2, tuple(one.certificate for one in watch))
    parts = [bytearray(), bytearray()]
    package = seal(
        LETTER, [], FACTS, SIGN.key, [ENCRYPT.certificate], AT, CHANCE,
        lambda section, part: parts[section].extend(part), named,
    )  # fmt: skip
    shares = {n + 1: watch[n].key.unwrap(package.escrow[n]) for n in (0, 2)}
    heads = [bytes(part[:56]) for part in parts]

    escrow.check(Header.parse(package.header), package.escrow, named)
    keys = escrow.restore(package.header, shares, heads)
    assert keys == section_keys(ENCRYPT.key, package.keyenv, package.header)
    refuses(
        Reason.WRONG_KEY,
        lambda: escrow.restore(package.header, shares | {3: bytes(16)}, heads),
    )


def test_certificates_stand_and_fall_as_others_do() -> None:
    trust = CA.trust(AT)
    end, chain = SIGN.certificate, SIGN.chain
    stranger = DemoCA.make(AT - 800 * DAY, Entropy("x"), kind=Kind.SM2)  # the same names

    assert [one.is_sm2 for one in trust.check(end, chain, Usage.SIGN, AT).path] == [True] * 3
    assert trust.check(end, chain, Usage.SIGN, AT).crl.value == "fresh"
    refuses(Reason.CERTIFICATE_WRONG_USAGE, lambda: trust.check(end, chain, Usage.ENCRYPT, AT))
    refuses(Reason.CERTIFICATE_EXPIRED, lambda: trust.check(end, chain, Usage.SIGN, AT + 400 * DAY))
    refuses(
        Reason.CERTIFICATE_UNTRUSTED,
        lambda: stranger.trust(AT).check(end, [], Usage.SIGN, AT),
    )
    revoked = trust.with_crls([CA.crl(AT, [(end, AT - DAY)]), CA.root_crl(AT)])
    refuses(Reason.CERTIFICATE_REVOKED, lambda: revoked.check(end, chain, Usage.SIGN, AT))
    forged = trust.with_crls([stranger.crl(AT, [(end, AT - DAY)]), CA.root_crl(AT)])
    assert forged.check(end, chain, Usage.SIGN, AT).crl.value == "missing"


def test_one_list_trusts_authorities_of_both_kinds() -> None:
    """CA 互认: a hall that opens under both suites."""
    both = DemoCA.make(AT - 800 * DAY, Entropy("p256"))
    trust = type(CA.trust(AT))(
        [CA.root, both.root], [CA.issuing, both.issuing], [CA.crl(AT), CA.root_crl(AT)]
    )
    p256 = both.issue(FIRM_A, Usage.SIGN, AT - DAY, Entropy("a"))

    assert trust.check(SIGN.certificate, [], Usage.SIGN, AT).path[-1] == CA.root
    assert trust.check(p256.certificate, [], Usage.SIGN, AT).path[-1] == both.root


def test_a_p12_opens_with_its_pin_only_and_is_saved_and_restored() -> None:
    file = ENCRYPT.p12(PIN)
    again = open_pkcs12(file, PIN)
    restored = DemoCA.restore(CA.save())

    assert again.certificate == ENCRYPT.certificate
    assert again.chain == ENCRYPT.chain
    assert again.unwrap(PACKAGE.keyenv) == ENCRYPT.key.unwrap(PACKAGE.keyenv)
    refuses(Reason.WRONG_PIN, lambda: open_pkcs12(file, "123456"))
    refuses(Reason.NOT_A_P12, lambda: open_pkcs12(file[:-1], PIN))
    new = restored.issue(FIRM_A, Usage.SIGN, AT - DAY, Entropy("n"))
    assert CA.trust(AT).check(new.certificate, [], Usage.SIGN, AT).path[-1] == CA.root


def run(*words: str) -> bytes:
    """What the openssl program says, which must be content."""
    return done(openssl(Path(), *words))


def pem(folder: Path, name: str, certificate: Certificate) -> str:
    file = folder / name
    file.write_bytes(certificate.x509.public_bytes(Encoding.PEM))
    return str(file)


def test_openssl_takes_our_chain_and_crl(tmp_path: Path) -> None:
    root, issuing = pem(tmp_path, "root", CA.root), pem(tmp_path, "issuing", CA.issuing)
    end = pem(tmp_path, "end", SIGN.certificate)
    at = ["-attime", str(int(AT.timestamp()))]
    (tmp_path / "crl.der").write_bytes(CA.crl(AT - DAY))

    # its option reaches only the certificate that is asked about, so each link is asked by itself
    run("verify", *ID, *at, "-x509_strict", "-CAfile", root, issuing)
    run("verify", *ID, *at, "-x509_strict", "-partial_chain", "-trusted", issuing, end)
    run("crl", "-inform", "DER", "-in", str(tmp_path / "crl.der"), "-noout", "-text")


@pytest.mark.parametrize("cipher", ["aes-256-cbc", "aes-128-cbc", "PBE-SHA1-3DES"])
def test_openssl_s_p12_files_are_read_and_ours_by_it(tmp_path: Path, cipher: str) -> None:
    ours, theirs, plain = (tmp_path / name for name in ("ours.p12", "theirs.p12", "plain.pem"))
    ours.write_bytes(ENCRYPT.p12("1234"))
    run("pkcs12", "-in", str(ours), "-passin", "pass:1234", "-nodes", "-out", str(plain))
    run(
        "pkcs12", "-export", "-in", str(plain), "-passout", "pass:5678", "-keypbe", cipher,
        "-certpbe", cipher, "-out", str(theirs),
    )  # fmt: skip

    again = open_pkcs12(theirs.read_bytes(), "5678")

    assert again.certificate == ENCRYPT.certificate
    assert set(again.chain) == set(ENCRYPT.chain)
    assert again.unwrap(PACKAGE.keyenv) == ENCRYPT.key.unwrap(PACKAGE.keyenv)
    refuses(Reason.WRONG_PIN, lambda: open_pkcs12(theirs.read_bytes(), "1234"))


def test_openssl_verifies_what_the_signature_signs(tmp_path: Path) -> None:
    """Its `cms` command has no way to say SM2's id, so it checks the attributes' bare signature."""
    p7s = signing.cades_sign(SIGN.key, b"{}", AT)
    found = signing._parse(p7s)
    (tmp_path / "data").write_bytes(found.signed)
    (tmp_path / "signature").write_bytes(found.signature)
    key = tmp_path / "key.pem"
    end = pem(tmp_path, "end", SIGN.certificate)
    key.write_bytes(run("x509", "-in", end, "-pubkey", "-noout"))

    run(
        "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", "-digest", "sm3", "-in",
        str(tmp_path / "data"), "-sigfile", str(tmp_path / "signature"), "-pkeyopt",
        "distid:1234567812345678",
    )  # fmt: skip
    assert signing.cades_verify(p7s, b"{}").certificate == SIGN.certificate
    refuses(Reason.SEAL_ALTERED, lambda: signing.cades_verify(p7s, b"{ }"))


def test_a_point_off_the_curve_is_no_key() -> None:
    der = SIGN.certificate.der
    assert isinstance(SIGN.certificate.public_key, sm2.PublicKey)
    at = der.index(SIGN.certificate.public_key.xy)
    bent = Certificate(flipped(der, at))

    assert bent.is_sm2
    refuses(Reason.KEY_UNSUITED, lambda: bent.public_key)


def test_header_names_what_it_is_sealed_under() -> None:
    assert Header.parse(PACKAGE.header).suite is SM1
