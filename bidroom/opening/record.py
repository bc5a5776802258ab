"""What can happen at a bid opening. A class's name is the event's name in the log and on the wire.

An opening (开标) *is* its record: these events, numbered, in order. What they add up to is in
state.py, what may be added to them in rules.py, and who may read them in audience.py.

Instants that the hall must keep stand in the events themselves (`ends_at`, `goes_on_at`), so that
everybody reads the same ones and nobody needs to know a policy to show a countdown.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from bidroom.envelope import PersonId, Withheld
from bidroom.opening import drawing as d
from bidroom.opening.offer import Offer
from bidroom.opening.policy import Notice, Policy, Silence, Title
from bidroom.opening.signed import Person as Person
from bidroom.opening.signed import Remark as Remark
from bidroom.opening.signed import Signed as Signed


class Phase(StrEnum):
    SCHEDULED = "scheduled"  # 已排期
    LOBBY = "lobby"  # 候场签到
    SEALED = "sealed"  # 截标
    ROSTER = "roster"  # 公布名单
    DRAW = "draw"  # 抽取, where the notice has one: here, or after the read-out
    DECRYPTION = "decryption"  # 解密
    SETTLED = "settled"  # 解密结束
    READ_OUT = "read_out"  # 唱标
    CONFIRMATION = "confirmation"  # 开标结果确认
    OBJECTIONS = "objections"  # 异议答复
    SIGNING = "signing"  # 记录签署
    CLOSED = "closed"  # 开标结束
    CANDIDATES = "candidates"  # 候选人公示
    AWARDED = "awarded"  # 中标
    CONTRACTED = "contracted"  # 签约
    NOT_OPENED = "not_opened"  # 流标
    TERMINATED = "terminated"  # 终止


class Cause(StrEnum):
    """Why a tender was left sealed. The clock alone never says; a ruling does."""

    PENDING = "pending"  # 待认定: neither 撤销 nor 撤回 yet


class Duty(StrEnum):
    HOST = "host"  # 主持人
    RECORDER = "recorder"  # 记录人


class SealedTender(Struct, frozen=True):
    """What is known of a tender from outside its seal."""

    bidder: PersonId  # 统一社会信用代码
    name: str
    seal: str  # SH, the digest of the package, hex
    version: int  # 1, or more where it was replaced before the deadline
    received_at: datetime
    size_bytes: int
    signed_in_at: datetime | None  # None: did not sign in, which takes no right away
    intact: bool  # 密封核验: stored as it was received


# Before the deadline.


class OpeningScheduled(Struct, frozen=True, tag=True):
    title: Title
    project: Title
    notice: Notice
    notice_sha256: str
    opens_at: datetime  # the deadline: one instant, one field (招标投标法 §34)
    policy: Policy
    hosts: tuple[Person, ...]  # the host, then the reserve hosts in their order
    recorder: Person
    supervisors: tuple[Person, ...] = ()  # 监督人
    notary: Person | None = None  # 公证人

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who has a duty in the opening."""
        notary = () if self.notary is None else (self.notary,)
        return (*self.hosts, self.recorder, *self.supervisors, *notary)


class OpeningPostponed(Struct, frozen=True, tag=True):
    opens_at: datetime
    reason: Remark


class LobbyOpened(Struct, frozen=True, tag=True):
    pass


# From the deadline on.


class TendersSealed(Struct, frozen=True, tag=True):
    """The freeze. Everybody can look for their own digest; names come with the roster.

    Nothing of it is withheld from anybody, so that whoever has its salt can prove that it stands in
    the tree.
    """

    seals: tuple[str, ...]  # sorted, so that the order tells nothing
    goes_on_at: datetime | None  # when the roster is published without the host


class RosterKept(Struct, frozen=True, tag=True):
    """Whose tenders were frozen, right after the freeze: the hall alone knows until the roster."""

    tenders: tuple[SealedTender, ...]


class OpeningNotOpened(Struct, frozen=True, tag=True):
    """Fewer tenders than the law asks for (流标): they stay sealed, and unnamed."""

    tenders_count: int


class RosterPublished(Struct, frozen=True, tag=True):
    tenders: tuple[SealedTender, ...]
    goes_on_at: datetime


class DecryptionBegan(Struct, frozen=True, tag=True):
    ends_at: datetime


class WindowExtended(Struct, frozen=True, tag=True):
    ends_at: datetime
    seconds: int
    reason: Remark


