"""What the draw computes, fixed for both languages.

python -m tests.opening.draw_vectors    writes tests/opening/draw.json anew
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from bidroom.envelope import PersonId
from bidroom.opening.draw import draw, part_commitment, seed_of, share_commitment
from bidroom.opening.plan import DrawPlan, Round
from tests.opening.drawn import PLAN

FILE: Final = Path(__file__).with_name("draw.json")
BIDDERS: Final = [
    PersonId(code) for code in ("91110000802100433B", "914403001922038216", "9144030071526726XG")
]
PEOPLE: Final = ("hall", "监督人", "notary-𠮷")


def made() -> dict[str, Any]:
    random = Random(3797)
    return {
        "commitments": [_commitment(random, person) for person in PEOPLE],
        "draws": [_draw(random, plan) for plan in _plans() for _ in range(10)],
    }


def _commitment(random: Random, person: str) -> dict[str, str]:
    salt, share = random.randbytes(32).hex(), random.randbytes(32).hex()
    who = PersonId(person)
    return {
        "lot": "2026-𠮷-1",
        "person": person,
        "salt": salt,
        "share": share,
        "share_commitment": share_commitment("2026-𠮷-1", who, salt, share),
        "part_commitment": part_commitment("2026-𠮷-1", who, PersonId("other"), share),
    }


def _plans() -> list[DrawPlan]:
    many = Round("号", "Number", tuple(range(1, 1001)), take=100)
    again = replace(many, balls=tuple(range(1, 998)), put_back=True)
    return [PLAN, replace(PLAN, rounds=(many, again))]


def _draw(random: Random, plan: DrawPlan) -> dict[str, Any]:
    notice, root = random.randbytes(32).hex(), random.randbytes(32).hex()
    shares = [random.randbytes(32).hex() for _ in plan.contributors]
    seed = seed_of(notice, root, shares)
    return {
        "rounds": plan.rounds,
        "notice": notice,
        "root": root,
        "shares": shares,
        "seed": seed,
        "drawn": draw(plan, seed, BIDDERS),
    }


if __name__ == "__main__":
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(made(), order="sorted"), indent=0))
