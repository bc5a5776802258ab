"""The draw (抽取), computed: commitments, the seed, and the balls that follow from it.

Chance comes in as shares that were fixed before anybody could know what they would do; from there
on everything is hashing, which whoever checks repeats (docs/seal.md has every byte, RFC 3797 the
precedent). The browser's twin is web/src/room/draw.ts.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from bidroom.envelope import PersonId
from bidroom.opening.plan import Ball, Contributor, DrawPlan, Picks, Round
from bidroom.opening.policy import canonical

_SHARE: Final = b"bidroom/draw-share/1\0"
_PART: Final = b"bidroom/draw-part/1\0"
_SEED: Final = b"bidroom/draw-seed/1\0"
_VALUE: Final = b"bidroom/draw-value/1\0"
_TRY: Final = 2  # bytes of one attempt: so many are rejected that tests see it happen


class Drawn(Struct, frozen=True):
    """What came of one round: the numbers of the balls, and what stands on them."""

    picks: Picks
    values: tuple[Ball, ...]


class Manual(Struct, frozen=True):
    """What host and notary sign where a ball machine took the draw's place."""

    notice: str
    picks: tuple[Picks, ...]
    reason: str


def share_commitment(lot: str, person: PersonId, salt: str, share: str) -> str:
    """What fixes a share: hex in, hex out."""
    bound = _framed(lot) + _framed(person) + bytes.fromhex(salt) + bytes.fromhex(share)
    return sha256(_SHARE + bound).hexdigest()


def part_commitment(lot: str, of: PersonId, to: PersonId, part: str) -> str:
    """What fixes the part of `of`'s share that lies with `to`."""
    bound = _framed(lot) + _framed(of) + _framed(to) + bytes.fromhex(part)
    return sha256(_PART + bound).hexdigest()


def parts_sha256(contributor: Contributor) -> str:
    """What a contributor's signature says of the sealed parts."""
    return sha256(canonical(contributor.parts)).hexdigest()


def seed_of(notice_sha256: str, root: str, shares: Sequence[str]) -> str:
    """The seed: of the notice, the frozen record's root, and all shares in the plan's order."""
    fixed = b"".join(map(bytes.fromhex, (notice_sha256, root, *shares)))
    return sha256(_SEED + fixed).hexdigest()


def balls_of(round_: Round, bidders: Sequence[PersonId]) -> tuple[Ball, ...]:
    """The ball list (摇球列表) of a round; `bidders` as the roster has them, by credit code."""
    return tuple(bidders) if round_.of_bidders else round_.balls


def taken(round_: Round, balls: Sequence[Ball]) -> int:
    """How many balls a round takes: no more than there are, where none is put back."""
    return round_.take if round_.put_back else min(round_.take, len(balls))


def draw(plan: DrawPlan, seed: str, bidders: Sequence[PersonId]) -> tuple[Drawn, ...]:
    """What every round gives: the same for everybody who computes it."""
    return tuple(
        drawn(round_, balls_of(round_, bidders), _picks(seed, number, round_, bidders))
        for number, round_ in enumerate(plan.rounds, 1)
    )


def drawn(round_: Round, balls: Sequence[Ball], picks: Picks) -> Drawn:
    return Drawn(picks, tuple(balls[pick - 1] for pick in picks))


def fits(round_: Round, balls: Sequence[Ball], picks: Picks) -> bool:
    """Whether a ball machine could have given `picks` for this round."""
    return (
        len(picks) == taken(round_, balls)
        and all(1 <= pick <= len(balls) for pick in picks)
        and (round_.put_back or len(set(picks)) == len(picks))
    )


def _picks(seed: str, number: int, round_: Round, bidders: Sequence[PersonId]) -> Picks:
    balls = balls_of(round_, bidders)
    left = list(range(1, len(balls) + 1))
    picks = []
    for turn in range(1, taken(round_, balls) + 1):
        place = below(len(left), seed, number, turn)
        picks.append(left[place] if round_.put_back else left.pop(place))
    return tuple(picks)


def below(limit: int, seed: str, number: int, turn: int) -> int:
    """A number from 0 to `limit` − 1, each equally likely: what would favour some is rejected."""
    whole = 1 << 8 * _TRY
    fair = whole - whole % limit
    attempt = 0
    while True:
        counters = b"".join(count.to_bytes(4, "big") for count in (number, turn, attempt))
        block = hmac.digest(bytes.fromhex(seed), _VALUE + counters, sha256)
        value = int.from_bytes(block[:_TRY], "big")
        if value < fair:
            return value % limit
        attempt += 1


def _framed(text: str) -> bytes:
    said = text.encode()
    return len(said).to_bytes(2, "big") + said
