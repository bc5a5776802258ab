"""How the tests read the committed vectors, as anybody would who has only the files."""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from crypto.certificates import Certificate
from crypto.softkey import SoftKey
from crypto.trust import TrustList

FOLDER = Path(__file__).parent.parent.parent / "crypto" / "vectors"

Case = dict[str, Any]


@cache
def vectors(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def cases(file: str, part: str) -> pytest.MarkDecorator:
    """One test a vector, by the vector's name."""
    found = vectors(file)[part]
    return pytest.mark.parametrize(
        "case", found, ids=[case.get("name", str(case)) for case in found]
    )


def certificate(name: str) -> Certificate:
    return Certificate(b64decode(vectors("keys")["holders"][name]["certificate"]))


def key(name: str) -> SoftKey:
    """A holder's soft key, from its bare private key."""
    holder = vectors("keys")["holders"][name]
    private = load_der_private_key(b64decode(holder["pkcs8"]), None)
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    chain = [Certificate(b64decode(one)) for one in holder["chain"]]
    return SoftKey(private, certificate(name), chain)


def trust(name: str) -> TrustList:
    told = vectors("keys")["trusts"][name]
    return TrustList(
        [Certificate(b64decode(one)) for one in told["roots"]],
        [Certificate(b64decode(one)) for one in told["intermediates"]],
        [b64decode(one) for one in told["crls"]],
    )
