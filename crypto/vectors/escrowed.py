"""Vectors of escrow: what shares restore, and which of them are refused."""

from __future__ import annotations

from functools import partial
from typing import Any

from crypto import escrow
from crypto.errors import Reason
from crypto.letter import FileIn
from crypto.seal import Package, seal
from crypto.vectors.cases import Case, Entropy, b64, flipped, refused
from crypto.vectors.cast import AT, cast
from crypto.vectors.made import FACTS
from crypto.vectors.plain import LETTER

HOLDERS = ("b.enc", "a.enc.second", "a.enc")  # anybody's will do: a notice chooses them


def escrowed() -> tuple[Package, dict[int, bytes]]:
    """A package of which any two of three restore the keys, and the shares."""
    holders = cast().holders
    package = seal(
        LETTER,
        [FileIn.of("a", b"a")],
        FACTS,
        holders["a.sign"].key,
        [holders["a.enc"].certificate],
        AT,
        Entropy("escrow vector"),
        lambda *_: None,
        escrow.Supervisors(2, tuple(holders[name].certificate for name in HOLDERS)),
    )
    envelopes = zip(HOLDERS, package.escrow, strict=True)
    opened = (holders[name].key.unwrap(envelope) for name, envelope in envelopes)
    return package, dict(enumerate(opened, 1))


def escrow_cases() -> dict[str, Any]:
    package, shares = escrowed()
    wrong = {**shares, 2: flipped(shares[2], 0)}
    crossed = {1: shares[2], 2: shares[1]}
    cases = [_restored(package, {n: shares[n] for n in chosen}) for chosen in ((1, 2), (1, 3))]
    cases.append(_restored(package, shares))
    for name, given, reason in (
        ("a wrong share", wrong, Reason.WRONG_KEY),
        ("shares under each other's numbers", crossed, Reason.WRONG_KEY),
        ("a number that nobody has", {1: shares[1], 4: shares[2]}, Reason.NOT_A_RECIPIENT),
        ("one alone", {1: shares[1]}, Reason.NOT_A_RECIPIENT),
    ):
        restore = partial(escrow.restore, package.header, given, package.heads)
        cases.append(refused(reason, restore, name=name, shares=_told(given)))
    return {
        "header": b64(package.header),
        "heads": [head.hex() for head in package.heads],
        "restore": cases,
    }


def _restored(package: Package, shares: dict[int, bytes]) -> Case:
    keys = escrow.restore(package.header, shares, package.heads)
    name = f"shares {', '.join(map(str, shares))}"
    return {"name": name, "shares": _told(shares), "keys": [key.hex() for key in keys]}


def _told(shares: dict[int, bytes]) -> dict[str, str]:
    return {str(number): share.hex() for number, share in shares.items()}
