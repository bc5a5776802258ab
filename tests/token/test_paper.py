"""What a signature would be under: national seals, acts yet unknown, and longest texts."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.hashes import SM3, Hash

from bidroom.token import paper
from bidroom.token.device import Algorithm
from crypto import canonical
from crypto.errors import Reason, SealRefused

ORIGIN: Final = "https://hall.example"
SEAL: Final = canonical.encode({"typ": "bidroom/seal/1", "header": "ef" * 32})


def sm3(data: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()


def attributes(digest: bytes) -> bytes:
    return bytes(
        cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
            ]
        ).dump()
    )


@pytest.mark.parametrize("algorithm", [one for one in Algorithm if one.signs])
def test_a_seal_is_hashed_as_its_algorithm_hashes(algorithm: Algorithm) -> None:
    own, other = sm3(SEAL), sha256(SEAL).digest()
    if algorithm is not Algorithm.SM2_SM3:
        own, other = other, own

    assert paper.read(attributes(own), SEAL, ORIGIN, algorithm).en == "seal a tender"
    with pytest.raises(SealRefused) as no:
        paper.read(attributes(other), SEAL, ORIGIN, algorithm)
    assert no.value.reason is Reason.NOT_FOR_SIGNING


def test_an_act_that_it_does_not_know_yet_is_shown_and_binds() -> None:
    text = canonical.encode({"typ": "bidroom/act/9", "purpose": "dance", "opening": "LOT-1"})
    other = canonical.encode({"typ": "bidroom/draw-share/1", "value": [1, {"a": True}]})

    assert paper.read(text, b"", ORIGIN, Algorithm.ECDSA) == paper.Paper(
        "dance", "dance", ("opening: LOT-1", "purpose: dance"), True
    )
    assert paper.read(other, b"", ORIGIN, Algorithm.ECDSA).lines == ('value: [1,{"a":true}]',)


def test_nothing_but_an_act_passes_for_a_log_in() -> None:
    login = canonical.encode({"typ": "bidroom/act/2", "purpose": "login"})
    dressed = canonical.encode({"typ": "bidroom/open/1", "purpose": "login"})

    assert not paper.read(login, b"", ORIGIN, Algorithm.ECDSA).binding
    shown = paper.read(dressed, b"", ORIGIN, Algorithm.ECDSA)
    assert (shown.en, shown.binding) == ("open a tender", True)


@pytest.mark.parametrize(
    "typ", ["bidroom/act/0", "bidroom/act/", "bidroom/act/1 ", "Bidroom/act/1"]
)
def test_a_typ_is_one_of_ours(typ: str) -> None:
    with pytest.raises(SealRefused) as no:
        paper.read(canonical.encode({"typ": typ}), b"", ORIGIN, Algorithm.ECDSA)
    assert no.value.reason is Reason.NOT_FOR_SIGNING


@pytest.mark.parametrize("length", [paper.STATEMENT_MAX, paper.STATEMENT_MAX + 1])
def test_a_text_has_a_longest(length: int) -> None:
    bare = len(canonical.encode({"typ": "bidroom/act/2", "x": ""}))
    text = canonical.encode({"typ": "bidroom/act/2", "x": "x" * (length - bare)})

    if length == paper.STATEMENT_MAX:
        assert paper.read(text, b"", ORIGIN, Algorithm.ECDSA)
        return
    with pytest.raises(SealRefused):
        paper.read(text, b"", ORIGIN, Algorithm.ECDSA)
