"""Escrow for remedial opening (补救): the content key split among supervisors, any k restore it.

Off unless a notice asks for it. Each supervisor's share lies in a key envelope of its own, and the
header commits to every share: one that isn't the sealed one shows at once, and whose it is. What
the shares add up to is judged as any key is, by the sections' commitments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from itertools import combinations, islice
from typing import Final

from crypto import keyenv, sections, shamir
from crypto import opening as unsealing
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused
from crypto.header import SECTIONS, Escrow, EscrowShare, Header, is_escrow_size
from crypto.suites import Ciphers

TRIES_MAX: Final = 70  # all there are: 4 of 8


@dataclass(frozen=True, slots=True)
class Supervisors:
    """Whom a notice names, in its order, and how many of them restore a key together."""

    k: int
    certificates: tuple[Certificate, ...]  # for encryption

    def good(self) -> bool:
        """Whether such a policy can be: 2 ≤ k ≤ n ≤ 8, nobody twice."""
        n = len(self.certificates)
        return is_escrow_size(self.k, n) and len(set(self.certificates)) == n


def deposit(
    cek: bytes,
    supervisors: Supervisors,
    package: str,
    entropy: keyenv.Entropy,
    suite: Ciphers,
) -> tuple[Escrow, tuple[bytes, ...]]:
    """What the header says, and an envelope (DER) for each supervisor. `package`: its number, hex.

    Raises SealRefused(malformed_header | malformed_keyenv | key_unsuited).
    """
    if not supervisors.good():
        raise SealRefused(Reason.MALFORMED_HEADER, "escrow")
    n = len(supervisors.certificates)
    shares = shamir.split(cek, supervisors.k, n, entropy)
    told, envelopes = list[EscrowShare](), list[bytes]()
    for number, (share, to) in enumerate(zip(shares, supervisors.certificates, strict=True), 1):
        envelopes.append(keyenv.wrap(share, [to], entropy, suite))
        committed = commitment(package, number, share, suite)
        sealed = suite.digest(envelopes[-1])
        told.append(EscrowShare(suite.digest(to.der), sealed, committed))
    return Escrow(supervisors.k, tuple(told)), tuple(envelopes)


def commitment(package: str, number: int, share: bytes, suite: Ciphers) -> str:
    """What the header says of share `number` (from 1), hex."""
    what = b"bidroom/seal/1 escrow share\x00" + bytes([number]) + bytes.fromhex(package)
    return suite.digest(what + share)


def check(found: Header, envelopes: Sequence[bytes], wanted: Supervisors | None) -> None:
    """At acceptance: shares for just those whom the notice names, in its order, or for nobody.

    Raises SealRefused(malformed_header | keyenv_altered | recipient_foreign | malformed_keyenv).
    """
    if found.escrow is None or wanted is None:
        if found.escrow is not None or wanted is not None or envelopes:
            raise SealRefused(Reason.MALFORMED_HEADER, "escrow is for the notice to ask for")
        return
    told = found.escrow
    named = [share.recipient for share in told.shares]
    if told.k != wanted.k or named != [found.suite.digest(one.der) for one in wanted.certificates]:
        raise SealRefused(Reason.RECIPIENT_FOREIGN, "escrow")
    if [share.sealed for share in told.shares] != [found.suite.digest(one) for one in envelopes]:
        raise SealRefused(Reason.KEYENV_ALTERED, "escrow")
    for envelope, to in zip(envelopes, wanted.certificates, strict=True):
        if keyenv.recipients_of(envelope, found.suite) != [keyenv.RecipientId.of(to)]:
            raise SealRefused(Reason.RECIPIENT_FOREIGN, "escrow")


def check_share(header: bytes, number: int, share: bytes) -> None:
    """Whether `share` is the one that was sealed to supervisor `number` (from 1).

    Raises SealRefused(wrong_key), after which another supervisor may be asked.
    """
    found = Header.parse(header)
    told = found.escrow.shares if found.escrow else ()
    if not 1 <= number <= len(told):
        raise SealRefused(Reason.NOT_A_RECIPIENT, "escrow")
    given = commitment(found.package, number, share, found.suite)
    if not compare_digest(given, told[number - 1].commitment):
        raise SealRefused(Reason.WRONG_KEY, f"share {number}")


def restore(header: bytes, shares: Mapping[int, bytes], heads: Sequence[bytes]) -> list[bytes]:
    """K_i for each section, out of k or more shares by their numbers.

    Every share is held against its commitment first. Where more than k are given, each choice of k
    is tried: a sealer may have committed to shares that don't belong together.
    Raises SealRefused(wrong_key), its detail the number of the wrong share, or that none opens;
    not_a_recipient where there are too few.
    """
    found = Header.parse(header)
    for number, share in sorted(shares.items()):
        check_share(header, number, share)
    if found.escrow is None or len(shares) < found.escrow.k:
        raise SealRefused(Reason.NOT_A_RECIPIENT, "too few shares")
    if len(heads) != len(SECTIONS):
        raise SealRefused(Reason.SECTION_ALTERED, "number of sections")
    for chosen in islice(combinations(sorted(shares), found.escrow.k), TRIES_MAX):
        keys = _keys(header, {number: shares[number] for number in chosen})
        if keys is not None and _open(header, keys, heads):
            return keys
    raise SealRefused(Reason.WRONG_KEY, "the shares don't open it")


def _keys(header: bytes, shares: Mapping[int, bytes]) -> list[bytes] | None:
    try:
        cek = shamir.combine(shares)
    except ValueError:
        return None
    suite = Header.parse(header).suite
    bound = suite.hash(header)
    return [sections.section_key(cek, index, bound, suite) for index in range(len(SECTIONS))]


def _open(header: bytes, keys: Sequence[bytes], heads: Sequence[bytes]) -> bool:
    try:
        for index, (key, head) in enumerate(zip(keys, heads, strict=True)):
            unsealing.check_key(header, index, key, head)
    except SealRefused as refused:
        if refused.reason is not Reason.WRONG_KEY:
            raise
        return False
    return True
