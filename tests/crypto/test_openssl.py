"""The openssl program opens our key envelopes and checks our signatures, and we do so with its."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from crypto import keyenv, signing
from crypto.errors import Reason, SealRefused
from crypto.softkey import open_pkcs12
from tests.crypto.vectors import certificate, key, vectors

CEK = bytes(range(32))
AT = 1772415000  # 2026-03-02 01:30 UTC, when the vectors' certificates are good
OAEP = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"]
KEYOPT = {"a.enc": ["ecdh_kdf_md:sha256"], "a.enc.rsa": OAEP}
RUN_SECONDS_MAX = 20
GOOD = vectors("packages")["good"]


def openssl(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["openssl", *words], cwd=folder, capture_output=True, check=False, timeout=RUN_SECONDS_MAX
    )


def done(ran: subprocess.CompletedProcess[bytes]) -> bytes:
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With certificates and private keys of the vectors' people, and the root, in PEM."""
    for name in ("a.enc", "a.enc.second", "a.enc.rsa", "a.sign", "a.sign.rsa"):
        (tmp_path / f"{name}.pem").write_bytes(_pem(name))
        (tmp_path / "key.der").write_bytes(b64decode(vectors("keys")["holders"][name]["pkcs8"]))
        done(openssl(tmp_path, "pkey", "-inform", "DER", "-in", "key.der", "-out", f"{name}.key"))
    issuing, root = key("a.sign").chain
    for file, ca in (("issuing", issuing), ("root", root)):
        (tmp_path / f"{file}.pem").write_bytes(ca.x509.public_bytes(Encoding.PEM))
    return tmp_path


@pytest.mark.parametrize("number", range(len(GOOD)), ids=[one["name"] for one in GOOD])
def test_openssl_opens_the_envelopes_of_the_vectors(folder: Path, number: int) -> None:
    told = GOOD[number]
    envelope = b64decode(told["keyenv"])
    (folder / "keyenv.der").write_bytes(envelope)

    for name in told["recipients"]:
        assert done(_decrypt(folder, name)) == key(name).unwrap(envelope)


@pytest.mark.parametrize("names", [["a.enc"], ["a.enc.rsa"], ["a.enc", "a.enc.rsa"]])
def test_openssl_opens_our_envelope(folder: Path, names: list[str]) -> None:
    wrapped = keyenv.wrap(CEK, [certificate(name) for name in names], lambda size: b"\7" * size)
    (folder / "keyenv.der").write_bytes(wrapped)

    for name in names:
        assert done(_decrypt(folder, name)) == CEK
    assert _decrypt(folder, "a.enc.second").returncode != 0


@pytest.mark.parametrize("names", [["a.enc"], ["a.enc.rsa"], ["a.enc.rsa", "a.enc"]])
def test_we_open_the_envelope_of_openssl(folder: Path, names: list[str]) -> None:
    (folder / "cek").write_bytes(CEK)
    words = ["cms", "-encrypt", "-binary", "-in", "cek", "-aes-256-gcm", "-aes256-wrap"]
    for name in names:
        words += ["-recip", f"{name}.pem"]
        words += [word for option in KEYOPT[name] for word in ("-keyopt", option)]
    done(openssl(folder, *words, "-outform", "DER", "-out", "keyenv.der"))
    envelope = (folder / "keyenv.der").read_bytes()

    for name in names:
        assert key(name).unwrap(envelope) == CEK
    with pytest.raises(SealRefused) as refused:
        key("a.enc.second").unwrap(envelope)
    assert refused.value.reason is Reason.NOT_A_RECIPIENT


def test_an_envelope_of_openssl_in_another_suite_is_refused(folder: Path) -> None:
    """openssl's own defaults: SHA-1 in the key derivation, PKCS#1 v1.5, CBC."""
    (folder / "cek").write_bytes(CEK)
    for cipher, name in (("-aes-256-gcm", "a.enc"), ("-aes-256-gcm", "a.enc.rsa"),
                         ("-aes-256-cbc", "a.enc.rsa")):  # fmt: skip
        words = ["cms", "-encrypt", "-binary", "-in", "cek", cipher, "-recip", f"{name}.pem"]
        done(openssl(folder, *words, "-outform", "DER", "-out", "keyenv.der"))
        with pytest.raises(SealRefused) as refused:
            key(name).unwrap((folder / "keyenv.der").read_bytes())
        assert refused.value.reason is Reason.MALFORMED_KEYENV


