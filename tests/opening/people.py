"""The cast and the calendar that the stories about openings share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bidroom.envelope import HALL, PUBLIC, Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.offer import Offer
from bidroom.opening.policy import Notice, Policy, standard_fields
from bidroom.opening.rules import decide
from bidroom.opening.state import Opening, evolve

NOON = datetime(2026, 4, 12, 4, 0, tzinfo=UTC)  # noon in Shanghai
A, B, C, D = (PersonId(name) for name in "甲乙丙丁")
HOST, RESERVE, RECORDER = (PersonId(name) for name in ("主持人", "备用主持人", "记录人"))
AGENT = Actor(Role.AGENT, HOST)
AGENT_2 = Actor(Role.AGENT, RESERVE)
SCRIBE = Actor(Role.AGENT, RECORDER)
ACT = r.Signed("{}", "c2ln", "Y2VydA==")
OFFER = Offer({"price": 980_000_00, "duration": 120, "quality": "合格", "manager": "王工"})
READ = r.ReadOut(OFFER, "00" * 32)
POLICY = Policy(
    sign_in_s=3600,
    host_grace_s=180,
    window_s=1800,
    extensions_max=2,
    extension_total_s_max=1200,
    confirmation_s=600,
    objections_each_max=2,
    key_attempts_max=3,
)
SUPERVISOR, NOTARY = PersonId("监督人"), PersonId("公证人")
WATCH = Actor(Role.SUPERVISOR, SUPERVISOR)
WITNESS = Actor(Role.NOTARY, NOTARY)
SCHEDULE = c.Schedule(
    title="一号路工程施工一标段",
    project="一号路工程",
    notice=Notice(lot="DEMO-001", fields=standard_fields()),
    opens_at=NOON,
    policy=POLICY,
    hosts=(r.Person(HOST, "张主持"), r.Person(RESERVE, "李备用")),
    recorder=r.Person(RECORDER, "赵记录"),
    supervisors=(r.Person(SUPERVISOR, "孙监督"),),
    notary=r.Person(NOTARY, "钱公证"),
)


def bidder(who: PersonId) -> Actor:
    return Actor(Role.BIDDER, who)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def tender(who: PersonId, *, intact: bool = True) -> r.SealedTender:
    seal = who.encode().hex().ljust(64, "0")
    return r.SealedTender(who, f"{who}公司", seal, 1, after(-90), 10_000, None, intact)


def told(*steps: tuple[c.Command, Actor, float]) -> Opening:
    """The opening after `steps`, each a command, who gives it, and minutes from noon."""
    opening: Opening | None = None
    for command, by, minute in steps:
        for event in decide(opening, command, by, after(minute)):
            opening = evolve(opening, event)
    assert opening is not None, "a story has a beginning"
    return opening


class Story:
    """An opening told one command at a time; `version` is filled in where it is 0."""

    def __init__(self) -> None:
        self.opening: Opening | None = None
        self.events: list[r.Event] = []

    @property
    def now(self) -> Opening:
        assert self.opening is not None, "the story has begun"
        return self.opening

    def say(self, command: c.Command, by: Actor, minute: float) -> list[r.Event]:
        events = list(decide(self.opening, command, by, after(minute)))
        for event in events:
            self.opening = evolve(self.opening, event)
        self.events += events
        return events

    @property
    def version(self) -> int:
        return self.now.version

    def scheduled(self) -> Story:
        self.say(SCHEDULE, AGENT, -24 * 60)
        return self

    def sealed(self, *who: PersonId) -> Story:
        self.scheduled().say(c.OpenLobby(), HALL, -60)
        self.say(c.SealTenders(tuple(map(tender, who or (A, B, C)))), HALL, 0)
        return self

    def roster(self, *who: PersonId) -> Story:
        self.sealed(*who).say(c.PublishRoster(self.version), AGENT, 1)
        return self

    def window(self, *who: PersonId) -> Story:
        """Open from minute 2 to minute 32."""
        self.roster(*who).say(c.BeginDecryption(self.version), AGENT, 2)
        return self

    def settled(self, *who: PersonId) -> Story:
        self.window(*who)
        for bidding in self.now.tenders:
            self.say(c.DecryptTender(ACT), bidder(bidding), 3)
        return self

    def read_out(self, *who: PersonId) -> Story:
        self.settled(*who)
        self.say(c.ReadOutOffers(self.version, dict.fromkeys(self.now.tenders, READ)), AGENT, 4)
        return self

    def confirmation(self, *who: PersonId) -> Story:
        """Open from minute 5 to minute 15."""
        self.read_out(*who).say(c.BeginConfirmation(self.version), AGENT, 5)
        return self

    def signing(self, *who: PersonId) -> Story:
        self.confirmation(*who)
        for bidding in list(self.now.tenders):
            self.say(c.Confirm(ACT), bidder(bidding), 6)
        return self

    def closed(self, *who: PersonId) -> Story:
        self.signing(*who).say(c.SignRecord(ACT), AGENT, 7)
        self.say(c.SignRecord(ACT), SCRIBE, 7)
        self.say(c.Close(self.version), AGENT, 8)
        return self


PEOPLE = [
    bidder(A),
    bidder(B),
    bidder(C),
    bidder(D),
    AGENT,
    AGENT_2,
    SCRIBE,
    WATCH,
    WITNESS,
    HALL,
    PUBLIC,
]
