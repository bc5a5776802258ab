"""Vectors of escrow: what shares restore, and which of them are refused."""

from __future__ import annotations

from collections.abc import Sequence
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


def supervisors(names: Sequence[str], k: int = 2) -> escrow.Supervisors:
    return escrow.Supervisors(k, tuple(cast().holders[name].certificate for name in names))


def sealed(named: escrow.Supervisors | None, seed: str) -> tuple[Package, list[list[bytes]]]:
    """A package with shares for those who are named, and the parts of its sections."""
    holders, parts = cast().holders, list[list[bytes]]([[], []])
    package = seal(
        LETTER,
        [FileIn.of("a", b"a")],
        FACTS,
        holders["a.sign"].key,
        [holders["a.enc"].certificate],
        AT,
        Entropy(seed),
        lambda section, part: parts[section].append(part),
        named,
    )
    return package, parts


def opened(package: Package, names: Sequence[str]) -> dict[int, bytes]:
    """The shares, by their numbers, each with its holder's own key."""
    envelopes = enumerate(zip(names, package.escrow, strict=True), 1)
    return {n: cast().holders[name].key.unwrap(envelope) for n, (name, envelope) in envelopes}


def escrow_cases() -> dict[str, Any]:
    package, _ = sealed(supervisors(HOLDERS), "escrow vector")
    shares = opened(package, HOLDERS)
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
