"""/api/bidder/certificates, asked after each log-in: which tenders need which key, what ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request

from bidroom.edge.house import House
from bidroom.edge.json import parameter, read, route, session_as
from bidroom.envelope import Role, StreamId
from bidroom.hall import board
from bidroom.hall.board import PREFIX, Listed
from bidroom.tenders.expiry import Alarm, Coming, Lasting, alarms
from bidroom.tenders.renewal import CHANGEABLE, TO_BE_OPENED, Dependent
from crypto.certificates import Certificate, Usage

LISTED_FOR: Final = timedelta(days=60)


class KeptKey(Struct, frozen=True, forbid_unknown_fields=True):
    certificate: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]  # the renewed one's fingerprint


class NeedsKey(Struct, frozen=True):
    """A sealed tender of the bidder's that is still to be opened."""

    id: str
    lot: str
    title: str
    opens_at: datetime
    changeable: bool  # it may still be sealed again
    signer: Lasting
    recipients: tuple[Lasting, ...]
    old_key_kept: tuple[str, ...]


class Told(Struct, frozen=True):
    at: datetime
    tenders: tuple[NeedsKey, ...]
    alarms: tuple[Alarm, ...]


async def certificates(request: Request, house: House) -> Told:
    session = await session_as(request, house, Role.BIDDER)
    at = await house.hall.now()
    listed = await board.latest(house.pool, at - LISTED_FOR)
    waiting = {it.row.lot: it for it in listed if it.row.phase in TO_BE_OPENED}
    found = await house.box.dependents(session.actor.id, list(waiting))
    tenders = tuple(_needs_key(waiting[lot], found[lot]) for lot in waiting if lot in found)
    own = Lasting(session.certificate, Usage.SIGN.value, session.name, session.not_after)
    coming = [Coming(it.id, it.opens_at, it.recipients) for it in tenders]
    return Told(at, tenders, alarms([own], coming, at))


async def keep_old_key(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    said = await read(request, KeptKey)
    room = await house.hall.room(StreamId(PREFIX + parameter(request, "id")))
    slip = await house.box.keep_old_key(room.opening, session.actor.id, said.certificate)
    return {"old_key_kept": slip.old_key_kept}


def _needs_key(listed: Listed, dependent: Dependent) -> NeedsKey:
    row, parties = listed.row, dependent.parties
    return NeedsKey(
        id=row.id,
        lot=row.lot,
        title=row.title,
        opens_at=row.opens_at,
        changeable=row.phase in CHANGEABLE,
        signer=_lasting(parties.signer, Usage.SIGN),
        recipients=tuple(_lasting(it, Usage.ENCRYPT) for it in parties.recipients),
        old_key_kept=dependent.old_key_kept,
    )


def _lasting(certificate: Certificate, usage: Usage) -> Lasting:
    return Lasting(
        certificate.fingerprint, usage.value, certificate.subject_name, certificate.not_after
    )


routes = [
    route("/api/bidder/certificates", certificates),
    route("/api/bidder/openings/{id}/old-key", keep_old_key, "POST"),
]
