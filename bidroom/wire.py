"""What may be said over a websocket, in either direction.

A person can say less than the rules can hear: the wire has no word for the clock running
out, or for an offer that the hall did not decrypt itself.

The first thing a browser says is `Hello`; everything after it is an `Ask`.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from bidroom.envelope import AskId, Envelope, PersonId
from bidroom.opening.commands import (
    AnswerObjection,
    BeginConfirmation,
    BeginDecryption,
    Close,
    Confirm,
    CosignManualDraw,
    EnterManualDraw,
    ExtendWindow,
    MakeAward,
    NameCandidates,
    Postpone,
    PublishRoster,
    RaiseObjection,
    RecordContract,
    RevealShare,
    SignRecord,
    Terminate,
    Version,
)
from bidroom.opening.record import Seen, Signed

SUBPROTOCOL: Final = "bidroom.v1"
FRAME_BYTES_MAX: Final = 64 * 1024
# of 32 bytes under INT1, of 16 under SM1
KeyHex: TypeAlias = Annotated[str, Meta(pattern=r"^([0-9a-f]{32}){1,2}$")]


class Hello(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The first frame. A viewer of the public has no ticket; everybody says what they have."""

    ticket: str | None  # one use, from POST /api/line-ticket; never in a URL
    after: Annotated[int, Meta(ge=0)]


class BeginReadOut(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The host's order to read out; the hall adds what it held."""

    version: Version


class UnlockTender(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A bidder's section keys, letter and body, and its signed statement over everything else."""

    keys: Annotated[tuple[KeyHex, ...], Meta(min_length=1, max_length=4)]
    act: Signed


class CallDraw(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The host's order to draw; the hall adds the record's root, and its own share."""

    version: Version


class HandOverPart(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A contributor's part of a share that was withheld; the hall puts the parts together."""

    of: PersonId
    part: KeyHex
    act: Signed


Spoken: TypeAlias = (
    Postpone
    | PublishRoster
    | CallDraw
    | RevealShare
    | HandOverPart
    | EnterManualDraw
    | CosignManualDraw
    | BeginDecryption
    | ExtendWindow
    | UnlockTender
    | BeginReadOut
    | BeginConfirmation
    | Confirm
    | RaiseObjection
    | AnswerObjection
    | SignRecord
    | Close
    | Terminate
    | NameCandidates
    | MakeAward
    | RecordContract
)


class Ask(Struct, frozen=True, forbid_unknown_fields=True):
    """From the browser, which repeats it under the same `id` until it is answered."""

    id: AskId
    command: Spoken


class Done(Struct, frozen=True, tag=True):
    """What ask `re` led to stands on the record at `seq` or before."""

    re: AskId
    seq: int


class Refused(Struct, frozen=True, tag=True):
    """`reason` is a code of bidroom/words.py; `detail` names the field or the person, if any."""

    re: AskId
    reason: str
    detail: str = ""


class Tick(Struct, frozen=True, tag=True):
    """The hall's clock and the record's head; its absence means that the line is dead."""

    at: datetime
    seq: int


Frame: TypeAlias = Envelope[Seen] | Done | Refused | Tick


class Hangup(IntEnum):
    """Why the hall closed a socket: 44xx is final, after 45xx the browser comes back."""

    MALFORMED = 4400
    TICKET_SPENT = 4401  # unknown, used or expired: get another, then come back
    NOT_ADMITTED = 4403
    NO_SUCH_OPENING = 4404
    TOO_LARGE = 4413
    TOO_MANY = 4429
    RESTARTING = 4503
    LAGGING = 4504  # could not keep up: come back and resume by number


encode = msgspec.json.Encoder(order="sorted").encode
decode_ask = msgspec.json.Decoder(Ask).decode
decode_hello = msgspec.json.Decoder(Hello).decode
