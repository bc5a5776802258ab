"""One RecipientInfo by itself, as a device gets it; OAEP in software against the library's."""

from __future__ import annotations

import secrets
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from crypto import keyenv, recipient
from crypto.errors import Reason, SealRefused
from tests.crypto.vectors import key

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CONTENT = bytes(range(32))


def infos(*names: str) -> list[bytes]:
    envelope = keyenv.wrap(CONTENT, [key(name).certificate for name in names], secrets.token_bytes)
    return [bytes(info.dump()) for info in keyenv._parse(envelope)["recipient_infos"]]


def bare(wrapped: bytes) -> bytes:
    """What a device does: RSA and nothing else."""
    numbers = RSA.private_numbers()
    number = pow(int.from_bytes(wrapped, "big"), numbers.d, numbers.public_numbers.n)
    return number.to_bytes(256, "big")


def reason(block: bytes) -> Reason:
    with pytest.raises(SealRefused) as no:
        recipient.oaep_decoded(block)
    return no.value.reason


@pytest.mark.parametrize("name", ["a.enc", "a.enc.rsa"])
def test_a_recipient_alone_holds_what_opens_the_envelope(name: str) -> None:
    (info,) = infos(name)

    assert len(key(name).unwrap_recipient(info)) == 32
    with pytest.raises(SealRefused):
        key("a.enc.second").unwrap_recipient(info)


def test_what_the_library_wraps_is_decoded() -> None:
    for _ in range(50):
        content = secrets.token_bytes(32)
        assert (
            recipient.oaep_decoded(bare(RSA.public_key().encrypt(content, keyenv.OAEP))) == content
        )


def test_one_bit_anywhere_is_refused_alike() -> None:
    block = bare(RSA.public_key().encrypt(CONTENT, keyenv.OAEP))

    for at in range(len(block)):
        assert (
            reason(block[:at] + bytes([block[at] ^ 0x40]) + block[at + 1 :])
            is Reason.KEYENV_ALTERED
        )


@pytest.mark.parametrize("length", [0, 31, 33, 100])
def test_a_message_of_another_length_is_refused(length: int) -> None:
    wrapped = RSA.public_key().encrypt(bytes(length), keyenv.OAEP)

    assert reason(bare(wrapped)) is Reason.KEYENV_ALTERED


def test_a_message_is_not_taken_for_its_own_padding() -> None:
    for start in (b"\1" * 32, b"\0" * 31 + b"\1", sha256(b"").digest()):
        wrapped = RSA.public_key().encrypt(start, keyenv.OAEP)
        assert recipient.oaep_decoded(bare(wrapped)) == start


def test_zeros_before_a_shared_point_may_be_there_or_not() -> None:
    """Devices write the coordinate as a number, or as 32 bytes."""
    shared = bytes(2) + secrets.token_bytes(30)
    wrapped = aes_key_wrap(keyenv.derive(shared), CONTENT)
    found = recipient.Agreement(b"", wrapped)

    for spelled in (shared, shared.lstrip(b"\0"), bytes(3) + shared):
        assert found.key(spelled) == CONTENT
    with pytest.raises(SealRefused) as no:
        found.key(shared + b"\0")
    assert no.value.reason is Reason.KEYENV_ALTERED


@pytest.mark.parametrize("broken", [b"", b"\x30\x00", b"\x30" * 100, b"\0" * 5000])
def test_what_is_no_recipient_is_refused(broken: bytes) -> None:
    with pytest.raises(SealRefused) as no:
        recipient.read(broken)
    assert no.value.reason in (Reason.MALFORMED_KEYENV, Reason.TOO_LARGE)


def test_a_point_off_the_curve_never_reaches_a_device() -> None:
    (info,) = infos("a.enc")
    found = recipient.read(info)
    assert isinstance(found, recipient.Agreement)
    off = found.point[:-1] + bytes([found.point[-1] ^ 1])

    with pytest.raises(SealRefused) as no:
        recipient.read(info.replace(found.point, off))
    assert no.value.reason is Reason.MALFORMED_KEYENV
