"""The story of `Opened`, with a draw between the roster and decryption: real shares, real acts."""

from __future__ import annotations

import secrets

from bidroom import shares
from bidroom.envelope import HALL, Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.draw import Manual
from bidroom.opening.plan import DrawPlan, Part
from bidroom.opening.policy import Policy, digest
from crypto.certificates import Usage
from crypto.demo_ca import Issued, Subject
from crypto.statements import Purpose
from tests.opening.drawn import ROUNDS
from tests.opening.people import after
from tests.publish.opened import CODES, LOT, Opened

SUPERVISOR, NOTARY = PersonId("supervisor-1"), PersonId("notary-1")
PARTS = {HALL.id: Part.PLATFORM, SUPERVISOR: Part.SUPERVISOR, NOTARY: Part.NOTARY}
ROLES = {SUPERVISOR: Role.SUPERVISOR, NOTARY: Role.NOTARY}


class OpenedDraw(Opened):
    """`silent` is whoever withholds a share; with two of them a ball machine is used."""

    policy = Policy(draw_s=6)  # its windows end at 1.2, 1.3 and 1.4 minutes past noon
    others = ((r.Person(SUPERVISOR, "孙监督"),), r.Person(NOTARY, "钱公证"))

    def __init__(self, *silent: PersonId) -> None:
        super().__init__()
        self.silent = silent
        self.sign, self.enc = dict[PersonId, Issued](), dict[PersonId, Issued]()
        for person in PARTS:
            serial = "" if person == HALL.id else person
            subject = Subject("某单位", CODES[0], person, serial or None)
            at = after(-30 * 24 * 60)
            self.sign[person] = self.ca.issue(subject, Usage.SIGN, at, secrets.token_bytes)
            self.enc[person] = self.ca.issue(subject, Usage.ENCRYPT, at, secrets.token_bytes)

    def plan(self) -> DrawPlan:
        holders = [
            shares.Holder(part, person, person, self.enc[person].certificate)
            for person, part in PARTS.items()
        ]
        made = [
            shares.contribute(LOT, person, holders, self.sign[person].key, secrets.token_bytes)
            for person in PARTS
        ]
        self.drawn = DrawPlan(ROUNDS, tuple(made))
        return self.drawn

    def signs(self, who: PersonId, purpose: Purpose, subject: str, minute: float) -> r.Signed:
        return self.act(self.sign[who], who, purpose, subject, after(minute))

    def opens(self, of: PersonId, to: PersonId) -> str:
        return shares.opened(self.drawn, of, to, self.enc[to].key)

    def revealed(self, who: PersonId, minute: float) -> c.Revealed:
        fixed = next(it for it in self.drawn.contributors if it.person == who).commitment
        return c.Revealed(self.opens(who, who), self.signs(who, Purpose.REVEAL, fixed, minute))

    def handed(self, of: PersonId, by: PersonId, minute: float) -> c.Handed:
        owner = next(it for it in self.drawn.contributors if it.person == of)
        fixed = next(it for it in owner.parts if it.to == by).commitment
        return c.Handed(of, self.opens(of, by), self.signs(by, Purpose.RELEASE, fixed, minute))

    def after_roster(self) -> None:
        last = self.record.entries[-1]
        own = None if HALL.id in self.silent else self.revealed(HALL.id, 1.1)
        begin = c.BeginDraw(self.version, last.envelope.seq, last.root.hex(), own)
        self.say(begin, self.agent, 1.1)
        for who in (SUPERVISOR, NOTARY):
            if who not in self.silent:
                shown = self.revealed(who, 1.15)
                self.say(c.RevealShare(shown.share, shown.act), Actor(ROLES[who], who), 1.15)
        if len(self.silent) == 1:
            self.restore(self.silent[0])
        elif self.silent:
            self.machine()

    def restore(self, of: PersonId) -> None:
        parts = () if of == HALL.id else (self.handed(of, HALL.id, 1.2),)
        self.say(c.CloseDraw(parts), HALL, 1.2)
        for by in ROLES:
            if by == of:
                continue
            handed = self.handed(of, by, 1.25)
            assert self.record.opening is not None
            assert self.record.opening.draw is not None
            known = self.record.opening.draw.parts.get(of, {}) | {by: handed.part}
            share = shares.restored(LOT, self.drawn, of, known)
            self.say(c.ReleasePart(of, handed.part, handed.act, share), Actor(ROLES[by], by), 1.25)

    def machine(self) -> None:
        handed = tuple(self.handed(of, HALL.id, 1.2) for of in self.silent if of != HALL.id)
        self.say(c.CloseDraw(handed), HALL, 1.2)
        self.say(c.CloseDraw(()), HALL, 1.3)
        assert self.record.opening is not None
        content = Manual(self.record.opening.facts.notice_sha256, ((3,), (1, 2), (2, 3, 1)), "停电")
        act = self.act(self.host, "agent-01", Purpose.DRAW, digest(content), after(1.35))
        self.say(c.EnterManualDraw(content.picks, content.reason, act), self.agent, 1.35)
        cosigned = self.signs(NOTARY, Purpose.DRAW, digest(content), 1.37)
        self.say(c.CosignManualDraw(cosigned), Actor(Role.NOTARY, NOTARY), 1.37)
