"""The hall's secrets, and what is done with them. They lie in a folder, never in the database.

One file of 32 random bytes (`hall.secret`) is the root of all of them; several machines share it.
From it, by HKDF: for each lot an intake key (X25519) and a ticket key, and keys for sessions and
for what is held between decryption and read-out. So a dump of the database tells no name, and
a row is found again only by whoever knows whose it is. Beside it lies the hall's signing key.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from bidroom import ids
from bidroom.opening.record import Signed
from crypto.certificates import Certificate
from crypto.softkey import SoftKey

SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12
LOTS_KEPT: Final = 1_000
PUBLIC_BYTES: Final = 32
CERTIFICATE_DAYS: Final = 3650  # of the certificate a hall makes for itself where it has none


class NotOurs(Exception):
    """Sealed with another secret, or altered."""


class WrongSecret(Exception):
    """密钥文件不对 / This hall's secret is not the one that its lots are sealed with."""

    def __init__(self) -> None:
        super().__init__(
            "hall.secret 与数据库中标段所用的不一致：请恢复原来的密钥文件（BIDROOM_SECRETS），"
            "否则已递交的投标文件无法开启\n"
            "hall.secret is not the one that the lots in this database are sealed with: restore"
            " the original file (BIDROOM_SECRETS), or no tender handed in can be opened"
        )


class Vault:
    def __init__(self, secret: bytes) -> None:
        assert len(secret) == SECRET_BYTES
        self._secret = secret
        self._lots: dict[str, LotVault] = {}  # deriving a lot's keys costs more than using them

    @classmethod
    def load(cls, folder: Path) -> Vault:
        """The vault whose secret lies in `folder`; it is made there the first time."""
        return cls(_once(folder / "hall.secret", lambda: ids.random_bytes(SECRET_BYTES)))

    def key(self, purpose: str) -> bytes:
        """32 bytes for `purpose`, the same on every machine that has the secret."""
        return HKDF(hashes.SHA256(), 32, None, f"bidroom/vault/1 {purpose}".encode()).derive(
            self._secret
        )

    def mac(self, purpose: str, text: str) -> bytes:
        """32 bytes by which `text` is found again, and not told."""
        return hmac.digest(self.key(purpose), text.encode(), sha256)

    def seal(self, purpose: str, plain: bytes, bound_to: str = "") -> bytes:
        nonce = ids.random_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key(purpose)).encrypt(nonce, plain, bound_to.encode())

    def open(self, purpose: str, sealed: bytes, bound_to: str = "") -> bytes:
        """Raises NotOurs."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(self.key(purpose)).decrypt(nonce, rest, bound_to.encode())
        except (InvalidTag, ValueError):
            raise NotOurs from None

    def lot(self, lot: str) -> LotVault:
        if lot not in self._lots:
            if len(self._lots) >= LOTS_KEPT:
                self._lots.clear()
            self._lots[lot] = LotVault(self, lot)
        return self._lots[lot]


class LotVault:
    """What ties people to one lot is sealed to its intake key and found by tickets."""

    def __init__(self, vault: Vault, lot: str) -> None:
        self._private = X25519PrivateKey.from_private_bytes(vault.key(f"intake {lot}"))
        self._ticket_key = vault.key(f"ticket {lot}")
        self._lot = lot

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def require(self, public: bytes) -> None:
        """Whether `public`, as the lot was announced with it, is this key's. Raises WrongSecret."""
        if public != self.public:
            raise WrongSecret

    def ticket(self, person: str) -> bytes:
        return hmac.digest(self._ticket_key, person.encode(), sha256)

    def seal(self, plain: bytes, size: int) -> bytes:
        """`plain`, padded to a multiple of `size` so that its length tells nothing."""
        padded = len(plain).to_bytes(4, "big") + plain
        padded += bytes(-len(padded) % size)
        once = X25519PrivateKey.from_private_bytes(ids.random_bytes(32))
        shared = once.exchange(X25519PublicKey.from_public_bytes(self.public))
        public = once.public_key().public_bytes_raw()
        # The key is used once, so its nonce may be fixed.
        return public + AESGCM(self._key(shared, public)).encrypt(bytes(NONCE_BYTES), padded, None)

    def open(self, sealed: bytes) -> bytes:
        """Raises NotOurs."""
        public, rest = sealed[:PUBLIC_BYTES], sealed[PUBLIC_BYTES:]
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(public))
            padded = AESGCM(self._key(shared, public)).decrypt(bytes(NONCE_BYTES), rest, None)
        except (InvalidTag, ValueError):
            raise NotOurs from None
        return padded[4 : 4 + int.from_bytes(padded[:4], "big")]

    def _key(self, shared: bytes, public: bytes) -> bytes:
        info = b"bidroom/intake/1\0" + self._lot.encode() + b"\0" + public + self.public
        return HKDF(hashes.SHA256(), 32, None, info).derive(shared)


