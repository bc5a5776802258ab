"""`./run bench seal`: what the seal costs beside the bare ciphers it is made of, in one run.

    unwrap P-256, RSA, SM2      a key envelope, against ECDH and key unwrap, or bare decryption
    verify P-256, RSA, SM2      a package's CAdES signature, against the bare signature
    bulk INT1, bulk SM1         opening a section, against AESGCM.decrypt_into or bare SM4-GCM over
                                the same chunks

Rounds of ours and of the limit take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from crypto import keyenv, sections, signing, sm2
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Kind, Subject
from crypto.suites import INT1, SM1, Ciphers
from loadtest.packages import machine

ROUNDS: Final = 7
BULK: Final = {"INT1": 64 << 20, "SM1": 8 << 20}  # bytes a round
NOW: Final = datetime(2026, 4, 12, 1, 30, tzinfo=UTC)
Bare = tuple[Callable[[], object], str]  # opens one chunk; what it is
Pair = tuple[Callable[[], object], Callable[[], object], int, str, str]


def main() -> int:
    ca = DemoCA.make(NOW - timedelta(days=365), secrets.token_bytes)
    national = DemoCA.make(NOW - timedelta(days=365), secrets.token_bytes, kind=Kind.SM2)
    pairs = {
        "unwrap P-256": unwrapping(ca, Kind.P256),
        "unwrap RSA": unwrapping(ca, Kind.RSA),
        "unwrap SM2": unwrapping(national, Kind.SM2),
        "verify P-256": verifying(ca, Kind.P256),
        "verify RSA": verifying(ca, Kind.RSA),
        "verify SM2": verifying(national, Kind.SM2),
        "bulk INT1": bulk(INT1, int1_chunks),
        "bulk SM1": bulk(SM1, sm1_chunks),
    }
    print(json.dumps(machine()))
    for what, (ours, limit, count, unit, name) in pairs.items():
        fast, bare = list[float](), list[float]()
        for _ in range(ROUNDS):
            fast.append(rate(ours, count))
            bare.append(rate(limit, count))
        print(json.dumps(line(what, median(fast), median(bare), unit, name)))
    return 0


def issued(ca: DemoCA, usage: Usage, kind: Kind) -> Issued:
    subject = Subject("长河建设集团有限公司", "91110000802100433B", "长河")
    return ca.issue(subject, usage, NOW - timedelta(days=1), secrets.token_bytes, kind)


def unwrapping(ca: DemoCA, kind: Kind) -> Pair:
    own = issued(ca, Usage.ENCRYPT, kind)
    private = own.private_key
    suite = keyenv.suite_for(private)
    cek = secrets.token_bytes(suite.key)
    envelope = keyenv.wrap(cek, [own.certificate], secrets.token_bytes, suite)
    ours = repeated(lambda: keyenv.unwrap(envelope, private, own.certificate))
    if isinstance(private, rsa.RSAPrivateKey):
        oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
        wrapped = private.public_key().encrypt(secrets.token_bytes(32), oaep)
        limit = repeated(lambda: private.decrypt(wrapped, oaep))
        return ours, limit, 1, "a second", "RSA-OAEP decryption"
    if isinstance(private, sm2.PrivateKey):
        short = private.public_key().encrypt(secrets.token_bytes(16))
        limit = repeated(lambda: private.decrypt(short))
        return ours, limit, 1, "a second", "SM2 decryption"
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    own_key = private
    peer = ec.generate_private_key(ec.SECP256R1()).public_key()
    kek = secrets.token_bytes(32)
    key = aes_key_wrap(kek, secrets.token_bytes(32))

    def agree() -> None:
        own_key.exchange(ec.ECDH(), peer)
        aes_key_unwrap(kek, key)

    return ours, repeated(agree), 1, "a second", "ECDH and AES key unwrap"


def verifying(ca: DemoCA, kind: Kind) -> Pair:
    own, data = issued(ca, Usage.SIGN, kind), secrets.token_bytes(300)
    p7s = signing.cades_sign(own.key, data, NOW)
    signature, public = own.key.sign(data), own.private_key.public_key()
    ours = repeated(lambda: signing.cades_verify(p7s, data))
    if isinstance(public, rsa.RSAPublicKey):
        scheme = padding.PKCS1v15()
        limit = repeated(lambda: public.verify(signature, data, scheme, SHA256()))
    elif isinstance(public, sm2.PublicKey):
        national = public
        limit = repeated(lambda: national.verify(signature, data))
    else:
        limit = repeated(lambda: public.verify(signature, data, ec.ECDSA(SHA256())))
    return ours, limit, 1, "a second", "the bare signature"


def bulk(suite: Ciphers, bare: Callable[[bytes, bytes], Bare]) -> Pair:
    key, context = secrets.token_bytes(suite.key), secrets.token_bytes(64)
    size = BULK[suite.name]
    plain = secrets.token_bytes(size)
    salt = secrets.token_bytes(sections.SALT)
    whole = b"".join(sections.encrypt(key, context, salt, [plain], suite))
    pieces = [whole[at : at + sections.PIECE] for at in range(0, len(whole), sections.PIECE)]
    ours = once(lambda: drain(sections.decrypt(key, context, pieces, suite)))

    chunk, name = bare(key, plain[: sections.CHUNK])

    def limit() -> None:
        for _ in range(size // sections.CHUNK):
            chunk()

    return ours, once(limit), size, "bytes a second", name


def int1_chunks(key: bytes, plain: bytes) -> Bare:
    aead, nonce = AESGCM(key), secrets.token_bytes(12)
    chunk, out = aead.encrypt(nonce, plain, None), bytearray(len(plain))
    return lambda: aead.decrypt_into(nonce, chunk, None, out), "AESGCM.decrypt_into"


def sm1_chunks(key: bytes, plain: bytes) -> Bare:
    cipher, nonce = algorithms.SM4(key), secrets.token_bytes(12)
    encryptor = Cipher(cipher, modes.GCM(nonce)).encryptor()
    chunk, out = encryptor.update(plain) + encryptor.finalize(), bytearray(len(plain) + 16)

    def decrypt() -> None:
        decryptor = Cipher(cipher, modes.GCM(nonce)).decryptor()
        decryptor.update_into(chunk, out)
        decryptor.finalize_with_tag(encryptor.tag)

    return decrypt, "SM4-GCM, update_into and finalize_with_tag"


def drain(pieces: Any) -> None:
    for _ in pieces:
        pass


def repeated(work: Callable[[], object]) -> Callable[[], object]:
    """`work` for about a fifth of a second; says how often."""

    def run() -> int:
        until, count = time.perf_counter() + 0.2, 0
        while time.perf_counter() < until:
            work()
            count += 1
        return count

    return run


def once(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> int:
        work()
        return 1

    return run


def rate(run: Callable[[], object], each: int) -> float:
    started = time.perf_counter()
    count = run()
    assert isinstance(count, int)
    return count * each / (time.perf_counter() - started)


def line(what: str, ours: float, limit: float, unit: str, name: str) -> dict[str, Any]:
    return {
        "bench": "seal",
        "what": what,
        "ours": round(ours),
        "limit": round(limit),
        "limit_name": name,
        "ratio": round(ours / limit, 3),
        "unit": unit,
    }


if __name__ == "__main__":
    sys.exit(main())
