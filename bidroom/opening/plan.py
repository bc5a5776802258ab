"""What a notice fixes of its draw (抽取): what is drawn, and who contributes chance to it.

Nobody draws alone. Each contributor fixes a share beforehand by a commitment, and splits it among
the others, so that at least `together` of them can restore what one withholds, and none alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from bidroom.envelope import PersonId

BALLS_MAX: Final = 1000
ROUNDS_MAX: Final = 10
CONTRIBUTORS_MAX: Final = 7

Hash: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]  # 32 bytes, hex
Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Base64: TypeAlias = Annotated[str, Meta(min_length=4, max_length=8_000)]
Ball: TypeAlias = int | str  # what stands on a ball: a whole number (see Round.decimals), or a text
Picks: TypeAlias = tuple[int, ...]  # numbers of balls, from 1, in the order they came


class Part(StrEnum):
    """In what capacity somebody contributes."""

    PLATFORM = "platform"  # 平台
    SUPERVISOR = "supervisor"  # 监督人
    NOTARY = "notary"  # 公证人


class Round(Struct, frozen=True, forbid_unknown_fields=True):
    """One round (轮次): `take` balls out of a list, and what its values mean.

    A number is whole: with `decimals` 2, the ball 125 reads 1.25.
    """

    label_zh: Label
    label_en: Label
    balls: Annotated[tuple[Ball, ...], Meta(max_length=BALLS_MAX)]  # () where bidders are drawn
    of_bidders: bool = False  # 抽签: the balls are the roster's bidders, by credit code
    take: Annotated[int, Meta(ge=1, le=100)] = 1
    put_back: bool = False  # whether a ball may come twice
    decimals: Annotated[int, Meta(ge=0, le=6)] = 0
    unit: Annotated[str, Meta(max_length=16)] = ""


class SealedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a share for one contributor, sealed to its certificate (a key envelope).

    To the contributor itself it is the whole share, kept: so nothing needs to lie on a device.
    """

    to: PersonId
    sealed: Base64
    commitment: Hash


class Contributor(Struct, frozen=True, forbid_unknown_fields=True):
    """One contributor, as it signed (`bidroom/draw-share/1`). Certificates are base64 of DER."""

    part: Part
    person: PersonId
    name: Label
    certificate: Base64  # for encryption
    salt: Hash
    commitment: Hash  # to the share
    parts: Annotated[tuple[SealedPart, ...], Meta(max_length=CONTRIBUTORS_MAX)]
    signer: Base64
    signature: Base64


class DrawPlan(Struct, frozen=True, forbid_unknown_fields=True):
    rounds: Annotated[tuple[Round, ...], Meta(min_length=1, max_length=ROUNDS_MAX)]
    contributors: Annotated[tuple[Contributor, ...], Meta(max_length=CONTRIBUTORS_MAX)]
    together: Annotated[int, Meta(ge=2, le=CONTRIBUTORS_MAX - 1)] = 2  # who restore a share