class HallKey:
    """What the hall signs receipts and records with."""

    def __init__(
        self,
        private: ec.EllipticCurvePrivateKey,
        certificate: bytes,
        authorities: Sequence[bytes] = (),
    ) -> None:
        self._private, self.certificate = private, certificate
        self.authorities = tuple(authorities)  # DER: what its certificate leads to

    @classmethod
    def load(cls, folder: Path, at: datetime) -> HallKey:
        """`hall.key.pem` and `hall.cert.pem` (with its issuers) in `folder`.

        Without them the hall makes a key, and an authority that certifies it and nothing else.
        """
        key, certificate = folder / "hall.key.pem", folder / "hall.cert.pem"
        if not certificate.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _once(key, lambda: pem)
        private = load_pem_private_key(key.read_bytes(), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey), "the hall signs with P-256"
        if not certificate.exists():
            _once(certificate, lambda: _certified(private, at))
        own, *issuers = x509.load_pem_x509_certificates(certificate.read_bytes())
        ders = [issuer.public_bytes(Encoding.DER) for issuer in issuers]
        return cls(private, own.public_bytes(Encoding.DER), ders)

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data, ec.ECDSA(hashes.SHA256()))

    def signed(self, statement: bytes) -> Signed:
        return Signed(
            statement.decode(),
            b64encode(self.sign(statement)).decode(),
            b64encode(self.certificate).decode(),
        )


def log_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs the public log's heads (`hall.log.key`); made the first time."""
    return Ed25519PrivateKey.from_private_bytes(
        _once(folder / "hall.log.key", lambda: ids.random_bytes(SECRET_BYTES))
    )


def share_key(folder: Path, at: datetime) -> SoftKey:
    """The key that parts of draws' shares are sealed to: `hall.enc.key.pem`, and a certificate that
    the hall makes for it; its contribution to a draw says which, under the hall's own signature.
    """
    key, certificate = folder / "hall.enc.key.pem", folder / "hall.enc.cert.pem"
    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private = load_pem_private_key(_once(key, lambda: pem), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey), "the hall's keys are of P-256"
    name = _name("BidRoom hall, shares")
    found = _once(
        certificate,
        lambda: _certificate(name, private, name, private, at, ca=False, agrees=True).public_bytes(
            Encoding.PEM
        ),
    )
    return SoftKey(private, Certificate.load(found))


def _once(path: Path, make: object) -> bytes:
    """The file at `path`, made by whoever comes first, and readable by nobody else."""
    assert callable(make)
    with suppress(FileExistsError):
        made = path.with_name(f".{path.name}.{ids.new_id()}")
        made.touch(0o600)
        made.write_bytes(make())
        try:
            os.link(made, path)
        finally:
            made.unlink()
    return path.read_bytes()


def _certified(private: ec.EllipticCurvePrivateKey, at: datetime) -> bytes:
    """A certificate for the hall's key, and after it its authority's, whose key is thrown away."""
    authority = ec.generate_private_key(ec.SECP256R1())
    issuer, subject = _name("BidRoom hall authority"), _name("BidRoom hall")
    root = _certificate(issuer, authority, issuer, authority, at, ca=True)
    own = _certificate(subject, private, issuer, authority, at, ca=False)
    return own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuing: ec.EllipticCurvePrivateKey,
    at: datetime,
    *,
    ca: bool,
    agrees: bool = False,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca and not agrees,
                content_commitment=not ca and not agrees,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=agrees,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(issuing, hashes.SHA256())
    )
