"""Keys in .p12 files as a device: each file is a token, and its PIN opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidroom.token.device import Algorithm, HeldKey, Pin, Token, held, require, require_signing
from crypto import recipient as envelope
from crypto.errors import Reason, SealRefused
from crypto.softkey import SoftKey, open_pkcs12

MAKER = "PKCS#12"
ONLY = "key"  # a file has one


class Soft:
    """`files`: names and what stands in them. A file's certificates are under its PIN, too."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)
        self._open: dict[str, SoftKey] = {}

    def info(self) -> Sequence[Token]:
        return [Token(name, name, MAKER, "", Pin.GOOD) for name in self._files]

    def list(self, token: str) -> Sequence[HeldKey]:
        self._file(token)
        key = self._open.get(token)
        if key is None:
            return []
        found = [(f"{token}/{ONLY}", key.certificate), *(("", one) for one in key.chain)]
        return held(token, found)

    def open(self, token: str, pin: str) -> None:
        self.close(token)
        try:
            self._open[token] = open_pkcs12(self._file(token), pin)
        except SealRefused as no:
            if no.reason is Reason.WRONG_PIN:
                raise SealRefused(Reason.PIN_REJECTED) from None
            raise

    def close(self, token: str) -> None:
        self._open.pop(token, None)

    def sign(self, key: str, data: bytes, algorithm: Algorithm) -> bytes:
        require_signing(algorithm)
        return self._key(key, algorithm).sign(data)

    def unwrap(self, key: str, recipient: bytes) -> bytes:
        wanted = envelope.read(recipient)
        transport = isinstance(wanted, envelope.Transport)
        own = self._key(key, Algorithm.RSA_OAEP if transport else Algorithm.ECDH)
        return own.unwrap_recipient(recipient)

    def _key(self, name: str, algorithm: Algorithm) -> SoftKey:
        token = name.removesuffix(f"/{ONLY}")
        self._file(token)
        key = self._open.get(token)
        if key is None:
            raise SealRefused(Reason.TOKEN_SHUT)
        require(self.list(token), name, algorithm)
        return key

    def _file(self, token: str) -> bytes:
        try:
            return self._files[token]
        except KeyError:
            raise SealRefused(Reason.TOKEN_MISSING) from None
