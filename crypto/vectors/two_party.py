"""Vectors of two-party control: halves and keys in each suite, and a package."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from crypto import dual, merkle, sections
from crypto.accept import Accepted, Expected, accept
from crypto.certificates import Certificate, Usage, credit_check_digit
from crypto.demo_ca import DemoCA, Issued, Subject
from crypto.dual import Party
from crypto.letter import FileIn
from crypto.seal import Package, pack, seal
from crypto.statements import millis
from crypto.suites import INT1, SM1, Ciphers
from crypto.vectors.cases import Case, Entropy, b64
from crypto.vectors.cast import AT, BEGAN, DAY, cast
from crypto.vectors.made import FACTS, FILES, Made
from crypto.vectors.plain import LETTER

_CODE = "91330200MA2AC1234"
AGENCY = "宁波丙字招标代理有限公司"
CODE_C = _CODE + credit_check_digit(_CODE)


class TwoParty(NamedTuple):
    """A package of two parties as it lies in a store."""

    whole: Made
    keyenv_host: bytes
    package: Package
    drawn: list[str]

    @property
    def heads(self) -> list[bytes]:
        return [section[: sections.HEAD] for section in self.whole.sections]


@cache
def hosts() -> tuple[Issued, ...]:
    """The host, a supervisor as its reserve, and a person whom no notice names."""
    entropy = Entropy("two parties")
    ca = DemoCA.make(BEGAN - 800 * DAY, entropy)
    return tuple(
        ca.issue(Subject(AGENCY, CODE_C, name, serial), Usage.ENCRYPT, BEGAN, entropy)
        for name, serial in (("主持人", "H-000001"), ("监督人", "S-000001"), ("他人", "X-000001"))
    )


def named() -> tuple[Certificate, ...]:
    """Whom the notice names, in its order."""
    return tuple(one.certificate for one in hosts()[:2])


@cache
def two_party(seed: str = "two parties", strange: bool = False) -> TwoParty:
    """`strange`: sealed to somebody else instead of the reserve whom the notice names."""
    entropy, parts = Entropy(seed), list[list[bytes]]([[], []])
    people = cast().holders
    package = seal(
        letter=LETTER,
        files=[FileIn.of(name, data) for name, data in FILES],
        facts=FACTS,
        signer=people["a.sign"].key,
        recipients=[people["a.enc"].certificate],
        at=AT,
        entropy=entropy,
        sink=lambda section, part: parts[section].append(part),
        hosts=[hosts()[0].certificate, hosts()[2].certificate] if strange else named(),
    )
    assert package.keyenv_host is not None
    sealed = tuple(b"".join(found) for found in parts)
    whole = Made(package.header, package.keyenv, package.seal_json, package.seal_p7s, sealed)
    return TwoParty(whole, package.keyenv_host, package, entropy.drawn)


def try_accept(
    made: TwoParty, wanted: tuple[Certificate, ...] | None = None, **change: Any
) -> Accepted:
    """What a hall does whose notice names these as hosts."""
    envelope = change.pop("keyenv_host", made.keyenv_host)
    whole = replace(made.whole, **change)
    expected = Expected(FACTS.suite, FACTS.tender, FACTS.lot, FACTS.notice, FACTS.bidder)
    return accept(
        whole.header,
        whole.keyenv,
        whole.seal_json,
        whole.seal_p7s,
        [merkle.part_hashes(section) for section in whole.sections],
        replace(expected, hosts=named() if wanted is None else wanted),
        cast().trust("fresh"),
        AT,
        keyenv_host=envelope,
    )


def two_party_cases() -> dict[str, Any]:
    return {
        "derive": [_derived(suite, index) for suite in (INT1, SM1) for index in (0, 1)],
        "hosts": [_holder(one) for one in hosts()[:2]],
        "package": _package(),
    }


def _derived(suite: Ciphers, index: int) -> Case:
    bound = sha256(b"header").digest()
    ceks = [sha256(name).digest()[: suite.key] for name in (b"bidder", b"host")]
    halves = [sections.section_key(cek, index, bound, suite) for cek in ceks]
    committed = [dual.commitment(halves[party], party, index, bound, suite) for party in Party]
    return {
        "name": f"{suite.name} section {index}",
        "suite": suite.name,
        "index": index,
        "header_hash": bound.hex(),
        "ceks": [cek.hex() for cek in ceks],
        "halves": [half.hex() for half in halves],
        "commitments": [one.hex() for one in committed],
        "key": dual.combine(halves[0], halves[1], index, bound, suite).hex(),
    }


def _holder(issued: Issued) -> Case:
    certificate = issued.certificate
    return {
        "certificate": b64(certificate.der),
        "fingerprint": certificate.fingerprint,
        "pkcs8": b64(issued.pkcs8),
    }


def _package() -> Case:
    made = two_party()
    whole = made.whole
    bidder = dual.halves(cast().holders["a.enc"].key, Party.BIDDER, whole.keyenv, whole.header)
    host = dual.halves(hosts()[1].key, Party.HOST, made.keyenv_host, whole.header)
    keys = dual.section_keys(whole.header, whole.seal_json, bidder, host, made.heads)
    return {
        "signer": "a.sign",
        "recipients": ["a.enc"],
        "entropy": made.drawn,
        "at": millis(AT),
        **whole.told(),
        "keyenv_host": b64(made.keyenv_host),
        "halves": [[one.hex() for one in own] for own in (bidder, host)],
        "section_keys": [key.hex() for key in keys],
        "seal_hash": made.package.seal_hash,
        "tar_sha256": INT1.digest(b"".join(pack(made.package, [[one] for one in whole.sections]))),
    }
