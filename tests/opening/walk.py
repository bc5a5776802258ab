"""Openings that could happen: anyone asks for anything at any time, and the rules see to the rest.

python -m tests.opening.walk [seed]    walks until every row was taken often, and prints the counts
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final, get_args

from bidroom.envelope import HALL, Actor, Envelope, PersonId, StreamId
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.commands import Command, Refusal
from bidroom.opening.policy import DrawOrder
from bidroom.opening.record import Event, Phase
from bidroom.opening.rules import decide, due
from bidroom.opening.state import Opening, Seal, evolve
from bidroom.opening.table import ALLOWED
from tests.opening.drawn import (
    CONTRIBUTORS,
    PLAN,
    PLATFORM,
    ROOT,
    SHARES,
    handed,
    release,
    reveal,
    schedule,
)
from tests.opening.people import (
    ACT,
    AGENT,
    NOON,
    NOTARY,
    PEOPLE,
    READ,
    SCHEDULE,
    SCRIBE,
    SUPERVISOR,
    A,
    B,
    C,
    tender,
)

STREAM: Final = StreamId("opening/DEMO-001")
OUTCOMES: Final[list[r.Outcome]] = [READ, READ, r.Unreadable("field_missing", "11" * 32)]
STEPS_MAX: Final = 60
BODY: Final[list[type[Command]]] = [c.NoteBody, c.NoteUnreadableBody]
BODIES: Final = {Phase.DRAW, Phase.READ_OUT, Phase.CONFIRMATION, Phase.OBJECTIONS, Phase.SIGNING}

# What brings an opening forward: a brisk walk mostly does these, and so gets to the end.
FORWARD: Final[dict[Phase, list[type[Command]]]] = {
    Phase.SCHEDULED: [c.OpenLobby],
    Phase.LOBBY: [c.SealTenders],
    Phase.SEALED: [c.PublishRoster],
    Phase.ROSTER: [c.BeginDecryption, c.BeginDraw],
    Phase.DRAW: [
        c.RevealShare,
        c.RevealShare,
        c.ReleasePart,
        c.EnterManualDraw,
        c.CosignManualDraw,
        c.BeginDecryption,
        c.BeginConfirmation,
    ],
    Phase.DECRYPTION: [c.DecryptTender],
    Phase.SETTLED: [c.ReadOutOffers],
    Phase.READ_OUT: [c.BeginConfirmation, c.BeginDraw],
    Phase.CONFIRMATION: [c.Confirm, c.Confirm, c.RaiseObjection],
    Phase.OBJECTIONS: [c.AnswerObjection],
    Phase.SIGNING: [c.SignRecord, c.SignRecord, c.Close],
    Phase.CLOSED: [c.NameCandidates, *BODY],
    Phase.CANDIDATES: [c.MakeAward, *BODY],
    Phase.AWARDED: [c.RecordContract, *BODY],
    Phase.CONTRACTED: [*BODY],
}
SCHEDULES: Final = [SCHEDULE, *(schedule(PLAN, order) for order in DrawOrder)]
ENDS: Final = {Phase.NOT_OPENED, Phase.TERMINATED}


class Walk:
    """One random opening. `entries` is its record; `taken` counts (phase, command)."""

    def __init__(self, random: Random, taken: Counter[tuple[str, str]]) -> None:
        self.random, self.taken = random, taken
        self.entries: list[Envelope[Event]] = []
        self.opening: Opening | None = None
        self.at: datetime = NOON - timedelta(days=1)
        self.brisk = random.random() < 0.75

    def run(self) -> Walk:
        self.put(self.random.choice(SCHEDULES), AGENT)
        for _ in range(STEPS_MAX):
            if self.now.phase not in ENDS or self.random.random() < 0.3:
                self.step()
        return self

    def step(self) -> None:
        opening = self.now
        self.at += timedelta(seconds=self.random.choice([0, 1, 5, 20, 60]))
        self.maybe_jump(opening)
        if self.random.random() < 0.35 and (step := due(opening)) and self.at >= step.at:
            self.put(self.make(step.command, opening), HALL)
            return
        if self.brisk and self.random.random() < 0.8 and opening.phase in FORWARD:
            kinds = FORWARD[opening.phase]
            if opening.phase in BODIES and self.random.random() < 0.08:
                kinds = BODY
            kind = self.random.choice(kinds)
            self.put(self.make(kind, opening), self.who(kind))
            return
        kinds = list(ALLOWED)
        if self.random.random() < 0.8:  # mostly what the phase has a row for
            kinds = [kind for kind, row in ALLOWED.items() if opening.phase in row.phases] or kinds
        kind = self.random.choice(kinds)
        often = 0.3 if opening.phase is Phase.SETTLED else 0.85
        if kind is c.Terminate and self.random.random() < often:
            return
        if kind is c.Postpone and self.random.random() < 0.5:
            return
        self.put(self.make(kind, opening), self.who(kind))

    def maybe_jump(self, opening: Opening) -> None:
        step = due(opening)
        if step and step.at > self.at:
            far = opening.phase in {Phase.SCHEDULED, Phase.LOBBY}
            late = self.brisk and opening.phase in {Phase.OBJECTIONS, Phase.DRAW}
            if self.random.random() < (0.5 if far or late else 0.08):
                self.at = step.at

    def who(self, kind: type[Command]) -> Actor:
        roles = ALLOWED[kind].roles
        if self.random.random() < 0.1:
            return self.random.choice(PEOPLE)
        fitting = [person for person in PEOPLE if person.role in roles]
        if self.random.random() < 0.6 and AGENT in fitting:
            return SCRIBE if kind is c.SignRecord and self.random.random() < 0.5 else AGENT
        return self.random.choice(fitting)

    @property
    def now(self) -> Opening:
        assert self.opening is not None, "a walk begins with Schedule"
        return self.opening

    def put(self, command: Command, by: Actor) -> None:
        phase = self.opening.phase if self.opening else None
        try:
            events = decide(self.opening, command, by, self.at)
        except Refusal:
            return
        self.taken[(phase.value if phase else "-"), type(command).__name__] += 1
        cause = f"ask-{len(self.entries):05}"
        for event in events:
            seq = len(self.entries) + 1
            self.entries.append(Envelope(STREAM, seq, self.at, by, cause, event))
            self.opening = evolve(self.opening, event)

    def make(self, kind: type[Command], opening: Opening) -> Command:
        random, version = self.random, opening.version
        if random.random() < 0.03:
            version += random.choice([-1, 1])
        who = random.choice([A, B, C])
        decrypted = [w for w, it in opening.tenders.items() if it.seal is Seal.DECRYPTED]
        few = random.random() < 0.08
        made: dict[type[Command], Any] = {
            c.Schedule: lambda: SCHEDULE,
            c.Postpone: lambda: c.Postpone(
                version, opening.opens_at + timedelta(minutes=random.randint(-5, 90)), "延期"
            ),
            c.OpenLobby: c.OpenLobby,
            c.SealTenders: lambda: c.SealTenders(
                tuple(
                    tender(w, intact=random.random() < 0.9) for w in ([A, B] if few else [A, B, C])
                )
            ),
            c.PublishRoster: lambda: c.PublishRoster(version),
            c.BeginDraw: lambda: c.BeginDraw(
                version, len(self.entries), ROOT, random.choice([PLATFORM, PLATFORM, None])
            ),
            c.RevealShare: lambda: reveal(random.choice([SUPERVISOR, NOTARY])),
            c.ReleasePart: lambda: self.release(opening),
            c.CloseDraw: lambda: handed(*unknown(opening)),
            c.EnterManualDraw: lambda: c.EnterManualDraw(((3,), (1, 2), (2, 3, 1)), "断电", ACT),
            c.CosignManualDraw: lambda: c.CosignManualDraw(ACT),
            c.BeginDecryption: lambda: c.BeginDecryption(version),
            c.DecryptTender: lambda: c.DecryptTender(ACT),
            c.NoteRefusedKey: lambda: c.NoteRefusedKey("wrong_key"),
            c.ExtendWindow: lambda: c.ExtendWindow(version, random.choice([60, 600, 900]), "网络"),
            c.CloseWindow: c.CloseWindow,
            c.NoteBody: lambda: c.NoteBody(who, "22" * 32, 2, 12_345),
            c.NoteUnreadableBody: lambda: c.NoteUnreadableBody(who, "unreadable_body"),
            c.ReadOutOffers: lambda: c.ReadOutOffers(
                version, {w: random.choice(OUTCOMES) for w in decrypted}
            ),
            c.BeginConfirmation: lambda: c.BeginConfirmation(version),
            c.Confirm: lambda: c.Confirm(ACT),
            c.EndConfirmation: c.EndConfirmation,
            c.RaiseObjection: lambda: c.RaiseObjection("开标时间有异议", ACT),
            c.AnswerObjection: lambda: c.AnswerObjection(
                random.choice(opening.unanswered or [1]), "已核实"
            ),
            c.PassHost: c.PassHost,
            c.SignRecord: lambda: c.SignRecord(ACT),
            c.Close: lambda: c.Close(version),
            c.Terminate: lambda: c.Terminate(version, "招标人终止"),
            c.NameCandidates: lambda: c.NameCandidates(version, (who,)),
            c.MakeAward: lambda: c.MakeAward(version, random.choice(opening.candidates or (who,))),
            c.RecordContract: lambda: c.RecordContract(version, date(2026, 5, 20)),
        }
        command: Command = made[kind]()
        return command

    def release(self, opening: Opening) -> c.ReleasePart:
        """A part of a share, with the share itself where the parts are now enough."""
        of, by = self.random.choice(unknown(opening) or [SUPERVISOR]), NOTARY
        if of == NOTARY or (of == HALL.id and self.random.random() < 0.5):
            by = SUPERVISOR
        released = opening.draw.parts.get(of, {}) if opening.draw else {}
        return release(of, by, SHARES[of] if len({*released, by}) == 2 else None)


def unknown(opening: Opening) -> list[PersonId]:
    """Whose shares are not known."""
    shares = opening.draw.shares if opening.draw else {}
    return [who for who in CONTRIBUTORS if who not in shares]


def possible() -> set[tuple[str, str]]:
    """Every (phase, command) that the table allows."""
    rows = {(phase.value, kind.__name__) for kind, row in ALLOWED.items() for phase in row.phases}
    return rows | {("-", "Schedule")}


def walk_until(seed: int, times: int, walks_max: int) -> tuple[Counter[Any], Counter[str], int]:
    """Walk until every row and every kind of event came `times` times; how often each did."""
    random, taken, seen = Random(seed), Counter[Any](), Counter[str]()
    kinds, rows = {event.__name__ for event in get_args(Event)}, possible()
    for walks in range(1, walks_max + 1):
        for entry in Walk(random, taken).run().entries:
            seen[type(entry.event).__name__] += 1
        if walks % 50:
            continue
        if min(taken[row] for row in rows) >= times and min(seen[kind] for kind in kinds) >= times:
            return taken, seen, walks
    missing = {row: taken[row] for row in possible() if taken[row] < times}
    missing |= {kind: seen[kind] for kind in kinds if seen[kind] < times}
    raise AssertionError(f"after {walks_max} walks (seed {seed}) still too rare: {missing}")


if __name__ == "__main__":
    seed = int(sys.argv[1]) if sys.argv[1:] else 20261123
    taken, seen, walks = walk_until(seed, times=1000, walks_max=60_000)
    rows = {f"{phase} {kind}": n for (phase, kind), n in sorted(taken.items())}
    print(json.dumps({"seed": seed, "walks": walks, "accepted": rows, "events": dict(seen)}))
