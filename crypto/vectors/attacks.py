"""Every way in which a package is refused when it comes in, and the few ways in which it isn't."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from crypto import keyenv
from crypto.errors import Reason as R
from crypto.suites import INT1
from crypto.vectors.cases import Case, Entropy, flipped, refused
from crypto.vectors.cast import cast
from crypto.vectors.made import (
    Made,
    bidder_b,
    expected,
    header_with,
    made,
    manifest_with,
    section_with,
    try_accept,
)

Row = tuple[str, R, Made, Case]  # name, why, the package, what is expected otherwise


def accept_cases() -> list[Case]:
    good = made()[0]
    told = [
        _accepted("as sealed", good, "fresh", None, "fresh"),
        _accepted("a stale CRL refuses nobody", good, "stale", None, "stale"),
        _accepted("a missing CRL refuses nobody", good, "no CRL", None, "missing"),
        _accepted("a bound recipient", good, "fresh", ["a.enc"], "fresh"),
        _refused("a recipient that isn't bound", R.RECIPIENT_FOREIGN, good, {}, ["b.enc"]),
    ]
    rows = [*_foreign(), *_headers(), *_seals(), *_envelopes(), *_sections(), *_signatures()]
    return told + [_refused(name, reason, one, change, None) for name, reason, one, change in rows]


def _foreign() -> list[Row]:
    """For something or somebody else."""
    good = made()[0]
    sign = cast().holders
    return [
        ("replayed to another tender", R.FOREIGN_TENDER, good, {"tender": "2026-002"}),
        ("replayed to another lot", R.FOREIGN_LOT, good, {"lot": "2026-001-2"}),
        ("replayed to another notice", R.FOREIGN_NOTICE, good, {"notice": INT1.digest(b"other")}),
        ("copied whole", R.FOREIGN_BIDDER, good, {"bidder": bidder_b()}),
        ("copied and signed anew", R.FOREIGN_BIDDER, good.resealed("b.sign"),
            {"bidder": bidder_b()}),
        ("copied, header rewritten, signed anew", R.SIGNER_UNKNOWN,
            header_with(good, bidder=bidder_b()).resealed("b.sign"), {"bidder": bidder_b()}),
        ("copied, header rewritten in full", R.RECIPIENT_FOREIGN,
            header_with(good, bidder=bidder_b(),
                signer=sign["b.sign"].certificate.fingerprint).resealed("b.sign"),
            {"bidder": bidder_b()}),
        ("another firm signs for it", R.FOREIGN_BIDDER,
            header_with(good, signer=sign["b.sign"].certificate.fingerprint).resealed("b.sign"),
            {}),
        ("downgraded to a suite that isn't", R.WRONG_SUITE, header_with(good, suite="INT0"), {}),
        ("the notice wants another suite", R.WRONG_SUITE, good, {"suite": "SM1"}),
    ]  # fmt: skip


def _headers() -> list[Row]:
    """header.json."""
    good = made()[0]
    second = made(seed="another")[0]
    header = good.header
    return [
        ("header: duplicate key", R.NOT_CANONICAL,
            replace(good, header=header[:-1] + b',"lot":"2"}'), {}),
        ("header: a space", R.NOT_CANONICAL, replace(good, header=header + b" "), {}),
        ("header: a float", R.NOT_CANONICAL,
            replace(good, header=header.replace(b'"draw":null', b'"draw":1.0')), {}),
        ("header: an unknown field", R.MALFORMED_HEADER, header_with(good, note=""), {}),
        ("header: another kind", R.MALFORMED_HEADER, header_with(good, typ="x"), {}),
        ("header: other sections", R.MALFORMED_HEADER, header_with(good, sections=["letter"]), {}),
        ("header: a policy nobody asked for", R.MALFORMED_HEADER, header_with(good, draw=""), {}),
        ("header: a hash in capitals", R.MALFORMED_HEADER, header_with(good, notice="A" * 64), {}),
        ("header: a credit code that isn't", R.MALFORMED_HEADER, header_with(good, bidder="1"),
            {}),
        ("header: no recipient", R.MALFORMED_HEADER, header_with(good, recipients=[]), {}),
        ("header: too long", R.TOO_LARGE, replace(good, header=b" " * 65537), {}),
        ("header of another package", R.HEADER_ALTERED, replace(good, header=second.header), {}),
        ("header: another package number", R.HEADER_ALTERED,
            header_with(good, package="00" * 16), {}),
    ]  # fmt: skip


def _seals() -> list[Row]:
    """seal.json."""
    good = made()[0]
    second = made(seed="another")[0]
    return [
        ("seal: a section's length", R.SECTION_ALTERED, manifest_with(good, 1, "len", 5), {}),
        ("seal: a letter that isn't padded", R.MALFORMED_SEAL,
            manifest_with(good, 0, "len", 4169), {}),
        ("seal: a section's root", R.SECTION_ALTERED,
            manifest_with(good, 1, "root", "00" * 32), {}),
        ("seal: an unknown field", R.MALFORMED_SEAL,
            manifest_with(good, 1, "name", "body"), {}),
        ("seal: another package's", R.HEADER_ALTERED, replace(good, seal_json=second.seal_json),
            {}),
        ("seal: a bit flipped", R.NOT_CANONICAL,
            replace(good, seal_json=flipped(good.seal_json, -1)), {}),
    ]  # fmt: skip


def _envelopes() -> list[Row]:
    """keyenv.der, and who is in it."""
    good = made()[0]
    second = made(seed="another")[0]
    people = cast().holders
    print_b = people["b.enc"].certificate.fingerprint
    both = [people["a.enc"].certificate, people["b.enc"].certificate]
    for_b = keyenv.wrap(bytes(32), both, Entropy("added"))
    return [
        ("key envelope: a bit flipped", R.KEYENV_ALTERED,
            replace(good, keyenv=flipped(good.keyenv, -1)), {}),
        ("key envelope of another package", R.KEYENV_ALTERED,
            replace(good, keyenv=second.keyenv), {}),
        ("a recipient added to the envelope", R.RECIPIENT_FOREIGN,
            replace(header_with(good, keyenv=INT1.digest(for_b)), keyenv=for_b).resealed(), {}),
        ("a foreign recipient in the header", R.RECIPIENT_FOREIGN,
            header_with(good, recipients=[print_b]).resealed(), {}),
        ("sealed to another firm", R.RECIPIENT_FOREIGN, made("a.sign", ("b.enc",))[0], {}),
        ("a recipient whose certificate isn't there", R.RECIPIENT_FOREIGN,
            header_with(good, recipients=["00" * 32]).resealed(), {}),
    ]  # fmt: skip


def _sections() -> list[Row]:
    """The sections' bytes."""
    good = made()[0]
    second = made(seed="another")[0]
    swapped = replace(good, sections=good.sections[::-1])
    return [
        ("letter: a bit flipped", R.SECTION_ALTERED, section_with(good, 0, flipped(
            good.sections[0], 100)), {}),
        ("body: cut short", R.SECTION_ALTERED, section_with(good, 1, good.sections[1][:-1]), {}),
        ("body: a byte too many", R.SECTION_ALTERED,
            section_with(good, 1, good.sections[1] + b"\0"), {}),
        ("body of another package", R.SECTION_ALTERED,
            section_with(good, 1, second.sections[1]), {}),
        ("sections swapped", R.SECTION_ALTERED, swapped, {}),
        ("body too large", R.TOO_LARGE, good, {"length_max": [2**20, 300]}),
    ]  # fmt: skip


def _signatures() -> list[Row]:
    """seal.p7s, and the standing of the certificates."""
    good = made()[0]
    second = made(seed="another")[0]
    return [
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


def _accepted(name: str, whole: Made, trust: str, bound: list[str] | None, crl: str) -> Case:
    accepted = try_accept(whole, expected({}), trust, bound)
    assert getattr(accepted, "crl", None) == crl, name
    return {"name": name, "changes": {}, "expected": {}, "trust": trust, "bound": bound, "crl": crl}


def _refused(name: str, reason: R, whole: Made, change: Case, bound: list[str] | None) -> Case:
    return refused(
        reason,
        partial(try_accept, whole, expected(change), "fresh", bound),
        name=name,
        changes=whole.changed_from(made()[0]),
        expected=change,
        trust="fresh",
        bound=bound,
    )
