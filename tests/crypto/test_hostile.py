"""Bytes from strangers: whatever is done to them, they are refused by name and in good time."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from time import perf_counter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as some

from crypto import shapes, signing
from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused
from crypto.keyenv import RECIPIENTS_MAX, p256_key, recipients_of, wrap
from crypto.softkey import open_pkcs12
from crypto.trust import Crl, TrustList
from crypto.vectors.cases import Entropy
from crypto.vectors.cast import AT, BEGAN, cast
from crypto.vectors.made import made

# Said of a number inside an extension as well, which nothing here reads.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")

DAY = timedelta(days=1)
MAZE = 32  # as many certificates as a signature may bring
MAZE_NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "maze")])
SECONDS_MAX = 5  # without a bound on the search it is some minutes


class Spoiler:
    """Bytes after bytes with a few of them changed, left out or put in."""

    def __init__(self, data: bytes, draw: some.DataObject) -> None:
        changed = bytearray(data)
        for _ in range(draw.draw(some.integers(1, 3))):
            at = draw.draw(some.integers(0, max(0, len(changed) - 1)))
            end = at + draw.draw(some.integers(0, 8))
            changed[at:end] = draw.draw(some.binary(max_size=8))
        self.data = bytes(changed)


def flips(data: bytes) -> list[bytes]:
    """`data` once for each of its bits, with that bit changed."""
    whole = int.from_bytes(data, "big")
    return [(whole ^ 1 << bit).to_bytes(len(data), "big") for bit in range(8 * len(data))]


def test_no_bit_of_a_certificate_can_change() -> None:
    issued, trust = cast().holders["a.enc"], cast().trust("fresh")
    refused = set()
    for changed in flips(issued.certificate.der):
        with pytest.raises(SealRefused) as found:
            trust.check(Certificate(changed), issued.chain, Usage.ENCRYPT, AT)
        refused.add(found.value.reason)
    assert refused == {Reason.MALFORMED_CERTIFICATE, Reason.CERTIFICATE_UNTRUSTED}


@pytest.mark.parametrize("name", ["a.enc", "a.enc.rsa"])
def test_no_bit_of_an_envelope_gives_another_key(name: str) -> None:
    """A few bits mean nothing here, and every envelope is bound by its hash anyway."""
    envelope, key = made("a.sign", (name,))[0].keyenv, cast().holders[name].key
    cek, refused, same = key.unwrap(envelope), set(), 0
    for changed in flips(envelope):
        try:
            assert key.unwrap(changed) == cek
            same += 1
        except SealRefused as found:
            refused.add(found.reason)
    assert refused == {Reason.KEYENV_ALTERED, Reason.MALFORMED_KEYENV, Reason.NOT_A_RECIPIENT}
    assert same < 8


def test_an_envelope_has_no_room_for_anything_else() -> None:
    """A second key beside the recipient's, and material that would change the derivation."""
    whole = made()[0].keyenv
    for spoil in (_second_key, _user_material):
        info = shapes.ContentInfo.load(whole)
        kari = info["content"]["recipient_infos"][0].chosen
        spoil(kari)
        with pytest.raises(SealRefused) as refused:
            recipients_of(info.dump(force=True))
        assert refused.value.reason is Reason.MALFORMED_KEYENV


@pytest.mark.parametrize(("many", "good"), [(RECIPIENTS_MAX, True), (RECIPIENTS_MAX + 1, False)])
def test_an_envelope_has_so_many_recipients_at_most(many: int, good: bool) -> None:
    info = shapes.ContentInfo.load(made()[0].keyenv)
    first = info["content"]["recipient_infos"][0]
    info["content"]["recipient_infos"] = [first.copy() for _ in range(many)]
    whole = info.dump(force=True)

    if good:
        assert len(recipients_of(whole)) == many
        return
    with pytest.raises(SealRefused) as refused:
        recipients_of(whole)
    assert refused.value.reason is Reason.MALFORMED_KEYENV


def _second_key(kari: shapes.Kari) -> None:
    keys = kari["recipient_encrypted_keys"]
    kari["recipient_encrypted_keys"] = [keys[0], keys[0].copy()]


def _user_material(kari: shapes.Kari) -> None:
    kari["ukm"] = b"material"


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_content_key_of_another_length(size: int) -> None:
    issued, entropy = cast().holders["a.enc"], Entropy("short")
    info = shapes.ContentInfo.load(wrap(bytes(32), [issued.certificate], entropy))
    key, nonce = (bytes.fromhex(drawn) for drawn in entropy.drawn[:2])
    sealed = AESGCM(key).encrypt(nonce, bytes(size), None)
    info["content"]["content"]["encrypted"] = sealed[:-16]
    info["content"]["mac"] = sealed[-16:]

    with pytest.raises(SealRefused) as refused:
        issued.key.unwrap(info.dump(force=True))
    assert refused.value.reason is Reason.MALFORMED_KEYENV


@settings(deadline=None, max_examples=300)
@given(some.data())
def test_a_spoilt_envelope_is_refused_by_name(draw: some.DataObject) -> None:
    key = cast().holders["a.enc"].key
    whole = made()[0].keyenv
    spoilt = Spoiler(whole, draw).data
    try:
        recipients_of(spoilt)
        assert key.unwrap(spoilt) == key.unwrap(whole)
    except SealRefused:
        return


