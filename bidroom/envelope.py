"""The one shape in which anything that happened is stored, published, sent and shown.

A row of the event log, a websocket frame and an entry in the browser's record are the same
`Envelope`, in the same JSON (the bus carries none: it only hints that there is news). What differs
from one part of the system to another is only the union of events that an envelope may carry.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Generic, NewType, TypeAlias, TypeVar

from msgspec import Meta, Struct

StreamId = NewType("StreamId", str)  # "opening/2026-0412-01"
PersonId = NewType("PersonId", str)  # a firm is known by its social credit code (统一社会信用代码)
AskId: TypeAlias = Annotated[str, Meta(min_length=8, max_length=64)]  # made by whoever asks
E_co = TypeVar("E_co", covariant=True)


class Role(StrEnum):
    AGENT = "agent"  # 招标代理: host, reserve hosts, recorder
    SUPERVISOR = "supervisor"  # 监督人
    NOTARY = "notary"  # 公证人
    BIDDER = "bidder"  # 投标人
    PUBLIC = "public"  # 社会公众
    HALL = "hall"  # the system itself, when its clock runs out


STAFF: Final = frozenset({Role.AGENT, Role.SUPERVISOR, Role.NOTARY})  # registered with the hall


class Actor(Struct, frozen=True):
    """Who speaks, or who listens."""

    role: Role
    id: PersonId


HALL: Final = Actor(Role.HALL, PersonId("hall"))
PUBLIC: Final = Actor(Role.PUBLIC, PersonId("public"))


class Envelope(Struct, Generic[E_co], frozen=True, tag=True):
    """One event, and where it stands: `seq` counts 1, 2, 3, … without a gap in each stream."""

    stream: StreamId
    seq: int
    at: datetime  # by the database's clock
    by: Actor
    cause: AskId  # `by` asking again under the same id finds this, and does nothing twice
    event: E_co


class Withheld(Struct, frozen=True, tag=True):
    """Stands in for an event that is not for this reader, so that the count has no gap."""
