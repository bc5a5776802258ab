"""Vectors of whole packages: sealed, accepted, opened, and every way in which one is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from crypto import opening, sections
from crypto.errors import Reason
from crypto.seal import pack
from crypto.statements import millis
from crypto.suites import INT1
from crypto.vectors import attacks
from crypto.vectors.cases import Case, Entropy, b64, flipped, refused
from crypto.vectors.cast import AT, cast
from crypto.vectors.made import FILES, expected, header_with, made, section_with
from crypto.vectors.plain import LETTER


def package_cases() -> dict[str, Any]:
    return {
        "letter": LETTER,
        "files": [{"name": name, "data": b64(data)} for name, data in FILES],
        "expected": expected({}),
        "good": _good(),
        "accept": attacks.accept_cases(),
        "open": _open_cases(),
    }


def _good() -> list[Case]:
    cases: list[Case] = []
    for name, signer, recipients in (
        ("P-256", "a.sign", ("a.enc",)),
        ("RSA", "a.sign.rsa", ("a.enc.rsa",)),
        ("two recipients, a member of staff signs", "a.staff", ("a.enc", "a.enc.second")),
    ):
        whole, package, entropy = made(signer, recipients)
        key = cast().holders[recipients[0]].key
        keys = opening.section_keys(key, whole.keyenv, whole.header)
        cases.append(
            {
                "name": name,
                "signer": signer,
                "recipients": list(recipients),
                "entropy": entropy.drawn,
                "deterministic": "rsa" not in signer,
                "at": millis(AT),
                **whole.told(),
                "header_hash": package.header_hash,
                "seal_hash": package.seal_hash,
                "part_leaves": [[leaf.hex() for leaf in found] for found in package.part_leaves],
                "section_keys": [one.hex() for one in keys],
                "commitments": [sections.commitment(head).hex() for head in package.heads],
                "tar_sha256": INT1.digest(
                    b"".join(pack(package, [[one] for one in whole.sections]))
                ),
            }
        )
    return cases


def _open_cases() -> list[Case]:
    """The bidder's rehearsal and the hall's check of a key; `changes` as in accept."""
    good = made()[0]
    second = made(seed="another")[0]
    heads = replace(good, sections=second.sections)
    crossed = replace(good, sections=good.sections[::-1])
    bad = [
        ("another firm's key", "b.enc", good, Reason.NOT_A_RECIPIENT),
        ("a signing key", "a.sign", good, Reason.NOT_A_RECIPIENT),
        ("a renewed certificate's key", "a.renewed", good, Reason.NOT_A_RECIPIENT),
        ("another package's envelope", "a.enc", replace(good, keyenv=second.keyenv),
            Reason.KEYENV_ALTERED),
        ("another package's sections", "a.enc", heads, Reason.WRONG_KEY),
        ("sections swapped", "a.enc", crossed, Reason.WRONG_KEY),
        ("header rewritten", "a.enc", header_with(good, lot="2026-001-2"), Reason.WRONG_KEY),
        ("commitment flipped", "a.enc", section_with(good, 1, flipped(good.sections[1], 24)),
            Reason.WRONG_KEY),
    ]  # fmt: skip
    cases: list[Case] = [{"name": "as sealed", "holder": "a.enc", "changes": {}}]
    for name, holder, whole, reason in bad:
        key = cast().holders[holder].key
        shown = [section[: sections.HEAD] for section in whole.sections]
        cases.append(
            refused(
                reason,
                partial(opening.rehearse, key, whole.header, whole.keyenv, shown),
                name=name,
                holder=holder,
                changes=whole.changed_from(good),
            )
        )
    return cases


def unreadable_cases() -> dict[str, Any]:
    """Sections whose commitment holds and whose content fails: the sealer's own doing, for anyone
    to see.
    """
    good, package, _ = made()
    keys = opening.section_keys(cast().holders["a.enc"].key, good.keyenv, good.header)
    bound = bytes.fromhex(package.header_hash)
    salt = Entropy("unreadable")(24)

    def sealed(index: int, plain: bytes) -> bytes:
        context = sections.context(index, bound)
        return b"".join(sections.encrypt(keys[index], context, salt, [plain]))

    flip, letter_key = flipped(good.sections[0], 200), keys[0]
    zeros = bytes(4096)
    tried = [
        ("letter: a bit flipped after the head", 0, letter_key, flip, Reason.UNREADABLE_LETTER),
        ("letter: cut", 0, letter_key, good.sections[0][:-1], Reason.UNREADABLE_LETTER),
        ("letter: zeros", 0, letter_key, sealed(0, zeros), Reason.UNREADABLE_LETTER),
        ("letter: nothing", 0, letter_key, sealed(0, b""), Reason.UNREADABLE_LETTER),
        ("letter: the body's key", 0, keys[1], good.sections[0], Reason.WRONG_KEY),
        ("letter: a commitment flipped", 0, letter_key, flipped(good.sections[0], 30),
            Reason.WRONG_KEY),
        ("body: the letter's key", 1, letter_key, good.sections[1], Reason.WRONG_KEY),
        ("body: a bit flipped", 1, keys[1], flipped(good.sections[1], 100),
            Reason.UNREADABLE_BODY),
        ("body: cut", 1, keys[1], good.sections[1][:-1], Reason.UNREADABLE_BODY),
        ("body: nothing", 1, keys[1], sealed(1, b""), Reason.UNREADABLE_BODY),
        ("body: more than the index tells", 1, keys[1], sealed(1, b"\0\0\0\x02[]!"),
            Reason.UNREADABLE_BODY),
    ]  # fmt: skip
    cases = [
        refused(
            reason,
            partial(read, good.header, index, key, data),
            name=name,
            index=index,
            key=key.hex(),
            section=b64(data),
        )
        for name, index, key, data, reason in tried
    ]
    return {"header": b64(good.header), "sections": cases}


def read(header: bytes, index: int, key: bytes, data: bytes) -> object:
    """What the hall does with a section and its key."""
    if index == opening.LETTER:
        return opening.read_letter(header, key, data)
    return list(opening.read_body(header, key, [data]))
