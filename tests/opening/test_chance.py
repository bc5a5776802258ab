"""The chance of a draw: fixed beforehand, computed by anybody, and favouring no ball."""

from __future__ import annotations

import hmac
from collections import Counter
from hashlib import sha256

import msgspec

from bidroom.opening.draw import below, draw, share_commitment
from bidroom.opening.plan import DrawPlan, Round
from tests.opening.draw_vectors import FILE, made
from tests.opening.drawn import PLAN, SALTS, SHARES
from tests.opening.people import SUPERVISOR


def test_a_share_is_committed_to_with_its_owner_and_lot() -> None:
    fixed = share_commitment("DEMO-001", SUPERVISOR, SALTS[SUPERVISOR], SHARES[SUPERVISOR])
    framed = b"\0\x08DEMO-001" + b"\0\x09" + SUPERVISOR.encode()
    bound = framed + bytes.fromhex(SALTS[SUPERVISOR] + SHARES[SUPERVISOR])
    assert fixed == sha256(b"bidroom/draw-share/1\0" + bound).hexdigest()


def test_every_ball_comes_equally_often() -> None:
    """χ² over 6 balls and 12,000 seeds: above 20.5 comes once in a thousand (5 degrees)."""
    plan = DrawPlan((Round("一", "One", tuple(range(6)), take=2),), PLAN.contributors)
    seeds = [sha256(b"%d" % n).hexdigest() for n in range(12_000)]
    drawn = [draw(plan, seed, ())[0].picks for seed in seeds]
    for place in (0, 1):
        counts = Counter(picks[place] for picks in drawn)
        assert set(counts) == {1, 2, 3, 4, 5, 6}
        assert sum((n - 2000) ** 2 / 2000 for n in counts.values()) < 20.5
    assert len(Counter(drawn)) == 30, "every pair in either order"
    assert all(first != second for first, second in drawn)


def test_what_would_favour_some_balls_is_rejected() -> None:
    """Of the 65,536 values of an attempt the last 536 would favour 0 to 535 of 1000 balls."""
    rejected = 0
    for number in range(1, 400):
        seed = "5e" * 32
        counters = number.to_bytes(4, "big") + (1).to_bytes(4, "big")
        attempts = [
            int.from_bytes(
                hmac.digest(
                    bytes.fromhex(seed),
                    b"bidroom/draw-value/1\0" + counters + attempt.to_bytes(4, "big"),
                    "sha256",
                )[:2],
                "big",
            )
            for attempt in range(3)
        ]
        fair = next(value for value in attempts if value < 65_000)
        rejected += attempts[0] >= 65_000
        assert below(1000, seed, number, 1) == fair % 1000
    assert rejected > 0


def test_a_ball_that_is_put_back_may_come_again() -> None:
    plan = DrawPlan((Round("一", "One", (7, 8), take=20, put_back=True),), PLAN.contributors)
    picks = draw(plan, "00" * 32, ())[0].picks
    assert len(picks) == 20
    assert set(picks) == {1, 2}


def test_the_vectors_are_what_is_computed() -> None:
    written = msgspec.json.decode(FILE.read_bytes())
    assert written == msgspec.json.decode(msgspec.json.encode(made()))
    assert len(written["draws"]) == 20
