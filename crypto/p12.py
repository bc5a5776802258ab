"""A .p12 file (PKCS #12, RFC 7292) whose key is one for SM2, which `cryptography` doesn't read.

Read in the encodings that are met: PBES2 with AES or SM4, and 3DES with SHA-1 of older software.
Written with PBES2, AES-256 and SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import new as new_hash
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Any, Final

from asn1crypto import algos, core, pkcs12
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SM3, HashAlgorithm
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from crypto.errors import Reason, SealRefused

ROUNDS: Final = 2048  # what is written
ROUNDS_MAX: Final = 10_000_000  # what is read: more would only keep the reader busy
SALT: Final = 16
_KEY, _IV, _MAC = 1, 2, 3  # RFC 7292 B.3: what a derived value is for
_BLOCK: Final = 64  # bytes of a block of SHA-1 and of SHA-256
_MACS: Final = {"sha1": 20, "sha256": 32}
_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_SHA1_3DES: Final = "1.2.840.113549.1.12.1.3"
_PRFS: Final[dict[str, Callable[[], HashAlgorithm]]] = {
    "1.2.840.113549.2.7": SHA1,
    "1.2.840.113549.2.9": SHA256,
    "1.2.156.10197.1.401.2": SM3,
}
_CIPHERS: Final[dict[str, tuple[Callable[[bytes], CipherAlgorithm], int]]] = {
    "2.16.840.1.101.3.4.1.2": (algorithms.AES, 16),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES, 32),
    "1.2.156.10197.1.104.2": (algorithms.SM4, 16),
}

Entropy = Callable[[int], bytes]


def read(data: bytes, pin: str) -> tuple[bytes, list[bytes]]:
    """The key as PKCS #8, and the certificates, DER, with the key's own first.

    Raises SealRefused(not_a_p12 | wrong_pin | no_key | key_unsuited).
    """
    try:
        pfx = pkcs12.Pfx.load(data, strict=True)
        content = pfx["auth_safe"]["content"].native
        _check_mac(pfx["mac_data"], content, pin)
        bags = list(_bags(content, pin))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SealRefused(Reason.NOT_A_P12) from None
    keys = [bag for bag in bags if isinstance(bag[0], bytes)]
    if len(keys) != 1:
        raise SealRefused(Reason.NO_KEY)
    pkcs8, own = keys[0]
    certificates = [(bag[0].dump(), bag[1]) for bag in bags if not isinstance(bag[0], bytes)]
    first = [der for der, name in certificates if name == own] or [der for der, _ in certificates]
    if not first:
        raise SealRefused(Reason.NO_KEY)
    return pkcs8, [first[0], *(der for der, _ in certificates if der != first[0])]


def write(
    pkcs8: bytes, certificates: Sequence[bytes], name: str, pin: str, entropy: Entropy
) -> bytes:
    """A file with a key and certificates (DER, the key's own first), for `pin`."""
    local = new_hash("sha1", certificates[0], usedforsecurity=False).digest()
    attributes = [
        {"type": "local_key_id", "values": [core.OctetString(local)]},
        {"type": "friendly_name", "values": [core.BMPString(name)]},
    ]
    algorithm, sealed = _encrypted(pkcs8, pin, entropy)
    key_bag = {
        "bag_id": "pkcs8_shrouded_key_bag",
        "bag_value": {"encryption_algorithm": algorithm, "encrypted_data": sealed},
        "bag_attributes": attributes,
    }
    cert_bags = [
        {
            "bag_id": "cert_bag",
            "bag_value": {
                "cert_id": "x509",
                "cert_value": core.ParsableOctetString(der),
            },
            **({"bag_attributes": attributes[:1]} if der == certificates[0] else {}),
        }
        for der in certificates
    ]
    safes = [pkcs12.SafeContents(bags).dump() for bags in (cert_bags, [key_bag])]
    content = pkcs12.AuthenticatedSafe(
        [{"content_type": "data", "content": core.OctetString(safe)} for safe in safes]
    ).dump()
    salt = entropy(SALT)
    key = _derived("sha256", _MAC, pin, salt, ROUNDS, 32)
    mac = {
        "mac": {
            "digest_algorithm": {"algorithm": "sha256", "parameters": core.Null()},
            "digest": hmac_digest(key, content, "sha256"),
        },
        "mac_salt": salt,
        "iterations": ROUNDS,
    }
    whole = {"content_type": "data", "content": core.OctetString(content)}
    return bytes(pkcs12.Pfx({"version": "v3", "auth_safe": whole, "mac_data": mac}).dump())


def _check_mac(mac: Any, content: bytes, pin: str) -> None:
    name = mac["mac"]["digest_algorithm"]["algorithm"].native
    if name not in _MACS:
        raise SealRefused(Reason.KEY_UNSUITED, "the file's MAC")
    rounds = _rounds(mac["iterations"].native)
    key = _derived(name, _MAC, pin, mac["mac_salt"].native, rounds, _MACS[name])
    if not compare_digest(hmac_digest(key, content, name), mac["mac"]["digest"].native):
        raise SealRefused(Reason.WRONG_PIN)


def _bags(content: bytes, pin: str) -> Iterator[tuple[Any, bytes | None]]:
    """Keys as PKCS #8 bytes and certificates as parsed ones, each with its local key id."""
    for info in pkcs12.AuthenticatedSafe.load(content, strict=True):
        if info["content_type"].native == "encrypted_data":
            wrapped = info["content"]["encrypted_content_info"]
            algorithm = wrapped["content_encryption_algorithm"]
            plain = _decrypted(algorithm, wrapped["encrypted_content"].native, pin)
        else:
            plain = info["content"].native
        for bag in pkcs12.SafeContents.load(plain, strict=True):
            value, found = bag["bag_value"], bag["bag_id"].native
            if found == "pkcs8_shrouded_key_bag":
                sealed = value["encrypted_data"].native
                yield _decrypted(value["encryption_algorithm"], sealed, pin), _local(bag)
            elif found == "key_bag":
                yield value.dump(), _local(bag)
            elif found == "cert_bag":
                yield (
                    asn1_x509.Certificate.load(value["cert_value"].contents, strict=True),
                    _local(bag),
                )


def _local(bag: Any) -> bytes | None:
    for attribute in bag["bag_attributes"]:
        if attribute["type"].native == "local_key_id":
            return bytes(attribute["values"][0].native)
    return None


def _decrypted(algorithm: Any, data: bytes, pin: str) -> bytes:
    name = algorithm["algorithm"].dotted
    if name == _PBES2:
        cipher = _pbes2(algorithm["parameters"], pin)
    elif name == _SHA1_3DES:
        salt = algorithm["parameters"]["salt"].native
        rounds = _rounds(algorithm["parameters"]["iterations"].native)
        key = _derived("sha1", _KEY, pin, salt, rounds, 24)
        cipher = Cipher(TripleDES(key), modes.CBC(_derived("sha1", _IV, pin, salt, rounds, 8)))
    else:
        raise SealRefused(Reason.KEY_UNSUITED, f"encoding {name}")
    decryptor = cipher.decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    unpadder = PKCS7(8 * (8 if name == _SHA1_3DES else 16)).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _pbes2(parameters: Any, pin: str) -> Cipher[modes.CBC]:
    derivation, scheme = parameters["key_derivation_func"], parameters["encryption_scheme"]
    found = derivation["parameters"]
    prf = _PRFS.get(found["prf"]["algorithm"].dotted)
    cipher = _CIPHERS.get(scheme["algorithm"].dotted)
    if derivation["algorithm"].dotted != _PBKDF2 or prf is None or cipher is None:
        raise SealRefused(Reason.KEY_UNSUITED, "encoding")
    iv = scheme["parameters"]
    made, size = cipher
    salt, rounds = found["salt"].native, _rounds(found["iteration_count"].native)
    key = PBKDF2HMAC(prf(), size, salt, rounds).derive(pin.encode())
    return Cipher(
        made(key),
        modes.CBC(
            bytes(
                iv.native if isinstance(iv, core.OctetString) else iv.parse(core.OctetString).native
            )
        ),
    )


def _encrypted(data: bytes, pin: str, entropy: Entropy) -> tuple[algos.EncryptionAlgorithm, bytes]:
    salt, iv = entropy(SALT), entropy(SALT)
    key = PBKDF2HMAC(SHA256(), 32, salt, ROUNDS).derive(pin.encode())
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    derivation = {
        "algorithm": "pbkdf2",
        "parameters": {
            "salt": core.OctetString(salt),
            "iteration_count": ROUNDS,
            "prf": {"algorithm": "sha256", "parameters": core.Null()},
        },
    }
    scheme = {"algorithm": "aes256_cbc", "parameters": core.OctetString(iv)}
    return algos.EncryptionAlgorithm(
        {
            "algorithm": "pbes2",
            "parameters": {"key_derivation_func": derivation, "encryption_scheme": scheme},
        }
    ), sealed


def _derived(hash_name: str, use: int, pin: str, salt: bytes, rounds: int, length: int) -> bytes:
    """RFC 7292 B.2; the PIN as BMPString with its end, as B.1 says."""
    password = (pin + "\0").encode("utf-16-be")
    block = _filled(salt) + _filled(password)
    out = b""
    while len(out) < length:
        digest = new_hash(hash_name, bytes([use]) * _BLOCK + block).digest()
        for _ in range(rounds - 1):
            digest = new_hash(hash_name, digest).digest()
        out += digest
        add = int.from_bytes((digest * (_BLOCK // len(digest) + 1))[:_BLOCK], "big") + 1
        parts = (block[at : at + _BLOCK] for at in range(0, len(block), _BLOCK))
        sums = ((int.from_bytes(part, "big") + add) % 2 ** (8 * _BLOCK) for part in parts)
        block = b"".join(total.to_bytes(_BLOCK, "big") for total in sums)
    return out[:length]


def _filled(data: bytes) -> bytes:
    """`data` over and over, up to whole blocks."""
    length = _BLOCK * -(-len(data) // _BLOCK)
    return (data * (length // max(len(data), 1) + 1))[:length]


def _rounds(number: int) -> int:
    if not 0 < number <= ROUNDS_MAX:
        raise SealRefused(Reason.KEY_UNSUITED, "rounds")
    return number
