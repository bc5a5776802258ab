"""Vectors of whole packages: sealed, accepted, opened, and every way in which one is refused."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

from crypto import canonical, keyenv, merkle, opening, sections, signing
from crypto.accept import Expected, accept
from crypto.errors import Reason
from crypto.header import HeaderFacts, Manifest, digest
from crypto.letter import FileIn
from crypto.seal import Package, pack, seal
from crypto.statements import millis
from crypto.vectors.cases import Case, Entropy, b64, flipped, refused
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
        seal_json = Manifest(digest(self.header), lengths, roots).encode()
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


def package_cases() -> dict[str, Any]:
    return {
        "letter": LETTER,
        "files": [{"name": name, "data": b64(data)} for name, data in FILES],
        "expected": _expected({}),
        "good": _good(),
        "accept": _accept_cases(),
        "open": _open_cases(),
    }


def _expected(change: Case) -> Case:
    base: Case = {
        "suite": FACTS.suite,
        "tender": FACTS.tender,
        "lot": FACTS.lot,
        "notice": FACTS.notice,
        "bidder": FACTS.bidder,
        "length_max": [2**20, 2**31],
    }
    return {**base, **change}


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
        cases.append({
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
            "tar_sha256": digest(b"".join(pack(package, [[one] for one in whole.sections]))),
        })
    return cases


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


def _header_with(whole: Made, **change: Any) -> Made:
    value = {**canonical.decode(whole.header, 65536), **change}
    return replace(whole, header=canonical.encode(value))


def _accept_cases() -> list[Case]:
    good, R = made()[0], Reason
    second = made(seed="another")[0]
    theirs = made("b.sign", ("b.enc",), replace(FACTS, bidder=_bidder_b()))[0]
    print_b = cast().holders["b.enc"].certificate.fingerprint
    sign = cast().holders
    swapped = replace(good, sections=good.sections[::-1])
    for_b = keyenv.wrap(bytes(32), [sign["a.enc"].certificate, sign["b.enc"].certificate],
                        Entropy("added"))  # fmt: skip
    header = good.header
    cases: list[tuple[str, Reason, Made, Case]] = [
        # for something else
        ("replayed to another tender", R.FOREIGN_TENDER, good, {"tender": "2026-002"}),
        ("replayed to another lot", R.FOREIGN_LOT, good, {"lot": "2026-001-2"}),
        ("replayed to another notice", R.FOREIGN_NOTICE, good, {"notice": digest(b"other")}),
        ("copied whole", R.FOREIGN_BIDDER, good, {"bidder": _bidder_b()}),
        ("copied and signed anew", R.FOREIGN_BIDDER, good.resealed("b.sign"),
            {"bidder": _bidder_b()}),
        ("copied, header rewritten, signed anew", R.SIGNER_UNKNOWN,
            _header_with(good, bidder=_bidder_b()).resealed("b.sign"), {"bidder": _bidder_b()}),
        ("copied, header rewritten in full", R.RECIPIENT_FOREIGN,
            _header_with(good, bidder=_bidder_b(),
                signer=sign["b.sign"].certificate.fingerprint).resealed("b.sign"),
            {"bidder": _bidder_b()}),
        ("another firm signs for it", R.FOREIGN_BIDDER,
            _header_with(good, signer=sign["b.sign"].certificate.fingerprint).resealed("b.sign"),
            {}),
        ("downgraded to a suite that isn't", R.WRONG_SUITE, _header_with(good, suite="INT0"), {}),
        ("the notice wants another suite", R.WRONG_SUITE, good, {"suite": "SM1"}),
        # header.json
        ("header: duplicate key", R.NOT_CANONICAL,
            replace(good, header=header[:-1] + b',"lot":"2"}'), {}),
        ("header: a space", R.NOT_CANONICAL, replace(good, header=header + b" "), {}),
        ("header: a float", R.NOT_CANONICAL,
            replace(good, header=header.replace(b'"draw":null', b'"draw":1.0')), {}),
        ("header: an unknown field", R.MALFORMED_HEADER, _header_with(good, note=""), {}),
        ("header: another kind", R.MALFORMED_HEADER, _header_with(good, typ="x"), {}),
        ("header: other sections", R.MALFORMED_HEADER, _header_with(good, sections=["letter"]), {}),
        ("header: a policy nobody asked for", R.MALFORMED_HEADER, _header_with(good, draw=""), {}),
        ("header: a hash in capitals", R.MALFORMED_HEADER, _header_with(good, notice="A" * 64), {}),
        ("header: a credit code that isn't", R.MALFORMED_HEADER, _header_with(good, bidder="1"), {}),
        ("header: no recipient", R.MALFORMED_HEADER, _header_with(good, recipients=[]), {}),
        ("header: too long", R.TOO_LARGE, replace(good, header=b" " * 65537), {}),
        ("header of another package", R.HEADER_ALTERED, replace(good, header=second.header), {}),
        ("header: another package number", R.HEADER_ALTERED,
            _header_with(good, package="00" * 16), {}),
        # seal.json
        ("seal: a section's length", R.SECTION_ALTERED, _manifest_with(good, 1, "len", 5), {}),
        ("seal: a letter that isn't padded", R.MALFORMED_SEAL,
            _manifest_with(good, 0, "len", 4169), {}),
        ("seal: a section's root", R.SECTION_ALTERED,
            _manifest_with(good, 1, "root", "00" * 32), {}),
        ("seal: an unknown field", R.MALFORMED_SEAL,
            _manifest_with(good, 1, "name", "body"), {}),
        ("seal: another package's", R.HEADER_ALTERED, replace(good, seal_json=second.seal_json),
            {}),
        ("seal: a bit flipped", R.NOT_CANONICAL,
            replace(good, seal_json=flipped(good.seal_json, -1)), {}),
        # keyenv.der
        ("key envelope: a bit flipped", R.KEYENV_ALTERED,
            replace(good, keyenv=flipped(good.keyenv, -1)), {}),
        ("key envelope of another package", R.KEYENV_ALTERED,
            replace(good, keyenv=second.keyenv), {}),
        ("a recipient added to the envelope", R.RECIPIENT_FOREIGN,
            replace(_header_with(good, keyenv=digest(for_b)), keyenv=for_b).resealed(), {}),
        ("a foreign recipient in the header", R.RECIPIENT_FOREIGN,
            _header_with(good, recipients=[print_b]).resealed(), {}),
        ("sealed to another firm", R.RECIPIENT_FOREIGN, made("a.sign", ("b.enc",))[0], {}),
        ("a recipient whose certificate isn't there", R.RECIPIENT_FOREIGN,
            _header_with(good, recipients=["00" * 32]).resealed(), {}),
        # sections
        ("letter: a bit flipped", R.SECTION_ALTERED, _section_with(good, 0, flipped(
            good.sections[0], 100)), {}),
        ("body: cut short", R.SECTION_ALTERED, _section_with(good, 1, good.sections[1][:-1]), {}),
        ("body: a byte too many", R.SECTION_ALTERED,
            _section_with(good, 1, good.sections[1] + b"\0"), {}),
        ("body of another package", R.SECTION_ALTERED,
            _section_with(good, 1, second.sections[1]), {}),
        ("sections swapped", R.SECTION_ALTERED, swapped, {}),
        ("body too large", R.TOO_LARGE, good, {"length_max": [2**20, 300]}),
        # signature and certificates
        ("signature taken off", R.SIGNATURE_MISSING, replace(good, seal_p7s=b""), {}),
        ("signature of another package", R.SEAL_ALTERED,
            replace(good, seal_p7s=second.seal_p7s), {}),
        ("signature: a bit flipped", R.SIGNATURE_BAD,
            replace(good, seal_p7s=flipped(good.seal_p7s, -1)), {}),
        ("signed by a colleague", R.SIGNER_UNKNOWN, good.resealed("a.staff"), {}),
        ("signed with a forged certificate", R.CERTIFICATE_UNTRUSTED, made("forged.sign")[0], {}),
        ("signed with an expired certificate", R.CERTIFICATE_EXPIRED, made("a.expired")[0], {}),
        ("signed with a future certificate", R.CERTIFICATE_NOT_YET_VALID, made("a.future")[0], {}),
        ("signed with a revoked certificate", R.CERTIFICATE_REVOKED, made("a.revoked")[0], {}),
        ("signed with an encryption certificate", R.CERTIFICATE_WRONG_USAGE,
            made("a.enc.second")[0], {}),
        ("sealed to a revoked certificate", R.CERTIFICATE_REVOKED,
            made("a.sign", ("a.enc.revoked",))[0], {}),
        ("sealed to an expired certificate", R.CERTIFICATE_EXPIRED,
            made("a.sign", ("a.enc.expired",))[0], {}),
        ("sealed to a signing certificate", R.CERTIFICATE_WRONG_USAGE,
            made("a.sign", ("a.staff",))[0], {}),
        ("sealed to a forged certificate", R.CERTIFICATE_UNTRUSTED,
            made("a.sign", ("forged.enc",))[0], {}),
    ]  # fmt: skip
    told = [_accepted("as sealed", good, "fresh", None, "fresh")]
    told.append(_accepted("a stale CRL refuses nobody", good, "stale", None, "stale"))
    told.append(_accepted("a missing CRL refuses nobody", good, "no CRL", None, "missing"))
    told.append(_accepted("a bound recipient", good, "fresh", ["a.enc"], "fresh"))
    told.append(_refused("a recipient that isn't bound", R.RECIPIENT_FOREIGN, good, {}, ["b.enc"]))
    told += [_refused(name, reason, one, change, None) for name, reason, one, change in cases]
    return told


def _accepted(name: str, whole: Made, trust: str, bound: list[str] | None, crl: str) -> Case:
    accepted = try_accept(whole, _expected({}), trust, bound)
    assert getattr(accepted, "crl", None) == crl, name
    return {"name": name, "changes": {}, "expected": {}, "trust": trust, "bound": bound, "crl": crl}


def _refused(
    name: str, reason: Reason, whole: Made, change: Case, bound: list[str] | None
) -> Case:
    return refused(
        reason,
        lambda: try_accept(whole, _expected(change), "fresh", bound),
        name=name,
        changes=whole.changed_from(made()[0]),
        expected=change,
        trust="fresh",
        bound=bound,
    )


def _manifest_with(whole: Made, section: int, field: str, value: object) -> Made:
    manifest = canonical.decode(whole.seal_json, 65536)
    manifest["sections"][section][field] = value
    return replace(whole, seal_json=canonical.encode(manifest))


def _section_with(whole: Made, index: int, data: bytes) -> Made:
    found = list(whole.sections)
    found[index] = data
    return replace(whole, sections=tuple(found))


def _bidder_b() -> str:
    return cast().holders["b.sign"].certificate.credit_code or ""


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
        ("header rewritten", "a.enc", _header_with(good, lot="2026-001-2"), Reason.WRONG_KEY),
        ("commitment flipped", "a.enc", _section_with(good, 1, flipped(good.sections[1], 24)),
            Reason.WRONG_KEY),
    ]  # fmt: skip
    cases: list[Case] = [{"name": "as sealed", "holder": "a.enc", "changes": {}}]
    for name, holder, whole, reason in bad:
        key = cast().holders[holder].key
        shown = [section[: sections.HEAD] for section in whole.sections]
        cases.append(
            refused(
                reason,
                lambda k=key, w=whole, s=shown: opening.rehearse(k, w.header, w.keyenv, s),
                name=name,
                holder=holder,
                changes=whole.changed_from(good),
            )
        )
    return cases


def unreadable_cases() -> dict[str, Any]:
    """Sections whose commitment holds and whose content fails: the sealer's own doing, for anyone to see."""
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
            lambda i=index, k=key, d=data: read(good.header, i, k, d),
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


def from_told(case: Case) -> Made:
    """A package out of a vector."""
    names = ("header", "keyenv", "seal_json", "seal_p7s")
    parts = {name: b64decode(case[name]) for name in names}
    return Made(**parts, sections=tuple(b64decode(one) for one in case["sections"]))
