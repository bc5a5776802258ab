"""The committed vectors hold: what this package makes and refuses is what they say."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from crypto import (
    accept,
    canonical,
    escrow,
    keyenv,
    letter,
    merkle,
    opening,
    seal,
    sections,
    signing,
    statements,
)
from crypto.certificates import Usage, good_credit_code
from crypto.errors import Reason, SealRefused
from crypto.header import HeaderFacts
from crypto.letter import FileIn
from crypto.softkey import open_pkcs12
from crypto.suites import INT1, SM1, Ciphers
from crypto.vectors.make import FILES
from tests.crypto.vectors import FOLDER, Case, cases, certificate, key, trust, vectors

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BY_CHANCE = {"keys", "keyenv", "signatures", "packages"}  # hold RSA keys, OAEP seeds, .p12 salts
SECTIONS = {INT1: "sections", SM1: "sections_sm1"}


def sections_of(part: str) -> pytest.MarkDecorator:
    """One test a suite and a vector."""
    found = [(suite, case) for suite, file in SECTIONS.items() for case in vectors(file)[part]]
    names = [f"{suite.name} {case['name']}" for suite, case in found]
    return pytest.mark.parametrize(("suite", "case"), found, ids=names)


def after(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


class Drawn:
    """The entropy that a vector was made with, in its order."""

    def __init__(self, drawn: list[str]) -> None:
        self._drawn = [bytes.fromhex(one) for one in drawn]

    def __call__(self, size: int) -> bytes:
        found = self._drawn.pop(0)
        assert len(found) == size
        return found


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_script_writes_what_is_committed(name: str) -> None:
    committed, made = vectors(name), FILES[name]()

    assert _shape(made) == _shape(committed)
    if name not in BY_CHANCE:
        assert made == committed


def _shape(value: object) -> object:
    match value:
        case dict():
            return {found: _shape(one) for found, one in value.items()}
        case list() | tuple():
            return [_shape(one) for one in value] if len(value) < 100 else len(value)
    return type(value).__name__ if not isinstance(value, str) else "text"


def test_every_reason_has_a_vector() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.json"))
    told = {reason for reason in Reason if f'"refused": "{reason.value}"' in text}

    # What these refuse never crosses from one implementation to the other: each has its own tests.
    own = {
        Reason.MALFORMED_CERTIFICATE,
        Reason.MALFORMED_PACKAGE,
        Reason.MALFORMED_BODY,
        Reason.PART_ALTERED,
        # a token's program, and the page before it
        Reason.NOT_AGREED,
        Reason.NOT_FOR_SIGNING,
        *(reason for reason in Reason if reason.startswith(("token_", "pin_"))),
    }
    assert told == set(Reason) - own


@cases("canonical", "encode")
def test_canonical_json_is_written(case: Case) -> None:
    assert canonical.encode(case["value"]).hex() == case["out"]
    assert canonical.decode(bytes.fromhex(case["out"]), 1 << 20) == case["value"]


@cases("canonical", "decode")
def test_canonical_json_is_read(case: Case) -> None:
    with holding(case):
        value = canonical.decode(bytes.fromhex(case["in"]), case["limit"])
        assert value == case["value"]


@cases("merkle", "roots")
def test_a_root(case: Case) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in case["leaves"]]
    assert merkle.root(leaves).hex() == case["root"]


@cases("merkle", "inclusion")
def test_an_inclusion_proof(case: Case) -> None:
    proof = [bytes.fromhex(node) for node in case["proof"]]
    leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
    found = merkle.verify_inclusion(case["index"], case["size"], leaf, proof, root)
    assert found is case["good"]


@cases("merkle", "consistency")
def test_a_consistency_proof(case: Case) -> None:
    proof = [bytes.fromhex(node) for node in case["proof"]]
    old, new = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
    assert merkle.verify_consistency(case["old"], case["new"], old, new, proof) is case["good"]


@sections_of("keys")
def test_a_section_key(suite: Ciphers, case: Case) -> None:
    bound = bytes.fromhex(case["header_hash"])
    found = sections.section_key(bytes.fromhex(case["cek"]), case["index"], bound, suite)
    assert found.hex() == case["key"]
    assert sections.context(case["index"], bound).hex() == case["context"]


@sections_of("encrypt")
def test_a_section_is_encrypted(suite: Ciphers, case: Case) -> None:
    plain = bytes(number % 251 for number in range(case["size"]))
    given, context, salt = (bytes.fromhex(case[name]) for name in ("key", "context", "salt"))
    sealed = b"".join(sections.encrypt(given, context, salt, [plain], suite))

    assert sha256(sealed).hexdigest() == case["sha256"]
    assert len(sealed) == case["length"] == sections.section_length(case["size"])
    assert "out" not in case or b64decode(case["out"]) == sealed


@sections_of("decrypt")
def test_a_section_is_refused(suite: Ciphers, case: Case) -> None:
    base = b64decode(vectors(SECTIONS[suite])["decrypt_base"])
    data = bytearray().join(base[start:end] for start, end in case["slices"])
    data += bytes.fromhex(case["append"])
    if case["flip"] is not None:
        data[case["flip"]] ^= 1
    with holding(case):
        bound = bytes.fromhex(case["context"])
        list(sections.decrypt(bytes.fromhex(case["key"]), bound, [bytes(data)], suite))


@cases("letter", "letters")
def test_a_letter(case: Case) -> None:
    plain = b64decode(case["plain"])
    with holding(case):
        assert letter.read_letter_plain(plain) == case["letter"]
        assert letter.letter_plain(case["letter"]) == plain


@cases("letter", "bodies")
def test_a_body(case: Case) -> None:
    reader = letter.BodyReader()
    with holding(case):
        found = list(reader.feed(b64decode(case["plain"])))
        reader.finish()
        files = [FileIn.of(file["name"], b64decode(file["data"])) for file in case["files"]]
        written = letter.body_plain(files, letter.body_index(files))
        assert b"".join(written) == b64decode(case["plain"])
        index = found[0]
        assert isinstance(index, letter.BodyIndex)
        assert [file.name for file in index.files] == [file.name for file in files]


@cases("letter", "names")
def test_a_file_name(case: Case) -> None:
    assert letter.good_name(case["name"]) is case["good"]


@cases("statements", "statements")
def test_a_statement(case: Case) -> None:
    with holding(case):
        data = bytes.fromhex(case.get("in") or case["out"])
        assert statements.parse(data) == case["value"]


@pytest.mark.parametrize("name", sorted(vectors("keys")["holders"]))
def test_a_certificate_is_read(name: str) -> None:
    told, found = vectors("keys")["holders"][name], certificate(name)

    for field in ("fingerprint", "subject_name", "common_name", "credit_code", "serial_number"):
        assert getattr(found, field) == told[field]
    assert statements.millis(found.not_before) == told["not_before"]
    assert statements.millis(found.not_after) == told["not_after"]
    assert sorted(found.usages) == told["usages"]


@pytest.mark.parametrize("encoding", ["p12", "p12_legacy"])
@pytest.mark.parametrize("name", ["a.sign", "a.enc", "a.sign.rsa", "a.enc.rsa"])
def test_a_key_file_is_opened(name: str, encoding: str) -> None:
    told = vectors("keys")["holders"][name]
    found = open_pkcs12(b64decode(told[encoding]), vectors("keys")["pin"])

    assert found.certificate == certificate(name)
    assert [ca.der for ca in found.chain] == [b64decode(ca) for ca in told["chain"]]
    signing.verify(certificate(name), b"text", found.sign(b"text"))


@cases("keys", "p12")
def test_a_key_file_is_refused(case: Case) -> None:
    with holding(case):
        open_pkcs12(b64decode(case["p12"]), case["pin"])


@cases("keys", "credit_codes")
def test_a_credit_code(case: Case) -> None:
    assert good_credit_code(case["code"]) is case["good"]


@cases("trust", "checks")
def test_the_standing_of_a_certificate(case: Case) -> None:
    chain = key(case["holder"]).chain if case["with_chain"] else ()
    with holding(case):
        standing = trust(case["trust"]).check(
            certificate(case["holder"]), chain, Usage(case["usage"]), after(case["at"])
        )
        assert standing.crl == case["crl"]


@cases("signatures", "bare")
def test_a_signature(case: Case) -> None:
    data, signature = bytes.fromhex(case["data"]), bytes.fromhex(case["signature"])
    with holding(case):
        signing.verify(certificate(case["holder"]), data, signature)
        assert key(case["holder"]).sign(data) == signature


@cases("signatures", "cades")
def test_a_cades_signature(case: Case) -> None:
    data = bytes.fromhex(case["data"])
    with holding(case):
        p7s = b64decode(case["p7s"]) if "p7s" in case else bytes(case["p7s_zeros"])
        signed = signing.cades_verify(p7s, data)
        assert signed.certificate == certificate(case["holder"])
        assert signed.at == after(case["at"])
        extra = [certificate(name) for name in case["extra"]]
        assert signing.cades_sign(key(case["holder"]), data, after(case["at"]), extra) == p7s


@cases("keyenv", "wrap")
def test_a_key_envelope(case: Case) -> None:
    der, recipients = b64decode(case["keyenv"]), [certificate(one) for one in case["recipients"]]

    for name in case["recipients"]:
        assert key(name).unwrap(der).hex() == case["cek"]
    assert sorted(keyenv.recipients_of(der)) == sorted(map(keyenv.RecipientId.of, recipients))
    if case["deterministic"]:
        assert keyenv.wrap(bytes.fromhex(case["cek"]), recipients, Drawn(case["entropy"])) == der


@cases("keyenv", "unwrap")
def test_a_key_envelope_is_refused(case: Case) -> None:
    der = b64decode(case["keyenv"]) if "keyenv" in case else bytes(case["zeros"])
    with holding(case):
        key(case["holder"]).unwrap(der)


@cases("packages", "good")
def test_a_package(case: Case) -> None:
    told = vectors("packages")
    parts: list[list[bytes]] = [[], []]
    header = told["expected"]
    package = seal.seal(
        letter=told["letter"],
        files=[FileIn.of(file["name"], b64decode(file["data"])) for file in told["files"]],
        facts=HeaderFacts(
            **{name: header[name] for name in ("suite", "tender", "lot", "bidder", "notice")}
        ),
        signer=key(case["signer"]),
        recipients=[certificate(name) for name in case["recipients"]],
        at=after(case["at"]),
        entropy=Drawn(case["entropy"]),
        sink=lambda section, part: parts[section].append(part),
    )
    sealed = [b64decode(section) for section in case["sections"]]
    given = b64decode(case["header"])

    if case["deterministic"]:
        assert package.header == given
        assert [b"".join(found) for found in parts] == sealed
        assert package.seal_hash == case["seal_hash"]
        assert package.seal_p7s == b64decode(case["seal_p7s"])
        tar = b"".join(seal.pack(package, parts))
        assert sha256(tar).hexdigest() == case["tar_sha256"]
    holder = key(case["recipients"][0])
    keys = opening.section_keys(holder, b64decode(case["keyenv"]), given)
    assert [one.hex() for one in keys] == case["section_keys"]
    assert [sections.commitment(one).hex() for one in sealed] == case["commitments"]
    assert opening.read_letter(given, keys[0], sealed[0]) == told["letter"]
    files: dict[int, bytes] = {}
    for item in list(opening.read_body(given, keys[1], [sealed[1]]))[1:]:
        assert isinstance(item, letter.FilePiece)
        files[item.file] = files.get(item.file, b"") + item.data
    assert [files[at] for at in range(3)] == [b64decode(file["data"]) for file in told["files"]]


@cases("packages", "accept")
def test_a_package_comes_in(case: Case) -> None:
    told = vectors("packages")
    whole = {**told["good"][0], **case["changes"]}
    expected = {**told["expected"], **case["expected"]}
    leaves = [merkle.part_hashes(b64decode(section)) for section in whole["sections"]]
    bound = case["bound"]
    with holding(case):
        accepted = accept.accept(
            b64decode(whole["header"]),
            b64decode(whole["keyenv"]),
            b64decode(whole["seal_json"]),
            b64decode(whole["seal_p7s"]),
            leaves,
            accept.Expected(**{**expected, "length_max": tuple(expected["length_max"])}),
            trust(case["trust"]),
            after(whole["at"]),
            None if bound is None else {certificate(name).fingerprint for name in bound},
        )
        assert accepted.seal_hash == whole["seal_hash"]
        assert accepted.header_hash == whole["header_hash"]
        assert accepted.crl == case["crl"]
        assert [one.fingerprint for one in accepted.recipients] == [
            certificate("a.enc").fingerprint
        ]


@cases("packages", "open")
def test_a_rehearsal(case: Case) -> None:
    whole = {**vectors("packages")["good"][0], **case["changes"]}
    heads = [b64decode(section)[: sections.HEAD] for section in whole["sections"]]
    with holding(case):
        opening.rehearse(
            key(case["holder"]), b64decode(whole["header"]), b64decode(whole["keyenv"]), heads
        )


@cases("unreadable", "sections")
def test_an_unreadable_section(case: Case) -> None:
    header = b64decode(vectors("unreadable")["header"])
    section_key, section = bytes.fromhex(case["key"]), b64decode(case["section"])
    with holding(case):
        if case["index"] == opening.LETTER:
            opening.read_letter(header, section_key, section)
        else:
            list(opening.read_body(header, section_key, [section]))


class holding:
    """Within it, what the case says comes true: it is refused for its reason, or nothing is."""

    def __init__(self, case: Case) -> None:
        self._refused = case.get("refused")

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> bool:
        if self._refused is None:
            return False
        assert kind is not None, f"not refused: {self._refused}"
        if not isinstance(error, SealRefused):
            return False
        assert error.reason.value == self._refused
        return True


@cases("escrow", "restore")
def test_shares_restore_keys_or_are_refused(case: Case) -> None:
    told = vectors("escrow")
    shares = {int(number): bytes.fromhex(share) for number, share in case["shares"].items()}
    heads = [bytes.fromhex(head) for head in told["heads"]]
    with holding(case):
        keys = escrow.restore(b64decode(told["header"]), shares, heads)
        assert [key.hex() for key in keys] == case["keys"]
