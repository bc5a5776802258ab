"""Shares of a draw (抽取): how one is made, sealed, signed, opened again and restored.

A contributor makes its share once, with everybody's certificates before it. What it hands in holds
the share for itself and a part of it for each of the others, every one in a key envelope that its
own certificate opens: nothing has to be kept on any device but the key.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Final, NamedTuple, Protocol

from msgspec import Meta, Struct

from bidroom.envelope import HALL, PersonId
from bidroom.opening.draw import part_commitment, parts_sha256, share_commitment
from bidroom.opening.plan import (
    CONTRIBUTORS_MAX,
    Contributor,
    DrawPlan,
    Label,
    Part,
    SealedPart,
)
from bidroom.opening.policy import LotCode
from crypto import keyenv, shamir, signing, statements
from crypto.certificates import Certificate, Usage
from crypto.errors import Reason, SealRefused
from crypto.opening import Unwrapper

SHARE: Final = 32  # bytes of a share, and of each part of it
TOGETHER: Final = 2
Entropy = Callable[[int], bytes]


class ShareRefused(Exception):
    """A contribution isn't what it must be: whose, and what is wrong with it."""

    def __init__(self, person: PersonId, what: str) -> None:
        super().__init__(f"{person}: {what}")
        self.person, self.what = person, what


class Holder(NamedTuple):
    """Somebody who contributes, with the certificate that is sealed to."""

    part: Part
    person: PersonId
    name: str
    certificate: Certificate


class Signer(Protocol):
    @property
    def certificate(self) -> Certificate: ...

    def sign(self, data: bytes) -> bytes: ...


class Called(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody asked to contribute; `certificate` is DER."""

    part: Part
    person: PersonId
    name: Label
    certificate: bytes

    @property
    def holder(self) -> Holder:
        """Raises SealRefused."""
        return Holder(self.part, self.person, self.name, Certificate(self.certificate))


class Call(Struct, frozen=True, forbid_unknown_fields=True):
    """Everybody who is to contribute to one lot's draw, in the order of the seed."""

    lot: LotCode
    holders: Annotated[tuple[Called, ...], Meta(min_length=3, max_length=CONTRIBUTORS_MAX)]
    together: Annotated[int, Meta(ge=2, le=CONTRIBUTORS_MAX - 1)] = TOGETHER


def contribute(
    lot: str,
    person: PersonId,
    holders: Sequence[Holder],
    signer: Signer,
    entropy: Entropy,
    together: int = TOGETHER,
) -> Contributor:
    """`person`'s contribution: a new share, split among all other `holders`, in their order."""
    own = next(it for it in holders if it.person == person)
    share, salt = entropy(SHARE), entropy(SHARE).hex()
    others = iter(shamir.split(share, together, len(holders) - 1, entropy))
    parts = []
    for it in holders:
        part = share if it.person == person else next(others)
        sealed = base64.b64encode(keyenv.wrap(part, [it.certificate], entropy)).decode()
        commitment = (
            share_commitment(lot, person, salt, share.hex())
            if it.person == person
            else part_commitment(lot, person, it.person, part.hex())
        )
        parts.append(SealedPart(it.person, sealed, commitment))
    made = Contributor(
        part=own.part,
        person=person,
        name=own.name,
        certificate=base64.b64encode(own.certificate.der).decode(),
        salt=salt,
        commitment=share_commitment(lot, person, salt, share.hex()),
        parts=tuple(parts),
        signer=base64.b64encode(signer.certificate.der).decode(),
        signature="",
    )
    signature = base64.b64encode(signer.sign(_statement(lot, made))).decode()
    return Contributor(
        made.part, made.person, made.name, made.certificate, made.salt, made.commitment,
        made.parts, made.signer, signature,
    )  # fmt: skip


def signer_of(lot: str, made: Contributor) -> Certificate:
    """Who signed a contribution to just this lot. Raises ShareRefused.

    Whether the certificate is good and the person's is for others to say.
    """
    try:
        signer = Certificate(_base64(made.signer))
        signing.verify(signer, _statement(lot, made), _base64(made.signature))
        certificate_of(made)
    except (SealRefused, ValueError):
        raise ShareRefused(made.person, "signature") from None
    for it in made.parts:
        if it.to == made.person and it.commitment != made.commitment:
            raise ShareRefused(made.person, "commitment")
        try:
            keyenv.recipients_of(_base64(it.sealed))
        except (SealRefused, ValueError):
            raise ShareRefused(made.person, "part") from None
    return signer


def certificate_of(made: Contributor) -> Certificate:
    """What is sealed to. Raises SealRefused, ValueError."""
    certificate = Certificate(_base64(made.certificate))
    if Usage.ENCRYPT not in certificate.usages:
        raise SealRefused(Reason.CERTIFICATE_WRONG_USAGE)
    return certificate


def opened(plan: DrawPlan, of: PersonId, to: PersonId, key: Unwrapper) -> str:
    """What `to` holds of `of`'s share, hex: the whole of it where that is itself.

    Raises SealRefused as key envelopes do, LookupError where the plan has no such part.
    """
    owner = next(it for it in plan.contributors if it.person == of)
    held = next(it for it in owner.parts if it.to == to)
    return key.unwrap(_base64(held.sealed)).hex()


def restored(lot: str, plan: DrawPlan, of: PersonId, parts: Mapping[PersonId, str]) -> str | None:
    """`of`'s share, out of any `plan.together` of the parts that others released; None if no such
    parts give what was committed to.
    """
    owner = next(it for it in plan.contributors if it.person == of)
    others = [it.to for it in owner.parts if it.to != of]
    numbered = {others.index(who) + 1: bytes.fromhex(part) for who, part in parts.items()}
    for chosen in combinations(sorted(numbered), plan.together):
        share = shamir.combine({number: numbered[number] for number in chosen}).hex()
        if share_commitment(lot, of, owner.salt, share) == owner.commitment:
            return share
    return None


def is_platforms(made: Contributor) -> bool:
    return made.part is Part.PLATFORM and made.person == HALL.id


def _statement(lot: str, made: Contributor) -> bytes:
    certificate = Certificate(_base64(made.certificate)).fingerprint
    return statements.draw_share(
        lot, made.person, certificate, made.salt, made.commitment, parts_sha256(made)
    )


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
