"""Every kind of device does the same: it signs and unwraps once open, and no key leaves it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag

from bidroom.cli.centre import PIN as FILE_PIN
from bidroom.token.cryptoki import NEEDED, Cryptoki, NoModule, refusal
from bidroom.token.device import Algorithm, Device, HeldKey, Pin
from bidroom.token.soft import Soft
from crypto import keyenv, signing
from crypto.certificates import Usage
from crypto.errors import Reason, SealRefused
from tests.token.conftest import FIRMS, PIN
from tests.token.softhsm import Slots, module


def pin_of(device: Device) -> str:
    return FILE_PIN if isinstance(device, Soft) else PIN


def opened(device: Device) -> list[HeldKey]:
    """Every key of every token."""
    keys: list[HeldKey] = []
    for token in device.info():
        device.open(token.id, pin_of(device))
        keys += device.list(token.id)
    return keys


def refused(work: Callable[[], object]) -> Reason:
    with pytest.raises(SealRefused) as no:
        work()
    return no.value.reason


def recipient_of(key: HeldKey, content: bytes) -> bytes:
    """The RecipientInfo for `key` in an envelope around `content`."""
    envelope = keyenv.wrap(content, [key.certificate], secrets.token_bytes)
    return bytes(keyenv._parse(envelope)["recipient_infos"][0].dump())


def test_keys_are_known_by_their_certificates(device: Device) -> None:
    keys = opened(device)

    assert {algorithm for key in keys for algorithm in key.algorithms} == {
        Algorithm.ECDSA,
        Algorithm.RSA_PKCS1,
        Algorithm.ECDH,
        Algorithm.RSA_OAEP,
    }
    for key in keys:
        assert len(key.certificate.usages) == len(key.algorithms) == 1
        assert [ca.subject_name for ca in key.chain] == ["BidRoom", "BidRoom"]


def test_it_signs_and_only_what_the_certificate_is_for(device: Device) -> None:
    for key in opened(device):
        (algorithm,) = key.algorithms
        if Usage.SIGN in key.certificate.usages:
            data = secrets.token_bytes(100)
            signing.verify(key.certificate, data, device.sign(key.id, data, algorithm))
        for other in set(Algorithm) - {algorithm if algorithm.signs else None}:
            assert refused(lambda k=key, o=other: device.sign(k.id, b"", o)) is Reason.KEY_UNSUITED  # type: ignore[misc]


def test_it_unwraps_the_key_of_one_recipient(device: Device) -> None:
    for key in opened(device):
        if Usage.ENCRYPT not in key.certificate.usages:
            continue
        content = secrets.token_bytes(32)
        envelope = keyenv.wrap(content, [key.certificate], secrets.token_bytes)
        info = bytes(keyenv._parse(envelope)["recipient_infos"][0].dump())
        raw = device.unwrap(key.id, info)
        assert len(raw) == 32
        assert raw != content, "what is inside the envelope is for the page to open"
        with pytest.raises(SealRefused) as no:
            device.unwrap(key.id, _flipped(info))
        assert no.value.reason in (Reason.KEYENV_ALTERED, Reason.MALFORMED_KEYENV)


def test_a_key_is_not_used_for_anothers_recipient(device: Device) -> None:
    mine, *_, other = [key for key in opened(device) if Usage.ENCRYPT in key.certificate.usages]

    info = recipient_of(other, bytes(32))

    assert refused(lambda: device.unwrap(mine.id, info)) in (
        Reason.KEY_UNSUITED,
        Reason.KEYENV_ALTERED,
    )


def test_nothing_is_done_before_the_pin_and_after_closing(device: Device) -> None:
    for key in opened(device):
        device.close(key.token)
        for algorithm in key.algorithms:
            if algorithm.signs:
                shut = refused(lambda k=key, a=algorithm: device.sign(k.id, b"", a))  # type: ignore[misc]
            else:
                info = recipient_of(key, bytes(32))
                shut = refused(lambda k=key, i=info: device.unwrap(k.id, i))  # type: ignore[misc]
            assert shut is Reason.TOKEN_SHUT


def test_a_wrong_pin_is_rejected_and_the_right_one_still_does(device: Device) -> None:
    for token in device.info():
        assert refused(lambda t=token: device.open(t.id, "11111111")) is Reason.PIN_REJECTED  # type: ignore[misc]
    assert opened(device)


def test_an_open_token_takes_no_wrong_pin(device: Device) -> None:
    keys = opened(device)
    first, *_ = device.info()

    assert refused(lambda: device.open(first.id, "11111111")) is Reason.PIN_REJECTED
    for key in keys:
        if key.token == first.id and key.algorithms[0].signs:
            shut = refused(lambda k=key: device.sign(k.id, b"", k.algorithms[0]))  # type: ignore[misc]
            assert shut is Reason.TOKEN_SHUT


def test_what_is_not_there_is_missing(device: Device) -> None:
    opened(device)
    first, *_ = device.info()

    assert refused(lambda: device.list("nobody")) is Reason.TOKEN_MISSING
    assert refused(lambda: device.open("nobody", "1")) is Reason.TOKEN_MISSING
    unknown = f"{first.id}/ff"
    assert refused(lambda: device.sign(unknown, b"", Algorithm.ECDSA)) in (
        Reason.NO_KEY,
        Reason.TOKEN_MISSING,
    )


@pytest.fixture
def token(slots: Slots) -> Cryptoki:
    pkcs11.lib(module()).reinitialize()
    return Cryptoki(module())


def test_a_token_that_is_pulled_out_is_missing_and_its_pin_is_asked_again(
    token: Cryptoki, slots: Slots
) -> None:
    key = next(key for key in opened(token) if key.algorithms[0].signs)

    def again() -> bytes:
        return token.sign(key.id, b"x", key.algorithms[0])

    slots.pull_out()
    assert refused(again) is Reason.TOKEN_MISSING
    assert token.info() == []
    slots.plug_in()
    assert {found.label for found in token.info()} == set(FIRMS)
    assert refused(again) is Reason.TOKEN_SHUT
    token.open(key.token, PIN)
    signing.verify(key.certificate, b"x", again())


def test_a_locked_token_says_so_before_a_pin_is_tried(token: Cryptoki, slots: Slots) -> None:
    slots.mark(TokenFlag.USER_PIN_LOCKED)
    pkcs11.lib(module()).reinitialize()

    for found in token.info():
        assert found.pin is Pin.LOCKED
        assert refused(lambda f=found: token.open(f.id, PIN)) is Reason.PIN_LOCKED  # type: ignore[misc]


def test_the_last_try_is_named(token: Cryptoki, slots: Slots) -> None:
    slots.mark(TokenFlag.USER_PIN_FINAL_TRY)
    pkcs11.lib(module()).reinitialize()

    first, *_ = token.info()
    assert first.pin is Pin.LAST_TRY
    assert refused(lambda: token.open(first.id, "11111111")) is Reason.PIN_LAST_TRY


@pytest.mark.parametrize("lost", NEEDED)
def test_a_key_that_the_token_can_do_nothing_with_is_not_offered(
    slots: Slots, lost: Algorithm
) -> None:
    slots.allow(*(f"CKM_{needed.name}" for one, needed in NEEDED.items() if one is not lost))
    pkcs11.lib(module()).reinitialize()
    token = Cryptoki(module())

    offered = {algorithm for key in opened(token) for algorithm in key.algorithms}

    assert offered == {*NEEDED} - {lost}


def test_no_private_key_can_be_taken_out(slots: Slots) -> None:
    library = pkcs11.lib(module())
    library.reinitialize()
    secret = (Attribute.VALUE, Attribute.PRIVATE_EXPONENT, Attribute.PRIME_1)
    for found in library.get_tokens(token_flags=TokenFlag.TOKEN_INITIALIZED):
        with found.open(rw=True, user_pin=PIN) as session:
            wrapping: Any = session.generate_key(KeyType.AES, 256, capabilities=_WRAPS)
            keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
            assert len(keys) == 2
            (born,) = [key for key in keys if key[Attribute.LOCAL]]
            assert born[Attribute.NEVER_EXTRACTABLE], "the signing key was never anywhere else"
            for key in keys:
                assert key[Attribute.SENSITIVE]
                assert not key[Attribute.EXTRACTABLE]
                assert not [name for name in secret if _readable(key, name)]
                with pytest.raises(pkcs11.KeyUnextractable):
                    wrapping.wrap_key(key, mechanism=Mechanism.AES_KEY_WRAP_PAD)
                with pytest.raises(pkcs11.PKCS11Error):
                    key[Attribute.EXTRACTABLE] = True
                with pytest.raises(pkcs11.PKCS11Error):
                    key.copy({Attribute.EXTRACTABLE: True})


_WRAPS = pkcs11.MechanismFlag.WRAP


def _readable(key: Any, name: Attribute) -> bool:
    try:
        return bool(key[name])
    except (pkcs11.AttributeSensitive, pkcs11.AttributeTypeInvalid):
        return False


def test_a_module_that_cannot_be_loaded_is_named() -> None:
    with pytest.raises(NoModule, match=r"/nowhere/lib\.so"):
        Cryptoki("/nowhere/lib.so")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (pkcs11.PinIncorrect, Reason.PIN_REJECTED),
        (pkcs11.PinLenRange, Reason.PIN_REJECTED),
        (pkcs11.PinLocked, Reason.PIN_LOCKED),
        (pkcs11.UserPinNotInitialized, Reason.PIN_LOCKED),
        (pkcs11.FunctionCancelled, Reason.PIN_NOT_GIVEN),
        (pkcs11.DeviceRemoved, Reason.TOKEN_MISSING),
        (pkcs11.TokenNotPresent, Reason.TOKEN_MISSING),
        (pkcs11.SessionHandleInvalid, Reason.TOKEN_SHUT),
        (pkcs11.UserNotLoggedIn, Reason.TOKEN_SHUT),
        (pkcs11.DeviceError, Reason.TOKEN_FAILED),
    ],
)
def test_what_a_driver_says_has_our_name(fault: type[pkcs11.PKCS11Error], reason: Reason) -> None:
    assert refusal(fault()).reason is reason


def _flipped(info: bytes) -> bytes:
    return info[:-1] + bytes([info[-1] ^ 1])