@settings(deadline=None, max_examples=300)
@given(some.data())
def test_a_spoilt_signature_is_refused_by_name(draw: some.DataObject) -> None:
    whole = made()[0]
    try:
        signed = signing.cades_verify(Spoiler(whole.seal_p7s, draw).data, whole.seal_json)
    except SealRefused:
        return
    assert signed.certificate == cast().holders["a.sign"].certificate
    assert signed.at == AT


@settings(deadline=None, max_examples=60)
@given(some.data())
def test_a_spoilt_certificate_is_refused_by_name(draw: some.DataObject) -> None:
    issued = cast().holders["a.sign"]
    spoilt = Spoiler(issued.certificate.der, draw).data
    if spoilt == issued.certificate.der:
        return
    with pytest.raises(SealRefused):
        cast().trust("fresh").check(Certificate(spoilt), issued.chain, Usage.SIGN, AT)


@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
@settings(deadline=None, max_examples=60)
@given(some.data())
def test_a_spoilt_key_file_is_refused_by_name(draw: some.DataObject) -> None:
    try:
        found = open_pkcs12(Spoiler(_key_file(), draw).data, "123456")
    except SealRefused:
        return
    assert found.certificate == cast().holders["a.sign"].certificate


@pytest.mark.parametrize("pin", ["123456\0", "\0", "\ud800", "1" * 100_000, "👍" * 9, " 123456"])
def test_a_strange_pin_is_a_wrong_one(pin: str) -> None:
    """Not even the library's own complaint may show it."""
    with pytest.raises(SealRefused) as refused:
        open_pkcs12(_key_file(), pin)
    assert str(refused.value) == Reason.WRONG_PIN


@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
def test_a_key_file_of_indefinite_length_is_read() -> None:
    """BER, as older software writes it."""
    whole = _key_file()
    assert whole[1] == 0x82
    ber = b"\x30\x80" + whole[4:] + b"\0\0"

    assert open_pkcs12(ber, "123456").certificate == cast().holders["a.sign"].certificate
    with pytest.raises(SealRefused) as refused:
        open_pkcs12(ber, "654321")
    assert refused.value.reason is Reason.WRONG_PIN


@cache
def _key_file() -> bytes:
    return cast().holders["a.sign"].p12("123456")


@pytest.mark.parametrize("serial", [b"\x00", b"\xff"])
def test_a_certificate_whose_number_is_not_positive(serial: bytes) -> None:
    one = _self_made(p256_key(Entropy("one")), serial=1)
    changed = one.der.replace(b"\x02\x01\x01", b"\x02\x01" + serial, 1)
    assert changed != one.der

    with pytest.raises(SealRefused) as refused:
        Certificate(changed)
    assert refused.value.reason is Reason.MALFORMED_CERTIFICATE


def test_a_maze_of_authorities_that_issue_each_other_has_an_end() -> None:
    key = p256_key(Entropy("maze"))
    maze = [_self_made(key, serial) for serial in range(1, MAZE + 1)]
    leaf = _self_made(key, MAZE + 1, ca=False)

    began = perf_counter()
    with pytest.raises(SealRefused) as refused:
        cast().trust("fresh").check(leaf, maze, Usage.SIGN, AT)
    assert refused.value.reason is Reason.CERTIFICATE_UNTRUSTED
    assert perf_counter() - began < SECONDS_MAX


def test_a_maze_beside_it_does_not_hide_a_good_path() -> None:
    issued = cast().holders["a.sign"]
    name = issued.chain[0].x509.subject
    key = p256_key(Entropy("maze"))
    maze = [_self_made(key, serial, name=name) for serial in range(1, MAZE + 1)]

    standing = cast().trust("fresh").check(issued.certificate, maze, Usage.SIGN, AT)
    assert standing.path == (issued.certificate, *issued.chain)


def test_a_crl_counts_only_from_whom_it_has_to_come_from() -> None:
    key = p256_key(Entropy("crl"))
    leaf = _self_made(key, serial=2, ca=False)
    for name, may_sign, news in (
        (MAZE_NAME, True, Crl.FRESH),
        (MAZE_NAME, False, Crl.MISSING),
        (cast().holders["a.sign"].chain[0].x509.subject, True, Crl.MISSING),
    ):
        root = _self_made(key, serial=1, crl_sign=may_sign)
        builder = x509.CertificateRevocationListBuilder().issuer_name(name)
        crl = builder.last_update(AT - DAY).next_update(AT + DAY).sign(key, SHA256())
        trust = TrustList([root], crls=[crl.public_bytes(Encoding.DER)])
        assert trust.check(leaf, [], Usage.SIGN, AT).crl is news


def _self_made(
    key: ec.EllipticCurvePrivateKey,
    serial: int,
    ca: bool = True,
    name: x509.Name = MAZE_NAME,
    crl_sign: bool = True,
) -> Certificate:
    """A CA that nobody trusts, or, of the same name and key, what it issued."""
    usage = {
        "digital_signature": not ca,
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "key_cert_sign": ca,
        "crl_sign": ca and crl_sign,
        "encipher_only": False,
        "decipher_only": False,
    }
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(BEGAN)
        .not_valid_after(AT + DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
        .add_extension(x509.KeyUsage(**usage), True)
    )
    return Certificate(builder.sign(key, SHA256()).public_bytes(Encoding.DER))
