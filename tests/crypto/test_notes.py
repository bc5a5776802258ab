"""Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto import notes
from crypto.errors import Reason, SealRefused

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NAME = "hall.example/opening/LOT-001"
HEAD = notes.Checkpoint(NAME, 12, sha256(b"root").digest())
KEY = notes.Key(NAME, LOG.public_key().public_bytes_raw())
COSIGNER = notes.Key("witness.example", WITNESS.public_key().public_bytes_raw(), cosigns=True)

# https://c2sp.org/signed-note names this key and note (PeterNeumann), made with Go's sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_the_reference_implementation_is_read() -> None:
    key, note = notes.Key.parse(GO_KEY), notes.parse(GO_NOTE)
    assert notes.vouched(note, [key]) == [key]
    assert str(key) == GO_KEY
    assert str(note) == GO_NOTE


def test_a_head_is_signed_and_cosigned() -> None:
    note = notes.sign(str(HEAD), NAME, LOG)
    both = notes.parse(
        str(note.adding(notes.cosign(note, "witness.example", WITNESS, 1_700_000_000)))
    )
    assert both.checkpoint == HEAD
    assert notes.vouched(both, [KEY, COSIGNER]) == [KEY, COSIGNER]
    assert notes.Key.parse(str(COSIGNER)) == COSIGNER
    assert notes.vouched(note, [COSIGNER]) == []


def refused(note: str) -> Reason | None:
    try:
        found = notes.parse(note)
        _ = found.checkpoint
        return None if notes.vouched(found, [KEY]) else Reason.SIGNER_UNKNOWN
    except SealRefused as no:
        return no.reason


def test_whatever_is_changed_is_refused() -> None:
    good = str(notes.sign(str(HEAD), NAME, LOG))
    assert refused(good) is None
    bad = {
        good.replace("\n12\n", "\n13\n"): Reason.SIGNATURE_BAD,
        good.replace("\n12\n", "\n012\n"): Reason.MALFORMED_SIGNATURE,
        good.replace("LOT-001\n12", "LOT-002\n12"): Reason.SIGNATURE_BAD,
        good.replace("— hall", "- hall"): Reason.MALFORMED_SIGNATURE,
        good.replace("\n\n", "\n"): Reason.MALFORMED_SIGNATURE,
        good[:-1]: Reason.MALFORMED_SIGNATURE,
        good + "x": Reason.MALFORMED_SIGNATURE,
        str(notes.sign(str(HEAD), "other", LOG)): Reason.SIGNER_UNKNOWN,
        "": Reason.MALFORMED_SIGNATURE,
        "x" * 70_000: Reason.TOO_LARGE,
    }
    assert {note: refused(note) for note in bad} == bad


@pytest.mark.parametrize(
    "key",
    ["", "a+b", "a+00000000+AA==", str(KEY).replace("+", "-", 1), str(KEY)[:-4] + "AAA="],
)
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(SealRefused):
        notes.Key.parse(key)


def test_a_cosignature_is_over_its_time_too() -> None:
    note = notes.cosign(notes.sign(str(HEAD), NAME, LOG), "witness.example", WITNESS, 7)
    name, told, rest = note.lines[0]
    later = notes.Note(note.text, ((name, told, (8).to_bytes(8, "big") + rest[8:]),))
    assert notes.vouched(note, [COSIGNER]) == [COSIGNER]
    with pytest.raises(SealRefused) as no:
        notes.vouched(later, [COSIGNER])
    assert no.value.reason is Reason.SIGNATURE_BAD
    assert b64encode(told)  # four bytes that name the key
