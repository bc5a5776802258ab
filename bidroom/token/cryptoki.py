"""Tokens behind a PKCS#11 module: what their keys do is done on them, and no key ever leaves.

A token is asked for little: CKM_ECDSA, CKM_RSA_PKCS, CKM_ECDH1_DERIVE without a KDF, CKM_RSA_X_509.
Hashing, the KDF and OAEP are ours, because few tokens do them with SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeVar

import pkcs11
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.mechanisms import KDF

from bidroom.token.device import Algorithm, HeldKey, Pin, Token, held, require, require_signing
from crypto import recipient as envelope
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused

OBJECTS_MAX: Final = 256  # of a token that are looked at
SHARED_BITS: Final = 256
# DigestInfo with SHA-256 up to the digest itself (RFC 8017 §9.2, note 1)
DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
NEEDED: Final = {
    Algorithm.ECDSA: Mechanism.ECDSA,
    Algorithm.ECDH: Mechanism.ECDH1_DERIVE,
    Algorithm.RSA_PKCS1: Mechanism.RSA_PKCS,
    Algorithm.RSA_OAEP: Mechanism.RSA_X_509,
}
T = TypeVar("T")

_GONE: Final = (
    pkcs11.DeviceRemoved,
    pkcs11.NoSuchToken,
    pkcs11.SlotIDInvalid,
    pkcs11.TokenNotPresent,
    pkcs11.TokenNotRecognised,
)
_SHUT: Final = (
    pkcs11.KeyHandleInvalid,
    pkcs11.ObjectHandleInvalid,
    pkcs11.SessionClosed,
    pkcs11.SessionHandleInvalid,
    pkcs11.UserNotLoggedIn,
)
_REJECTED: Final = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)


class NoModule(Exception):
    """驱动无法加载 / The PKCS#11 module can't be loaded; says why, in both languages."""


class _Opened(NamedTuple):
    session: Any
    keys: Sequence[HeldKey]


class Cryptoki:
    """All tokens of one module, `path`. Raises NoModule."""

    def __init__(self, path: str) -> None:
        try:
            self._library = pkcs11.lib(path)
        except pkcs11.PKCS11Error as fault:
            raise NoModule(
                f"无法加载驱动 / cannot load the module {path}: {_named(fault)}"
            ) from None
        self._open: dict[str, _Opened] = {}  # those whose PIN was given

    def info(self) -> Sequence[Token]:
        return self._spoken(lambda: [_token(found) for found in self._tokens()])

    def list(self, token: str) -> Sequence[HeldKey]:
        def read() -> Sequence[HeldKey]:
            found = self._token(token)
            if token in self._open:
                return self._open[token].keys
            with found.open() as passing:
                return _keys(passing, token, found)

        return self._spoken(read, token)

    def open(self, token: str, pin: str) -> None:
        self.close(token)  # else an open token would take any PIN
        found = self._spoken(lambda: self._token(token))
        if found.flags & TokenFlag.USER_PIN_LOCKED:
            raise SealRefused(Reason.PIN_LOCKED)
        pad = found.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH
        try:
            session = self._spoken(
                lambda: found.open(user_pin=pkcs11.types.PROTECTED_AUTH if pad else pin), token
            )
        except SealRefused as no:
            if not self._open:
                self._library.reinitialize()  # closes the session that a wrong PIN leaves
            if no.reason is Reason.PIN_REJECTED:
                raise SealRefused(self._how_rejected(token)) from None
            raise
        self._open[token] = _Opened(session, ())
        keys = self._spoken(lambda: _keys(session, token, found), token)
        self._open[token] = _Opened(session, keys)

    def close(self, token: str) -> None:
        opened = self._open.pop(token, None)
        if opened is not None:
            with suppress(pkcs11.PKCS11Error):  # it was pulled out
                opened.session.close()

    def sign(self, key: str, data: bytes, algorithm: Algorithm) -> bytes:
        require_signing(algorithm)
        private = self._private(key, algorithm)
        digest = sha256(data).digest()
        if algorithm is Algorithm.RSA_PKCS1:
            block = DIGEST_INFO + digest
            return self._used(key, lambda: private.sign(block, mechanism=Mechanism.RSA_PKCS))
        plain = self._used(key, lambda: private.sign(digest, mechanism=Mechanism.ECDSA))
        half = len(plain) // 2
        return encode_dss_signature(
            int.from_bytes(plain[:half], "big"), int.from_bytes(plain[half:], "big")
        )

    def unwrap(self, key: str, recipient: bytes) -> bytes:
        wanted = envelope.read(recipient)
        if isinstance(wanted, envelope.Transport):
            private = self._private(key, Algorithm.RSA_OAEP)
            bare = Mechanism.RSA_X_509
            return wanted.key(
                self._used(key, lambda: private.decrypt(wanted.wrapped, mechanism=bare))
            )
        if isinstance(wanted, envelope.National):  # PKCS #11 3.1 has no mechanism for SM2
            raise SealRefused(Reason.KEY_UNSUITED, "SM2")
        private = self._private(key, Algorithm.ECDH)
        return wanted.key(self._used(key, lambda: _agreed(private, wanted.point)))

    def _private(self, key: str, algorithm: Algorithm) -> Any:
        token, _, name = key.rpartition("/")
        self._spoken(lambda: self._token(token), token)
        opened = self._open.get(token)
        if opened is None:
            raise SealRefused(Reason.TOKEN_SHUT)
        require(opened.keys, key, algorithm)
        template = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: bytes.fromhex(name)}
        private = self._spoken(
            lambda: next(iter(opened.session.get_objects(template)), None), token
        )
        if private is None:
            raise SealRefused(Reason.NO_KEY)
        return private

    def _tokens(self) -> Sequence[Any]:
        """What is plugged in."""
        found = self._present()
        if not found or not self._open.keys() <= {_id_of(token) for token in found}:
            # Some modules see only after a new start what was plugged in or pulled out.
            for token in [*self._open]:
                self.close(token)
            self._library.reinitialize()
            found = self._present()
        return found

    def _present(self) -> Sequence[Any]:
        tokens = []
        for slot in self._library.get_slots(token_present=True):
            with suppress(pkcs11.PKCS11Error):  # pulled out, or never set up
                token = slot.get_token()
                if token.flags & TokenFlag.TOKEN_INITIALIZED:
                    tokens.append(token)
        return tokens

    def _token(self, name: str) -> Any:
        found = next((token for token in self._tokens() if _id_of(token) == name), None)
        if found is None:
            raise SealRefused(Reason.TOKEN_MISSING)
        return found

    def _how_rejected(self, token: str) -> Reason:
        match self._spoken(lambda: _token(self._token(token))).pin:
            case Pin.LOCKED:
                return Reason.PIN_LOCKED
            case Pin.LAST_TRY:
                return Reason.PIN_LAST_TRY
            case _:
                return Reason.PIN_REJECTED

    def _used(self, key: str, work: Callable[[], bytes]) -> bytes:
        return self._spoken(lambda: bytes(work()), key.rpartition("/")[0])

    def _spoken(self, work: Callable[[], T], token: str | None = None) -> T:
        """`work`, whose failures have our names; a token that forgot its session is shut."""
        try:
            return work()
        except pkcs11.PKCS11Error as fault:
            no = refusal(fault)
        if no.reason in (Reason.TOKEN_MISSING, Reason.TOKEN_SHUT):
            for name in [*self._open] if token is None else [token]:
                self.close(name)
        raise no