class KeyRefused(Struct, frozen=True, tag=True):
    """A key came and was not the right one: evidence for judging why a tender stayed sealed."""

    bidder: PersonId
    why: str  # a reason of crypto's or of the rules'


class TenderDecrypted(Struct, frozen=True, tag=True):
    """The key held. What it opened is kept shut until the read-out."""

    bidder: PersonId | None  # None: the public sees that one more was decrypted
    act: Signed | None  # None: not for this reader before the record is published


class TenderLeftSealed(Struct, frozen=True, tag=True):
    bidder: PersonId | None
    cause: Cause
    keys_refused: int
    last_refusal: str | None


class DecryptionSettled(Struct, frozen=True, tag=True):
    decrypted_count: int
    left_sealed_count: int
    goes_on_at: datetime


class BodyOpened(Struct, frozen=True, tag=True):
    """A tender's files were found to be what their sealed index says."""

    bidder: PersonId
    index_sha256: str
    files_count: int
    size_bytes: int


class BodyUnreadable(Struct, frozen=True, tag=True):
    bidder: PersonId
    why: str


# The read-out, and what follows.


class ReadOut(Struct, frozen=True, tag=True):
    offer: Offer
    letter_key: str  # hex; with the sealed letter, anybody can check the offer


class Unreadable(Struct, frozen=True, tag=True):
    """The key was right, and what it opened is no letter. Anybody can check that."""

    why: str
    letter_key: str


class LeftSealed(Struct, frozen=True, tag=True):
    cause: Cause


Outcome: TypeAlias = ReadOut | Unreadable | LeftSealed


class OffersReadOut(Struct, frozen=True, tag=True):
    outcomes: dict[PersonId, Outcome]
    goes_on_at: datetime


class ConfirmationBegan(Struct, frozen=True, tag=True):
    minutes_sha256: str  # what a bidder confirms (minutes.py)
    ends_at: datetime  # objections end then, too


class ReadOutConfirmed(Struct, frozen=True, tag=True):
    bidder: PersonId
    act: Signed


class ConfirmationEnded(Struct, frozen=True, tag=True):
    silent: tuple[PersonId, ...]
    counts_as: Silence
    passes_at: datetime | None  # when the next host is let in, should an objection stay unanswered


class ObjectionRaised(Struct, frozen=True, tag=True):
    number: int
    bidder: PersonId | None
    text: Remark | None  # None: others read it with its answer
    act: Signed | None


class ObjectionAnswered(Struct, frozen=True, tag=True):
    number: int
    bidder: PersonId
    objection: Remark
    text: Remark


class HostPassed(Struct, frozen=True, tag=True):
    """The host was silent for too long: `to` may act as host from here on."""

    to: PersonId
    passes_at: datetime | None  # None: there is nobody left to let in


class SigningBegan(Struct, frozen=True, tag=True):
    minutes_sha256: str  # what host and recorder sign (minutes.py)
    passes_at: datetime | None


class RecordSigned(Struct, frozen=True, tag=True):
    person: PersonId
    duty: Duty
    act: Signed


class OpeningClosed(Struct, frozen=True, tag=True):
    pass


class OpeningTerminated(Struct, frozen=True, tag=True):
    reason: Remark


# After the close: the result. Deposits and delivery follow these.


class CandidatesNamed(Struct, frozen=True, tag=True):
    candidates: tuple[PersonId, ...]  # in the order of their ranks


class AwardMade(Struct, frozen=True, tag=True):
    bidder: PersonId


class ContractMade(Struct, frozen=True, tag=True):
    bidder: PersonId
    signed_on: date


Event: TypeAlias = (
    OpeningScheduled
    | OpeningPostponed
    | LobbyOpened
    | TendersSealed
    | RosterKept
    | OpeningNotOpened
    | RosterPublished
    | d.DrawEvent
    | DecryptionBegan
    | WindowExtended
    | KeyRefused
    | TenderDecrypted
    | TenderLeftSealed
    | DecryptionSettled
    | BodyOpened
    | BodyUnreadable
    | OffersReadOut
    | ConfirmationBegan
    | ReadOutConfirmed
    | ConfirmationEnded
    | ObjectionRaised
    | ObjectionAnswered
    | HostPassed
    | SigningBegan
    | RecordSigned
    | OpeningClosed
    | OpeningTerminated
    | CandidatesNamed
    | AwardMade
    | ContractMade
)

Seen: TypeAlias = Event | Withheld
