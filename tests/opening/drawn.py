"""A draw for the stories: a plan whose shares everybody here knows, and its contributors."""

from __future__ import annotations

from random import Random
from typing import Final

from msgspec.structs import replace

from bidroom.envelope import HALL, Actor, PersonId
from bidroom.opening import commands as c
from bidroom.opening.draw import part_commitment, share_commitment
from bidroom.opening.drawing import Drawing
from bidroom.opening.plan import Contributor, DrawPlan, Part, Round, SealedPart
from bidroom.opening.policy import DrawOrder
from crypto import shamir
from tests.opening.people import ACT, AGENT, NOTARY, SCHEDULE, SUPERVISOR, A, B, C, Story

LOT: Final = "DEMO-001"
CONTRIBUTORS: Final = {
    HALL.id: Part.PLATFORM,
    SUPERVISOR: Part.SUPERVISOR,
    NOTARY: Part.NOTARY,
}
ROOT: Final = "ab" * 32
_random = Random(20261127)
SHARES: Final = {who: _random.randbytes(32).hex() for who in CONTRIBUTORS}
SALTS: Final = {who: _random.randbytes(32).hex() for who in CONTRIBUTORS}


def _parts(of: PersonId) -> dict[PersonId, str]:
    others = [who for who in CONTRIBUTORS if who != of]
    split = shamir.split(bytes.fromhex(SHARES[of]), 2, len(others), _random.randbytes)
    return {who: part.hex() for who, part in zip(others, split, strict=True)}


PARTS: Final = {of: _parts(of) for of in CONTRIBUTORS}


def _contributor(who: PersonId, part: Part) -> Contributor:
    commitment = share_commitment(LOT, who, SALTS[who], SHARES[who])
    sealed = tuple(
        SealedPart(to, "c2VhbA==", commitment if to == who
                   else part_commitment(LOT, who, to, PARTS[who][to]))
        for to in CONTRIBUTORS
    )  # fmt: skip
    return Contributor(
        part, who, f"{who} 名", "Y2VydA==", SALTS[who], commitment, sealed, "Y2VydA==", "c2ln"
    )


ROUNDS: Final = (
    Round("下浮率", "Discount", (100, 125, 150, 175, 200, 225), decimals=2, unit="%"),
    Round("评标办法", "Method", ("方法一", "方法二", "方法三"), take=2),
    Round("抽签顺序", "Order", (), of_bidders=True, take=3),
)
PLAN: Final = DrawPlan(
    ROUNDS, tuple(_contributor(who, part) for who, part in CONTRIBUTORS.items()), together=2
)


def schedule(plan: DrawPlan = PLAN, order: DrawOrder = DrawOrder.BEFORE_DECRYPTION) -> c.Schedule:
    return replace(
        SCHEDULE,
        notice=replace(SCHEDULE.notice, draw=plan),
        policy=replace(SCHEDULE.policy, draw_order=order),
    )


def reveal(who: PersonId) -> c.RevealShare:
    return c.RevealShare(SHARES[who], ACT)


def release(of: PersonId, by: PersonId, restored: str | None = None) -> c.ReleasePart:
    return c.ReleasePart(of, PARTS[of][by], ACT, restored)


def handed(*missing: PersonId) -> c.CloseDraw:
    """The end of the first window, with the hall's own parts of what is missing."""
    parts = [c.Handed(of, PARTS[of][HALL.id], ACT) for of in missing if of != HALL.id]
    return c.CloseDraw(tuple(parts))


PLATFORM: Final = c.Revealed(SHARES[HALL.id], ACT)


class DrawStory(Story):
    """An opening with a draw. Its window goes from minute 2 to 12, the second as long again."""

    order = DrawOrder.BEFORE_DECRYPTION

    def scheduled(self) -> DrawStory:
        self.say(schedule(order=self.order), AGENT, -24 * 60)
        return self

    def begun(self, platform: c.Revealed | None = PLATFORM) -> DrawStory:
        self.roster(A, B, C)
        self.say(c.BeginDraw(self.version, 7, ROOT, platform), AGENT, 2)
        return self

    def restoring(self, *revealed: Actor) -> DrawStory:
        self.begun()
        for who in revealed:
            self.say(reveal(who.id), who, 3)
        missing = [who for who in CONTRIBUTORS if who not in self.drawing.shares]
        self.say(handed(*missing), HALL, 12)
        return self

    def failed(self) -> DrawStory:
        """From minute 22 to 32 a ball machine's result may be entered."""
        self.restoring().say(c.CloseDraw(()), HALL, 22)
        return self

    @property
    def drawing(self) -> Drawing:
        assert self.now.draw is not None
        return self.now.draw
