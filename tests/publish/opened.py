"""A whole opening with real certificates, seals and signatures, and nothing else: no server.

It goes through the rules command by command; only the hall around them is missing.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from bidroom.cli.centre import demo_code, demo_name
from bidroom.envelope import HALL, Actor, PersonId, Role, StreamId
from bidroom.hall.log import Entry, Record
from bidroom.opening import commands as c
from bidroom.opening import record as r
from bidroom.opening.offer import LetterUnreadable, read_offer
from bidroom.opening.plan import DrawPlan
from bidroom.opening.policy import Notice, Policy, digest, standard_fields
from bidroom.opening.rules import decide
from bidroom.ports import SealedPapers
from bidroom.publish.bundle import Authorities, Logged, bundle
from crypto import opening as unsealing
from crypto import statements
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Kind, Subject
from crypto.header import HeaderFacts
from crypto.letter import FileIn
from crypto.seal import Package, seal
from crypto.statements import Purpose
from tests.opening.people import NOON, after

LOT = "DEMO-001"
ORIGIN = "https://hall.example"
CODES = ["9144030071526726XG", "914403001922038216", "91110000802100433B"]
HALL_SUBJECT = Subject("示范交易中心", CODES[1], "示范交易中心")
NAMES = ["甲建设有限公司", "𠮷䶮工程局", "丙（集团）股份公司"]


class HallKey:
    def __init__(self, issued: Issued) -> None:
        self._issued, self.certificate = issued, issued.certificate.der

    def sign(self, data: bytes) -> bytes:
        return self._issued.key.sign(data)


class Firm:
    """A bidder with its two certificates and the tender it sealed."""

    def __init__(self, ca: DemoCA, code: str, name: str, kind: Kind, letter: object) -> None:
        self.id, self.name = PersonId(code), name
        self.actor = Actor(Role.BIDDER, self.id)
        subject, at = Subject(name, code, name), after(-30 * 24 * 60)
        self.signing = ca.issue(subject, Usage.SIGN, at, secrets.token_bytes, kind)
        self.sealing = ca.issue(subject, Usage.ENCRYPT, at, secrets.token_bytes, kind)
        self.letter, self.parts = letter, (bytearray(), bytearray())
        self.package: Package | None = None

    def seal(self, notice_sha256: str) -> Package:
        body = "施工组织设计".encode() * 100
        self.package = seal(
            self.letter,  # type: ignore[arg-type]
            [FileIn("技术标.txt", len(body), lambda at, n: body[at : at + n])],
            HeaderFacts("INT1", LOT, LOT, self.id, notice_sha256),
            self.signing.key,
            [self.sealing.certificate],
            after(-120),
            secrets.token_bytes,
            lambda section, part: self.parts[section].extend(part),
        )
        return self.package

    @property
    def sealed(self) -> r.SealedTender:
        assert self.package is not None
        size = sum(map(len, self.parts))
        seal_hash = self.package.seal_hash
        return r.SealedTender(self.id, self.name, seal_hash, 1, after(-100), size, after(-20), True)

    @property
    def papers(self) -> SealedPapers:
        assert self.package is not None
        package = self.package
        return SealedPapers(
            package.header, package.seal_json, package.seal_p7s, bytes(self.parts[0])
        )


def letter(price: int) -> dict[str, object]:
    lines = {"price": price, "duration": 120, "quality": "合格", "manager": "王工"}
    return {"typ": "bidroom/letter/1", "fields": lines}


class Opened:
    """The story: three firms, one letter that lacks a field, an objection and its answer.

    With more firms their letters are all good, and half of them have RSA keys.
    """

    def __init__(self, more: int = 0) -> None:
        self.ca = DemoCA.make(after(-365 * 24 * 60), secrets.token_bytes)
        self.record, self.stream = Record(), StreamId(f"opening/{LOT}")
        self.true_log = self.record
        letters = [letter(980_000_00), letter(1_234_567_89), {"typ": "bidroom/letter/1"}]
        kinds = [Kind.P256, Kind.RSA, Kind.P256]
        self.firms = [
            Firm(self.ca, code, name, kind, said)
            for code, name, kind, said in zip(CODES, NAMES, kinds, letters, strict=True)
        ]
        for number in range(more):
            kind = Kind.RSA if number % 2 else Kind.P256
            said = letter(900_000_00 + number)
            self.firms.append(Firm(self.ca, demo_code(number), demo_name(number), kind, said))
        self.host, self.recorder = (
            self._staff("agent-01", "张主持"),
            self._staff("agent-02", "赵记录"),
        )

    def _staff(self, person: str, name: str) -> Issued:
        subject = Subject("示范招标代理", CODES[0], name, person)
        at = after(-30 * 24 * 60)
        return self.ca.issue(subject, Usage.SIGN, at, secrets.token_bytes)

    def say(self, command: c.Command, by: Actor, minute: float) -> None:
        at = after(minute)
        events = decide(self.record.opening, command, by, at)
        cause = f"ask-{self.record.seq:05}"
        self.record.extend(self.record.sealed(self.stream, at, by, cause, events))

    @property
    def version(self) -> int:
        assert self.record.opening is not None
        return self.record.opening.version

    def act(
        self, who: Issued, account: str, purpose: Purpose, subject: str, at: datetime
    ) -> r.Signed:
        text = statements.act(
            ORIGIN,
            purpose,
            account,
            who.certificate.fingerprint,
            LOT,
            secrets.token_hex(32),
            at,
            at + timedelta(seconds=120),
            subject,
            self.record.seq,
            self.record.entries[-1].root.hex(),
        )
        return signed(who, text)

    def scheduled(self) -> Opened:
        people = r.Person(PersonId("agent-01"), "张主持"), r.Person(PersonId("agent-02"), "赵记录")
        notice = Notice(lot=LOT, fields=standard_fields(), draw=self.plan())
        schedule = c.Schedule(
            "一号路施工",
            "一号路",
            notice,
            NOON,
            self.policy,
            people[:1],
            people[1],
            *self.others,
        )
        self.say(schedule, self.agent, -24 * 60)
        for firm in self.firms:
            firm.seal(digest(notice))
        self.say(c.OpenLobby(), HALL, -60)
        return self

    policy = Policy()
    others: tuple[tuple[r.Person, ...], r.Person | None] = ((), None)  # supervisors, notary

    def plan(self) -> DrawPlan | None:
        """What is drawn: in this story nothing is (see drawn.py)."""

    def after_roster(self) -> None:
        """What comes between the roster and decryption: nothing, in this story."""

    def not_opened(self) -> Opened:
        self.scheduled().say(c.SealTenders(tuple(f.sealed for f in self.firms[:2])), HALL, 0)
        return self

    def closed(self, confirming: int = 2) -> Self:
        self.scheduled().say(c.SealTenders(tuple(f.sealed for f in self.firms)), HALL, 0)
        self.say(c.PublishRoster(self.version), self.agent, 1)
        self.after_roster()
        self.say(c.BeginDecryption(self.version), self.agent, 2)
        self.say(c.NoteRefusedKey("wrong_key"), self.firms[0].actor, 2)
        for firm in self.firms:
            self.say(c.DecryptTender(self._open(firm)), firm.actor, 3)
        outcomes = {firm.id: self._outcome(firm) for firm in self.firms}
        self.say(c.ReadOutOffers(self.version, outcomes), self.agent, 4)
        self._objection(self.firms[1], "唱标价格与投标函是否一致？")
        self.say(c.BeginConfirmation(self.version), self.agent, 5)
        assert self.record.opening is not None
        for firm in self.firms[:confirming]:
            said = self.record.opening.confirmed_sha256 or ""
            act = self.act(firm.signing, firm.id, Purpose.CONFIRM, said, after(6))
            self.say(c.Confirm(act), firm.actor, 6)
        self.say(c.EndConfirmation(), HALL, 15)
        for who, person in ((self.host, "agent-01"), (self.recorder, "agent-02")):
            said = self.record.opening.minutes_sha256 or ""
            act = self.act(who, person, Purpose.SIGN, said, after(16))
            self.say(c.SignRecord(act), Actor(Role.AGENT, PersonId(person)), 16)
        self.say(c.Close(self.version), self.agent, 17)
        return self

    @property
    def agent(self) -> Actor:
        return Actor(Role.AGENT, PersonId("agent-01"))

    def _objection(self, firm: Firm, text: str) -> None:
        said = sha256(text.encode()).hexdigest()
        act = self.act(firm.signing, firm.id, Purpose.OBJECT, said, after(4))
        self.say(c.RaiseObjection(text, act), firm.actor, 4)
        self.say(c.AnswerObjection(1, "一致，以开标一览表为准。"), self.agent, 4)

    def _open(self, firm: Firm) -> r.Signed:
        assert firm.package is not None
        last: Entry = self.record.entries[-1]
        text = statements.open_statement(
            LOT,
            secrets.token_hex(32),
            firm.package.seal_hash,
            [0, 1],
            [head[24:].hex() for head in firm.package.heads],
            last.envelope.seq,
            last.root.hex(),
        )
        return signed(firm.signing, text)

    def _outcome(self, firm: Firm) -> r.Outcome:
        assert firm.package is not None
        assert self.record.opening is not None
        keys = unsealing.section_keys(firm.sealing.key, firm.package.keyenv, firm.package.header)
        said = unsealing.read_letter(firm.package.header, keys[0], bytes(firm.parts[0]))
        try:
            return r.ReadOut(read_offer(self.record.opening.facts.notice, said), keys[0].hex())
        except LetterUnreadable as unreadable:
            return r.Unreadable(str(unreadable), keys[0].hex())

    def hall(self) -> Issued:
        """A certificate of the hall's; it has another one every time, as after a renewal."""
        at = after(-30 * 24 * 60)
        return self.ca.issue(HALL_SUBJECT, Usage.SIGN, at, secrets.token_bytes)

    def published(self) -> bytes:
        key = self.hall()
        logged = [Logged(*entry) for entry in self.record.entries]
        papers = {firm.id: firm.papers for firm in self.firms}
        crls = [self.ca.crl(after(-60)), self.ca.root_crl(after(-60))]
        authorities = Authorities([self.ca.root.der, self.ca.issuing.der], crls)
        return bundle(logged, papers, authorities, HallKey(key), after(18))


def signed(who: Issued, text: bytes) -> r.Signed:
    signature = b64encode(who.key.sign(text)).decode()
    return r.Signed(text.decode(), signature, b64encode(who.certificate.der).decode())
