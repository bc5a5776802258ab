"""Packages that the vectors are made of, and how one is changed."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

from crypto import canonical, merkle, signing
from crypto.accept import Expected, accept
from crypto.header import HeaderFacts, Manifest
from crypto.letter import FileIn
from crypto.seal import Package, seal
from crypto.suites import INT1
from crypto.vectors.cases import Case, Entropy, b64
from crypto.vectors.cast import AT, CODE_A, cast
from crypto.vectors.plain import LETTER

NOTICE = sha256(b"notice").hexdigest()
FACTS = HeaderFacts("INT1", "2026-001", "2026-001-1", CODE_A, NOTICE)
FILES = [("技术标.pdf", b"%PDF-1.7 " + bytes(200)), ("𠮷.xlsx", b"PK\x03\x04"), ("空.txt", b"")]


@dataclass(frozen=True, slots=True)
class Made:
    """A package with its sections' bytes, as it lies in a store."""

    header: bytes
    keyenv: bytes
    seal_json: bytes
    seal_p7s: bytes
    sections: tuple[bytes, ...]

    def told(self) -> Case:
        return {
            "header": b64(self.header),
            "keyenv": b64(self.keyenv),
            "seal_json": b64(self.seal_json),
            "seal_p7s": b64(self.seal_p7s),
            "sections": [b64(section) for section in self.sections],
        }

    def changed_from(self, other: Made) -> Case:
        mine, theirs = self.told(), other.told()
        return {name: mine[name] for name in mine if mine[name] != theirs[name]}

    def resealed(self, holder: str = "a.sign") -> Made:
        """The same with a seal.json and a signature that fit what now stands in it."""
        roots = tuple(merkle.root(merkle.part_hashes(one)).hex() for one in self.sections)
        lengths = tuple(len(section) for section in self.sections)
        seal_json = Manifest(INT1.digest(self.header), lengths, roots).encode()
        people = cast()
        others = [people.holders[name].certificate for name in ("a.enc", "b.enc")]
        p7s = signing.cades_sign(people.holders[holder].key, seal_json, AT, others)
        return replace(self, seal_json=seal_json, seal_p7s=p7s)


@cache
def made(
    signer: str = "a.sign",
    recipients: tuple[str, ...] = ("a.enc",),
    facts: HeaderFacts = FACTS,
    seed: str = "package",
) -> tuple[Made, Package, Entropy]:
    people, entropy = cast(), Entropy(seed)
    parts: list[list[bytes]] = [[], []]
    package = seal(
        letter=LETTER,
        files=[FileIn.of(name, data) for name, data in FILES],
        facts=facts,
        signer=people.holders[signer].key,
        recipients=[people.holders[name].certificate for name in recipients],
        at=AT,
        entropy=entropy,
        sink=lambda section, part: parts[section].append(part),
    )
    sealed = tuple(b"".join(found) for found in parts)
    whole = Made(package.header, package.keyenv, package.seal_json, package.seal_p7s, sealed)
    return whole, package, entropy


def expected(change: Case) -> Case:
    base: Case = {
        "suite": FACTS.suite,
        "tender": FACTS.tender,
        "lot": FACTS.lot,
        "notice": FACTS.notice,
        "bidder": FACTS.bidder,
        "length_max": [2**20, 2**31],
    }
    return {**base, **change}


def try_accept(whole: Made, expected: Case, trust: str, bound: list[str] | None) -> object:
    """What a hall does with a package that came in whole."""
    fields = {**expected, "length_max": tuple(expected["length_max"])}
    people = cast()
    allowed = None if bound is None else {people.holders[n].certificate.fingerprint for n in bound}
    leaves = [merkle.part_hashes(section) for section in whole.sections]
    return accept(
        whole.header,
        whole.keyenv,
        whole.seal_json,
        whole.seal_p7s,
        leaves,
        Expected(**fields),
        people.trust(trust),
        AT,
        allowed,
    )


def header_with(whole: Made, **change: Any) -> Made:
    value = {**canonical.decode(whole.header, 65536), **change}
    return replace(whole, header=canonical.encode(value))


def manifest_with(whole: Made, section: int, field: str, value: object) -> Made:
    manifest = canonical.decode(whole.seal_json, 65536)
    manifest["sections"][section][field] = value
    return replace(whole, seal_json=canonical.encode(manifest))


def section_with(whole: Made, index: int, data: bytes) -> Made:
    found = list(whole.sections)
    found[index] = data
    return replace(whole, sections=tuple(found))


def bidder_b() -> str:
    return cast().holders["b.sign"].certificate.credit_code or ""


def from_told(case: Case) -> Made:
    """A package out of a vector."""
    names = ("header", "keyenv", "seal_json", "seal_p7s")
    parts = {name: b64decode(case[name]) for name in names}
    return Made(**parts, sections=tuple(b64decode(one) for one in case["sections"]))
