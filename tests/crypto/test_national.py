"""SM2, SM3 and SM4 are what the standards print, and what openssl and gmalg take and make."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import gmalg
import pytest
from asn1crypto import core, crl, keys, pem, x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from crypto import sm2
from crypto.errors import Reason, SealRefused
from crypto.suites import Sm4Gcm, sm3
from tests.crypto.test_openssl import done, openssl
from tests.crypto.vectors import Case, cases, vectors

TOLD = vectors("national")["sm2"]
SECRET, X, Y = (bytes.fromhex(TOLD[name]) for name in ("private", "x", "y"))
PUBLIC = sm2.PublicKey(b"\4" + X + Y)
OWN = sm2.PrivateKey(SECRET, PUBLIC)
OTHER_SECRET, OTHER_POINT = gmalg.SM2().generate_keypair()
OTHER = sm2.PrivateKey(OTHER_SECRET, sm2.PublicKey(OTHER_POINT))
TEXT = "投标文件".encode()
ID = ["distid:1234567812345678"]


class Ciphertext(core.Sequence):  # type: ignore[misc]
    """GM/T 0009."""

    _fields = [  # noqa: RUF012
        ("x", core.Integer),
        ("y", core.Integer),
        ("hash", core.OctetString),
        ("c", core.OctetString),
    ]


def der(file: Path) -> bytes:
    return bytes(pem.unarmor(file.read_bytes())[2])


def gmalg_sm3(data: bytes) -> bytes:
    digest = gmalg.SM3()
    digest.update(data)
    return bytes(digest.value())


def refuses(reason: Reason, act: Callable[[], object]) -> None:
    with pytest.raises(SealRefused) as refused:
        act()
    assert refused.value.reason is reason


@cases("national", "sm3")
def test_sm3_is_the_standard_s(case: Case) -> None:
    data = bytes.fromhex(case["data"])

    assert sm3(data).hex() == case["out"] == gmalg_sm3(data).hex()


@cases("national", "sm4")
def test_sm4_is_the_standard_s(case: Case) -> None:
    block = bytes.fromhex(case["data"])
    cipher = Cipher(algorithms.SM4(bytes.fromhex(case["key"])), modes.ECB()).encryptor()  # noqa: S305
    for _ in range(case["times"]):
        block = cipher.update(block)

    assert block.hex() == case["out"]


@cases("national", "sm4_gcm")
def test_sm4_gcm_is_rfc_8998_s(case: Case) -> None:
    key, nonce, added, plain, out = (
        bytes.fromhex(case[name]) for name in ("key", "nonce", "associated", "plain", "out")
    )
    aead = Sm4Gcm(key)

    assert aead.encrypt(nonce, plain, added) == out
    assert aead.decrypt(nonce, out, added) == plain
    for altered in (out[:-1] + bytes([out[-1] ^ 1]), bytes([out[0] ^ 1]) + out[1:], out[:15]):
        with pytest.raises(InvalidTag):
            aead.decrypt(nonce, altered, added)
    with pytest.raises(InvalidTag):
        aead.decrypt(nonce, out, None)


def test_sm2_is_the_standard_s() -> None:
    told = TOLD["signature"]
    data, signature = bytes.fromhex(told["data"]), bytes.fromhex(told["der"])

    PUBLIC.verify(signature, data)
    refuses(Reason.SIGNATURE_BAD, lambda: PUBLIC.verify(signature, data + b"."))
    refuses(Reason.SIGNATURE_BAD, lambda: OTHER.public_key().verify(signature, data))
    sealed = bytes.fromhex(TOLD["encryption"]["der"])
    assert OWN.decrypt(sealed).hex() == TOLD["encryption"]["plain"]
    refuses(Reason.KEYENV_ALTERED, lambda: OTHER.decrypt(sealed))


@pytest.mark.parametrize("change", ["a byte too many", "a long length", "cut", "empty", "huge"])
def test_a_signature_has_one_spelling(change: str) -> None:
    good = OWN.sign(TEXT)
    PUBLIC.verify(good, TEXT)
    bad = {
        "a byte too many": good + b"\0",
        "a long length": b"\x30\x81" + good[1:],
        "cut": good[:-1],
        "empty": b"",
        "huge": good * 20,
    }[change]
    refuses(Reason.SIGNATURE_BAD, lambda: PUBLIC.verify(bad, TEXT))


def test_invalid_points_are_refused() -> None:
    beside = (int.from_bytes(Y, "big") + 1).to_bytes(32, "big")
    for point in (b"\4" + X + beside, bytes(65), b"\4" + bytes(64), b"\4" + X + Y[1:], b"\3" + X):
        refuses(Reason.KEY_UNSUITED, partial(sm2.PublicKey, point))
    refuses(Reason.NO_KEY, lambda: sm2.PrivateKey(SECRET, OTHER.public_key()))
    sealed = Ciphertext.load(PUBLIC.encrypt(TEXT))
    sealed["y"] = sealed["y"].native ^ 1
    refuses(Reason.KEYENV_ALTERED, lambda: OWN.decrypt(sealed.dump()))


def test_gmalg_takes_ours_and_we_take_its() -> None:
    theirs = gmalg.SM2(SECRET, sm2.SIGNER_ID, b"\4" + PUBLIC.xy)
    r, s = theirs.sign(TEXT)
    numbers = {"r": int.from_bytes(r, "big"), "s": int.from_bytes(s, "big")}
    PUBLIC.verify(sm2.Pair(numbers).dump(), TEXT)
    ours = sm2.Pair.load(OWN.sign(TEXT))
    assert theirs.verify(TEXT, *(ours[name].native.to_bytes(32, "big") for name in ("r", "s")))

    sealed = Ciphertext.load(PUBLIC.encrypt(TEXT))
    point = b"".join(sealed[name].native.to_bytes(32, "big") for name in ("x", "y"))
    assert theirs.decrypt(b"\4" + point + sealed["hash"].native + sealed["c"].native) == TEXT
    raw = theirs.encrypt(TEXT)
    again = Ciphertext(
        {
            "x": int.from_bytes(raw[1:33], "big"),
            "y": int.from_bytes(raw[33:65], "big"),
            "hash": raw[65:97],
            "c": raw[97:],
        }
    )
    assert OWN.decrypt(again.dump()) == TEXT
    print("gmalg", version("gmalg"), "gmssl_pyx", version("gmssl_pyx"))


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    """A folder with an SM2 CA of openssl's: root.key, root.pem."""
    done(openssl(tmp_path, "genpkey", "-algorithm", "SM2", "-out", "root.key"))
    words = ["req", "-x509", "-new", "-key", "root.key", "-sm3", "-sigopt", *ID]
    done(openssl(tmp_path, *words, "-subj", "/O=root", "-days", "9", "-out", "root.pem"))
    done(openssl(tmp_path, "pkey", "-in", "root.key", "-pubout", "-out", "root.pub"))
    (tmp_path / "text").write_bytes(TEXT)
    return tmp_path