@pytest.mark.parametrize("number", range(len(GOOD)), ids=[one["name"] for one in GOOD])
def test_openssl_accepts_the_signature_of_a_package(folder: Path, number: int) -> None:
    told = GOOD[number]
    (folder / "seal.p7s").write_bytes(b64decode(told["seal_p7s"]))
    (folder / "seal.json").write_bytes(b64decode(told["seal_json"]))

    assert done(_verify(folder)) == b64decode(told["seal_json"])

    (folder / "seal.json").write_bytes(b64decode(told["seal_json"]) + b" ")
    assert _verify(folder).returncode != 0


@pytest.mark.parametrize("name", ["a.sign", "a.sign.rsa"])
def test_we_accept_the_signature_of_openssl(folder: Path, name: str) -> None:
    (folder / "seal.json").write_bytes(b"{}")
    words = ["cms", "-sign", "-cades", "-binary", "-in", "seal.json", "-md", "sha256"]
    words += ["-signer", f"{name}.pem", "-inkey", f"{name}.key", "-certfile", "issuing.pem"]
    done(openssl(folder, *words, "-outform", "DER", "-out", "seal.p7s"))
    signature = (folder / "seal.p7s").read_bytes()

    signed = signing.cades_verify(signature, b"{}")
    assert signed.certificate == certificate(name)
    assert key("a.sign").chain[0] in signed.certificates
    with pytest.raises(SealRefused) as refused:
        signing.cades_verify(signature, b"[]")
    assert refused.value.reason is Reason.SEAL_ALTERED


def test_a_plain_cms_signature_without_cades_is_refused(folder: Path) -> None:
    (folder / "seal.json").write_bytes(b"{}")
    words = ["cms", "-sign", "-binary", "-in", "seal.json", "-md", "sha256"]
    words += ["-signer", "a.sign.pem", "-inkey", "a.sign.key", "-outform", "DER"]
    for more in ([], ["-noattr"], ["-nodetach"]):
        done(openssl(folder, *words, *more, "-out", "seal.p7s"))
        with pytest.raises(SealRefused) as refused:
            signing.cades_verify((folder / "seal.p7s").read_bytes(), b"{}")
        assert refused.value.reason is Reason.MALFORMED_SIGNATURE


@pytest.mark.parametrize("name", ["a.sign", "a.enc", "a.sign.rsa"])
def test_we_open_the_key_file_of_openssl(folder: Path, name: str) -> None:
    modern = ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "sha256"]
    legacy = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
    old = ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40"]
    words = ["pkcs12", "-export", "-in", f"{name}.pem", "-inkey", f"{name}.key"]
    words += ["-certfile", "issuing.pem", "-passout", "pass:123456"]
    for encoding in (modern, legacy, old):
        done(openssl(folder, *words, *encoding, "-out", "key.p12"))
        found = open_pkcs12((folder / "key.p12").read_bytes(), "123456")
        assert found.certificate == certificate(name)
        signing.verify(found.certificate, b"text", found.sign(b"text"))
        with pytest.raises(SealRefused) as refused:
            open_pkcs12((folder / "key.p12").read_bytes(), "654321")
        assert refused.value.reason is Reason.WRONG_PIN


def _decrypt(folder: Path, name: str) -> subprocess.CompletedProcess[bytes]:
    words = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "keyenv.der"]
    return openssl(folder, *words, "-recip", f"{name}.pem", "-inkey", f"{name}.key")


def _verify(folder: Path) -> subprocess.CompletedProcess[bytes]:
    words = ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "seal.p7s"]
    words += ["-content", "seal.json", "-CAfile", "root.pem", "-attime", str(AT)]
    return openssl(folder, *words, "-purpose", "any")


def _pem(name: str) -> bytes:
    return certificate(name).x509.public_bytes(Encoding.PEM)
