"""A draw's orders as the rules hear them: with the record's root, and with what the hall holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bidroom.envelope import PersonId
from bidroom.opening import commands as c
from bidroom.opening.commands import Command, Reason, Refusal
from bidroom.opening.draw import Manual
from bidroom.opening.drawing import Stage
from bidroom.opening.policy import digest
from bidroom.opening.state import Opening
from bidroom.ports import Draws
from bidroom.wire import HandOverPart

if TYPE_CHECKING:
    from datetime import datetime

    from bidroom.postgres.pool import Connection


async def begin(
    conn: Connection, draws: Draws, opening: Opening, stream: str, version: int, at: datetime
) -> Command:
    """The order to draw. The stream's row is locked, so the record can't grow meanwhile."""
    row = await conn.fetchrow(
        "select seq, root from hall.entry where stream = $1 order by seq desc limit 1", stream
    )
    assert row is not None, "an opening has a record"
    size, root = row["seq"], row["root"].hex()
    planned = opening.facts.notice.draw is not None
    own = draws.reveal(opening, size, root, at) if planned else None
    return c.BeginDraw(version, size, root, own)


async def close(
    conn: Connection, draws: Draws, opening: Opening, stream: str, at: datetime
) -> Command:
    """The end of a window: with the parts that the hall holds of what is missing."""
    if opening.draw is None or opening.draw.stage is not Stage.REVEALING:
        return c.CloseDraw(())
    row = await conn.fetchrow(
        "select seq, root from hall.entry where stream = $1 order by seq desc limit 1", stream
    )
    assert row is not None, "an opening has a record"
    return c.CloseDraw(draws.parts(opening, row["seq"], row["root"].hex(), at))


def released(
    draws: Draws, opening: Opening | None, by: PersonId, told: HandOverPart
) -> c.ReleasePart:
    """A part, with the share that it gives once there are enough of them."""
    restored = None
    if opening is not None and opening.draw is not None:
        parts = opening.draw.parts.get(told.of, {}) | {by: told.part}
        restored = draws.restored(opening, told.of, parts)
    return c.ReleasePart(told.of, told.part, told.act, restored)


def subject(opening: Opening | None, by: PersonId, command: Command) -> str:
    """What an act of a draw must be over, by what the notice and the record have."""
    plan = opening.facts.notice.draw if opening else None
    if opening is None or plan is None:
        raise Refusal(Reason.NOT_NOW)
    owners = {it.person: it for it in plan.contributors}
    match command:
        case c.RevealShare():
            return owners[by].commitment if by in owners else ""
        case c.ReleasePart(of):
            parts = owners[of].parts if of in owners else ()
            return next((it.commitment for it in parts if it.to == by), "")
        case c.EnterManualDraw(picks, reason):
            return digest(Manual(opening.facts.notice_sha256, picks, reason))
        case c.CosignManualDraw() if opening.draw is not None:
            picks = tuple(it.picks for it in opening.draw.rounds)
            reason = opening.draw.reason or ""
            return digest(Manual(opening.facts.notice_sha256, picks, reason))
        case _:
            raise AssertionError(command)


Signing: TypeAlias = c.RevealShare | c.ReleasePart | c.EnterManualDraw | c.CosignManualDraw
PURPOSES: dict[type[Command], str] = {
    c.RevealShare: "reveal",
    c.ReleasePart: "release",
    c.EnterManualDraw: "draw",
    c.CosignManualDraw: "draw",
}