def test_openssl_takes_ours_and_we_take_its(ca: Path) -> None:
    own = sm2.PrivateKey.of(der(ca / "root.key"))
    assert own.public_key() == sm2.PublicKey.of(keys.PublicKeyInfo.load(der(ca / "root.pub")))
    told = ["pkeyutl", "-rawin", "-digest", "sm3", "-in", "text", "-pkeyopt", *ID]

    done(openssl(ca, *told, "-sign", "-inkey", "root.key", "-out", "signature"))
    own.public_key().verify((ca / "signature").read_bytes(), TEXT)
    (ca / "signature").write_bytes(own.sign(TEXT))
    verify = [*told, "-verify", "-pubin", "-inkey", "root.pub", "-sigfile", "signature"]
    done(openssl(ca, *verify))
    (ca / "text").write_bytes(TEXT + b".")
    assert openssl(ca, *verify).returncode != 0

    (ca / "sealed").write_bytes(own.public_key().encrypt(TEXT))
    assert done(openssl(ca, "pkeyutl", "-decrypt", "-inkey", "root.key", "-in", "sealed")) == TEXT
    (ca / "text").write_bytes(TEXT)
    sealed = openssl(ca, "pkeyutl", "-encrypt", "-pubin", "-inkey", "root.pub", "-in", "text")
    assert own.decrypt(done(sealed)) == TEXT

    assert sm3(TEXT).hex() in done(openssl(ca, "dgst", "-sm3", "text")).decode()
    print(done(openssl(ca, "version")).decode())


def test_certificates_and_crls_of_an_sm2_ca_hold(ca: Path) -> None:
    root = x509.Certificate.load(der(ca / "root.pem"))
    (ca / "ca.conf").write_text(
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sm3\ndefault_crl_days=9\n"
    )
    (ca / "index").touch()
    words = ["ca", "-config", "ca.conf", "-gencrl", "-keyfile", "root.key", "-cert", "root.pem"]
    done(openssl(ca, *words, "-sigopt", *ID, "-out", "root.crl"))
    revoked = crl.CertificateList.load(der(ca / "root.crl"))
    own = sm2.PublicKey.of(root.public_key)

    for signed in (root, revoked):
        sm2.verify_issued(signed, own)
        refuses(Reason.CERTIFICATE_UNTRUSTED, partial(sm2.verify_issued, signed, PUBLIC))
        altered = bytearray(signed.dump())
        altered[altered.index(b"root")] ^= 1
        loaded = type(signed).load(bytes(altered))
        refuses(Reason.CERTIFICATE_UNTRUSTED, partial(sm2.verify_issued, loaded, own))


def test_a_certificate_of_another_algorithm_is_no_sm2_one() -> None:
    holder = vectors("keys")["holders"]["a.sign"]
    found = x509.Certificate.load(b64decode(holder["certificate"]))

    refuses(Reason.CERTIFICATE_UNTRUSTED, lambda: sm2.verify_issued(found, PUBLIC))
    refuses(Reason.KEY_UNSUITED, lambda: sm2.PublicKey.of(found.public_key))
    refuses(Reason.KEY_UNSUITED, lambda: sm2.PrivateKey.of(b64decode(holder["pkcs8"])))
    refuses(Reason.KEY_UNSUITED, lambda: sm2.PrivateKey.of(b""))


def test_without_the_package_it_says_what_to_install() -> None:
    """In a process of its own, where the package can't be imported."""
    code = (
        "import sys; sys.modules['gmssl_pyx'] = None\n"
        "from crypto import sm2\n"
        "sm2.PublicKey(b'\\4' + bytes(64))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=20)

    said = ran.stderr.decode()
    assert ran.returncode == 1
    assert "请安装：pip install 'bidroom[gm]'" in said
    assert "install it: pip install 'bidroom[gm]'" in said
