"""The two JSON files of a package: header.json, what it is for, and seal.json, what is in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crypto import canonical
from crypto.certificates import good_credit_code
from crypto.errors import Reason, SealRefused
from crypto.keyenv import RECIPIENTS_MAX
from crypto.suites import Ciphers, suite_of

HEADER: Final = "bidroom/seal-header/1"
SEAL: Final = "bidroom/seal/1"
HEADER_MAX: Final = 64 * 1024
SEAL_MAX: Final = 4 * 1024
NAME_MAX: Final = 128  # characters of a tender's or a lot's name
LENGTH_MAX: Final = 2**40
HOSTS_MIN: Final = 2  # the host's certificate and one reserve's: nobody's absence stops an opening
SECTIONS: Final = ("letter", "body")

UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format, surrogate, line breaks

_KEYS: Final = {
    "typ", "suite", "tender", "lot", "bidder", "notice", "package", "signer", "recipients",
    "keyenv", "sections", "escrow", "host", "draw",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What a package is for."""

    suite: str
    tender: str
    lot: str
    bidder: str  # social credit code
    notice: str  # SHA-256 of the published opening parameters, hex


@dataclass(frozen=True, slots=True)
class EscrowShare:
    """One supervisor's share of the content key; all hex."""

    recipient: str  # H of the certificate
    sealed: str  # H of the envelope that holds it
    commitment: str  # to the share itself


@dataclass(frozen=True, slots=True)
class Escrow:
    """Any `k` of the shares restore the content key (escrow.py)."""

    k: int
    shares: tuple[EscrowShare, ...]


@dataclass(frozen=True, slots=True)
class Host:
    """The other party under two-party control: the host, and at least one reserve."""

    keyenv: str  # H of keyenv-host.der, hex
    recipients: tuple[str, ...]  # H of each certificate, hex


