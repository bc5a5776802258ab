"""What can be asked of an opening, and the reasons for which the rules say no.

A `version` is the stage that the asker has before their eyes (`Opening.version`): two hosts, or
one host clicking twice, can't take a step twice.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from bidroom.envelope import PersonId
from bidroom.opening.plan import Hash, Picks
from bidroom.opening.policy import Notice, Policy, Title
from bidroom.opening.record import Outcome, Person, Remark, SealedTender, Signed

Version: TypeAlias = Annotated[int, Meta(ge=1)]


# The agent's.


class Schedule(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    title: Title
    project: Title
    notice: Notice
    opens_at: datetime
    policy: Policy
    hosts: Annotated[tuple[Person, ...], Meta(min_length=1, max_length=5)]
    recorder: Person
    supervisors: Annotated[tuple[Person, ...], Meta(max_length=5)] = ()
    notary: Person | None = None


class Postpone(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    opens_at: datetime
    reason: Remark


class PublishRoster(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version


class BeginDecryption(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version


class ExtendWindow(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    seconds: Annotated[int, Meta(ge=1)]
    reason: Remark


class ReadOutOffers(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    outcomes: dict[PersonId, Outcome]  # of every tender decrypted, as the hall held them


class BeginConfirmation(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version


class AnswerObjection(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=1)]
    text: Remark


class SignRecord(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    act: Signed


class Close(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version


class Terminate(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    reason: Remark


class NameCandidates(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    candidates: Annotated[tuple[PersonId, ...], Meta(min_length=1, max_length=10)]


class MakeAward(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    bidder: PersonId


class RecordContract(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    version: Version
    signed_on: date


# Those of a draw: the contributors', the host's and the notary's.


class BeginDraw(Struct, frozen=True, tag=True):
    """`log_size` and `log_root`: the record so far; `platform`: the hall's own share, if it can."""

    version: Version
    log_size: int
    log_root: str
    platform: Revealed | None


class Revealed(Struct, frozen=True):
    share: Hash
    act: Signed


class RevealShare(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    share: Hash
    act: Signed


class ReleasePart(Struct, frozen=True, tag=True):
    """`restored`: what the hall made of this part and those before it, once they are enough."""

    of: PersonId
    part: Hash
    act: Signed
    restored: str | None


class Handed(Struct, frozen=True):
    """A part that the hall itself releases."""

    of: PersonId
    part: Hash
    act: Signed


class CloseDraw(Struct, frozen=True, tag=True):
    """A window of the draw is over."""

    parts: tuple[Handed, ...]


class EnterManualDraw(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The numbers of the balls that a machine gave, round by round."""

    picks: Annotated[tuple[Picks, ...], Meta(max_length=10)]
    reason: Remark
    act: Signed


class CosignManualDraw(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    act: Signed


# A bidder's.


class DecryptTender(Struct, frozen=True, tag=True):
    act: Signed  # checked by the hall, with the key, before it gets here


class NoteRefusedKey(Struct, frozen=True, tag=True):
    why: str


class Confirm(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    act: Signed


class RaiseObjection(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    text: Remark
    act: Signed


# The hall's own, when its clock runs out or its work is done.


class OpenLobby(Struct, frozen=True, tag=True):
    pass


class SealTenders(Struct, frozen=True, tag=True):
    tenders: tuple[SealedTender, ...]  # what the tender box held when it was frozen


class CloseWindow(Struct, frozen=True, tag=True):
    pass


class EndConfirmation(Struct, frozen=True, tag=True):
    pass


class PassHost(Struct, frozen=True, tag=True):
    pass


class NoteBody(Struct, frozen=True, tag=True):
    bidder: PersonId
    index_sha256: str
    files_count: int
    size_bytes: int


class NoteUnreadableBody(Struct, frozen=True, tag=True):
    bidder: PersonId
    why: str


Command: TypeAlias = (
    Schedule
    | Postpone
    | OpenLobby
    | SealTenders
    | PublishRoster
    | BeginDraw
    | RevealShare
    | ReleasePart
    | CloseDraw
    | EnterManualDraw
    | CosignManualDraw
    | BeginDecryption
    | DecryptTender
    | NoteRefusedKey
    | ExtendWindow
    | CloseWindow
    | NoteBody
    | NoteUnreadableBody
    | ReadOutOffers
    | BeginConfirmation
    | Confirm
    | EndConfirmation
    | RaiseObjection
    | AnswerObjection
    | PassHost
    | SignRecord
    | Close
    | Terminate
    | NameCandidates
    | MakeAward
    | RecordContract
)


class Reason(StrEnum):
    """Why not. Each has its sentences, in Chinese and in English, in bidroom/words.py."""

    NOT_YOUR_PART = "not_your_part"
    NOT_NOW = "not_now"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    STALE_VERSION = "stale_version"
    ALREADY_SCHEDULED = "already_scheduled"
    NO_SUCH_OPENING = "no_such_opening"
    DEADLINE_PAST = "deadline_past"
    DUTIES_OVERLAP = "duties_overlap"
    FIELDS_REPEATED = "fields_repeated"
    TEXT_NOT_PLAIN = "text_not_plain"
    WINDOW_NOT_OPEN = "window_not_open"
    WINDOW_OVER = "window_over"
    NO_TENDER = "no_tender"
    SEAL_BROKEN = "seal_broken"
    ALREADY_DECRYPTED = "already_decrypted"
    ALREADY_CONFIRMED = "already_confirmed"
    EXTENSIONS_SPENT = "extensions_spent"
    EXTENSION_TOO_LONG = "extension_too_long"
    NO_SUCH_OBJECTION = "no_such_objection"
    ALREADY_ANSWERED = "already_answered"
    OBJECTIONS_SPENT = "objections_spent"
    OBJECTIONS_OVER = "objections_over"
    ALREADY_SIGNED = "already_signed"
    SIGNATURES_MISSING = "signatures_missing"
    NOT_READ_OUT = "not_read_out"
    NOT_A_CANDIDATE = "not_a_candidate"
    DRAW_CONTRIBUTORS = "draw_contributors"
    DRAW_COMMITMENT = "draw_commitment"
    DRAW_ROUND = "draw_round"
    DRAW_FIRST = "draw_first"
    SHARE_WRONG = "share_wrong"
    ALREADY_REVEALED = "already_revealed"
    NOT_MISSING = "not_missing"
    NO_NOTARY = "no_notary"
    PICKS_WRONG = "picks_wrong"
    NOTHING_ENTERED = "nothing_entered"


class Refusal(Exception):
    """The rules say no. It is an answer to whoever asked, and not a fault in the system."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason, self.detail = reason, detail


def require(met: bool, otherwise: Reason, detail: str = "") -> None:
    if not met:
        raise Refusal(otherwise, detail)