def refusal(fault: pkcs11.PKCS11Error) -> SealRefused:
    """What a PKCS#11 error means for its user."""
    match fault:
        case pkcs11.PinLocked():
            return SealRefused(Reason.PIN_LOCKED)
        case pkcs11.UserPinNotInitialized() | pkcs11.PinExpired():
            return SealRefused(Reason.PIN_LOCKED, _named(fault))
        case pkcs11.FunctionCancelled():  # at a token's own keys
            return SealRefused(Reason.PIN_NOT_GIVEN)
    if isinstance(fault, _REJECTED):
        return SealRefused(Reason.PIN_REJECTED)
    if isinstance(fault, _GONE):
        return SealRefused(Reason.TOKEN_MISSING)
    if isinstance(fault, _SHUT):
        return SealRefused(Reason.TOKEN_SHUT)
    return SealRefused(Reason.TOKEN_FAILED, _named(fault))


def _named(fault: pkcs11.PKCS11Error) -> str:
    return type(fault).__name__ if type(fault) is not pkcs11.PKCS11Error else str(fault)


def _id_of(token: Any) -> str:
    """Serial numbers are the token's own; a slot's number changes with what is plugged in."""
    return bytes(token.serial).decode("ascii", "replace").strip().replace("/", "-")


def _token(found: Any) -> Token:
    flags = found.flags
    states = (
        (TokenFlag.USER_PIN_LOCKED, Pin.LOCKED),
        (TokenFlag.USER_PIN_FINAL_TRY, Pin.LAST_TRY),
        (TokenFlag.USER_PIN_COUNT_LOW, Pin.LOW),
    )
    pin = next((state for flag, state in states if flags & flag), Pin.GOOD)
    if not flags & TokenFlag.USER_PIN_INITIALIZED:
        pin = Pin.UNSET
    pad = bool(flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH)
    return Token(_id_of(found), found.label, found.manufacturer_id, found.model, pin, pad)


def _keys(session: Any, token: str, found: Any) -> Sequence[HeldKey]:
    """Those that the token has the mechanism for."""
    mechanisms = found.slot.get_mechanisms()
    can = [algorithm for algorithm, needed in NEEDED.items() if needed in mechanisms]
    return held(token, _certificates(session, token), can)


def _certificates(session: Any, token: str) -> list[tuple[str, Certificate]]:
    """Each with the id of its key; what can't be read as a certificate is passed over."""
    found = []
    template = {Attribute.CLASS: ObjectClass.CERTIFICATE}
    for number, one in enumerate(session.get_objects(template)):
        if number >= OBJECTS_MAX:
            break
        try:
            certificate = Certificate(bytes(one[Attribute.VALUE]))
        except (SealRefused, pkcs11.PKCS11Error):
            continue
        name = bytes(one[Attribute.ID]).hex()
        found.append((f"{token}/{name}" if name else "", certificate))
    return found


def _agreed(private: Any, point: bytes) -> bytes:
    """The x coordinate of the shared point; the object that holds it lives as long as we look."""
    shared = private.derive_key(
        KeyType.GENERIC_SECRET,
        SHARED_BITS,
        mechanism=Mechanism.ECDH1_DERIVE,
        mechanism_param=(KDF.NULL, None, point),
        template={Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
    )
    try:
        return bytes(shared[Attribute.VALUE])
    finally:
        shared.destroy()
