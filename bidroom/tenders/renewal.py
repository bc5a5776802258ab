"""Renewed certificates: which sealed tenders still need an older key.

What a tender is sealed to lies sealed to the lot's intake key, and is told to its own bidder only.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from bidroom.opening.record import Phase
from bidroom.tenders.uploads import Papers
from crypto import signing
from crypto.certificates import Certificate
from crypto.header import Header

CHANGEABLE: Final = frozenset({Phase.SCHEDULED, Phase.LOBBY})
TO_BE_OPENED: Final = CHANGEABLE | {Phase.SEALED, Phase.ROSTER, Phase.DRAW, Phase.DECRYPTION}


class Parties(NamedTuple):
    """Who signed a package, and whose keys open it."""

    signer: Certificate
    recipients: tuple[Certificate, ...]


class Dependent(NamedTuple):
    """A tender that is still to be opened, and for which renewed certificates its key is kept."""

    parties: Parties
    old_key_kept: tuple[str, ...]


def parties(papers: Papers) -> Parties:
    """By the package's own papers, which were judged when it came."""
    signed = signing.cades_verify(papers.signature, papers.seal)
    header = Header.parse(papers.header)
    suite, named = header.suite, header.recipients
    recipients = [it for it in signed.certificates if suite.digest(it.der) in named]
    return Parties(signed.certificate, tuple(recipients))