@dataclass(frozen=True, slots=True)
class Header:
    """header.json. draw is a policy that no notice asks for here: null."""

    facts: HeaderFacts
    package: str  # 16 random bytes, hex
    signer: str  # H of the certificate, hex
    recipients: tuple[str, ...]  # H of each certificate, hex
    keyenv: str  # H of keyenv.der, hex
    escrow: Escrow | None = None  # where the notice asks for it
    host: Host | None = None  # two-party control, where the notice asks for it

    @property
    def suite(self) -> Ciphers:
        return suite_of(self.facts.suite)

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "typ": HEADER,
                "suite": self.facts.suite,
                "tender": self.facts.tender,
                "lot": self.facts.lot,
                "bidder": self.facts.bidder,
                "notice": self.facts.notice,
                "package": self.package,
                "signer": self.signer,
                "recipients": list(self.recipients),
                "keyenv": self.keyenv,
                "sections": list(SECTIONS),
                "escrow": None if self.escrow is None else _escrow_told(self.escrow),
                "host": None if self.host is None else _host_told(self.host),
                "draw": None,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Header:
        """Strictly.

        Raises SealRefused(too_large | not_canonical | malformed_header | wrong_suite).
        """
        value = canonical.decode(data, HEADER_MAX)
        _need(isinstance(value, dict) and set(value) == _KEYS, "fields")
        _need(value["typ"] == HEADER, "typ")
        _need(value["sections"] == list(SECTIONS), "sections")
        _need(value["draw"] is None, "draw")
        suite_of(value["suite"])
        for field in ("tender", "lot"):
            _need(is_text(value[field], NAME_MAX), field)
        for field, size in (("notice", 32), ("package", 16), ("signer", 32), ("keyenv", 32)):
            _need(is_hex(value[field], size), field)
        _need(isinstance(value["bidder"], str) and good_credit_code(value["bidder"]), "bidder")
        return cls(
            _facts(value),
            value["package"],
            value["signer"],
            _recipients(value),
            value["keyenv"],
            _escrow(value["escrow"]),
            _host(value["host"]),
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """seal.json: what is signed, and what SH is the hash of."""

    header_hash: str  # HH, hex
    lengths: tuple[int, ...]  # bytes of ciphertext, by section
    roots: tuple[str, ...]  # RFC 9162 roots over parts of 1 MiB, hex
    # under two-party control: commitments to the bidder's half and to the host's, hex, by section
    halves: tuple[tuple[str, str], ...] = ()

    def encode(self) -> bytes:
        pairs = zip(self.lengths, self.roots, strict=True)
        sections: list[dict[str, Any]] = [{"len": length, "root": root} for length, root in pairs]
        if self.halves:
            for section, pair in zip(sections, self.halves, strict=True):
                section["halves"] = list(pair)
        return canonical.encode({"typ": SEAL, "header": self.header_hash, "sections": sections})

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Strictly. Raises SealRefused(too_large | not_canonical | malformed_seal)."""
        value = canonical.decode(data, SEAL_MAX)
        good = (
            isinstance(value, dict)
            and set(value) == {"typ", "header", "sections"}
            and value["typ"] == SEAL
            and is_hex(value["header"], 32)
            and isinstance(value["sections"], list)
            and len(value["sections"]) == len(SECTIONS)
            and all(_is_section(section) for section in value["sections"])
            and len({"halves" in section for section in value["sections"]}) == 1
        )
        if not good:
            raise SealRefused(Reason.MALFORMED_SEAL)
        found = value["sections"]
        lengths = tuple(section["len"] for section in found)
        roots = tuple(section["root"] for section in found)
        halves = tuple(tuple(section["halves"]) for section in found if "halves" in section)
        return cls(value["header"], lengths, roots, halves)


def is_hex(value: object, size: int) -> bool:
    """Whether it is `size` bytes in lower-case hex."""
    return (
        isinstance(value, str)
        and len(value) == 2 * size
        and all(char in "0123456789abcdef" for char in value)
    )


def is_text(value: object, most: int) -> bool:
    """Whether it is 1 to `most` characters (UTF-16 units) of visible text."""
    return (
        isinstance(value, str)
        and 0 < len(value.encode("utf-16-le", "surrogatepass")) // 2 <= most
        and not any(unicodedata.category(char) in UNSEEN for char in value)
    )


def is_escrow_size(k: int, n: int) -> bool:
    """Whether k of n is more than one, and no more than there are."""
    return 2 <= k <= n <= RECIPIENTS_MAX


def _escrow_told(escrow: Escrow) -> dict[str, Any]:
    shares = [
        {"recipient": one.recipient, "sealed": one.sealed, "commitment": one.commitment}
        for one in escrow.shares
    ]
    return {"k": escrow.k, "shares": shares}


def _escrow(value: Any) -> Escrow | None:
    if value is None:
        return None
    _need(isinstance(value, dict) and set(value) == {"k", "shares"}, "escrow")
    k, shares = value["k"], value["shares"]
    whole = isinstance(k, int) and not isinstance(k, bool) and isinstance(shares, list)
    _need(whole and is_escrow_size(k, len(shares)), "escrow")
    fields = ("recipient", "sealed", "commitment")
    for one in shares:
        _need(isinstance(one, dict) and set(one) == set(fields), "escrow")
        _need(all(is_hex(one[field], 32) for field in fields), "escrow")
    _need(len({one["recipient"] for one in shares}) == len(shares), "escrow")
    return Escrow(k, tuple(EscrowShare(*(one[field] for field in fields)) for one in shares))


def _facts(value: Mapping[str, Any]) -> HeaderFacts:
    return HeaderFacts(
        value["suite"], value["tender"], value["lot"], value["bidder"], value["notice"]
    )


def _host(value: object) -> Host | None:
    if value is None:
        return None
    _need(isinstance(value, dict) and set(value) == {"keyenv", "recipients"}, "host")
    assert isinstance(value, dict)
    _need(is_hex(value["keyenv"], 32), "host")
    found = _recipients(value)
    _need(len(found) >= HOSTS_MIN, "host")
    return Host(value["keyenv"], found)


def _host_told(host: Host) -> dict[str, object]:
    return {"keyenv": host.keyenv, "recipients": list(host.recipients)}


def _recipients(value: Mapping[str, Any]) -> tuple[str, ...]:
    found = value["recipients"]
    _need(isinstance(found, list) and all(is_hex(one, 32) for one in found), "recipients")
    _need(0 < len(set(found)) == len(found) <= RECIPIENTS_MAX, "recipients")
    return tuple(found)


def _is_section(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) - {"halves"} == {"len", "root"}
        and isinstance(value["len"], int)
        and not isinstance(value["len"], bool)
        and 0 < value["len"] <= LENGTH_MAX
        and is_hex(value["root"], 32)
        and ("halves" not in value or _is_pair(value["halves"]))
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(is_hex(one, 32) for one in value)


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise SealRefused(Reason.MALFORMED_HEADER, what)
