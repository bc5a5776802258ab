"""/api/bidder: what a bidder does alone before the deadline, and sees of nobody but itself."""

from __future__ import annotations

import binascii
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request

from bidroom.edge.house import House
from bidroom.edge.json import No, parameter, raw_body, read, route, session_as
from bidroom.edge.public import listed_one, told
from bidroom.envelope import Actor, PersonId, Role, StreamId
from bidroom.hall import board
from bidroom.hall.board import PREFIX, Listed
from bidroom.opening.record import Signed
from bidroom.opening.state import Opening
from bidroom.tenders.box import Mine
from bidroom.tenders.drill import DrillState, standings
from bidroom.tenders.receipts import Receipt, receipt, receipts, stamped
from bidroom.tenders.slip import PackageReceived, Slip, State
from bidroom.tenders.uploads import Progress
from bidroom.wire import KeyHex
from crypto.errors import Reason as SealReason
from crypto.merkle import PART

MANIFEST_BYTES_MAX: Final = 1024 * 1024
LISTED_FOR: Final = timedelta(days=60)
DIGEST: Final = "sha-256=:"
LeafHex = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    leaves: Annotated[tuple[LeafHex, ...], Meta(min_length=1, max_length=4200)]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """A package without its ciphertext; bytes are base64."""

    header: bytes
    keyenv: bytes
    seal: bytes
    signature: bytes
    sections: Annotated[tuple[Section, ...], Meta(min_length=1, max_length=4)]
    chain: Annotated[tuple[str, ...], Meta(max_length=8)] = ()  # the signature holds it already


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Rehearsal(Struct, frozen=True, forbid_unknown_fields=True):
    ok: bool


class DrillAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    drill: Annotated[str, Meta(max_length=1_000)]
    word: KeyHex | None  # None: it couldn't be unwrapped


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    act: Signed


class Standing(Struct, frozen=True):
    """What the bidder has done for a lot."""

    state: str  # none, uploading, received, withdrawn
    version: int
    received_at: datetime | None
    seal: str | None
    signed_in_at: datetime | None
    rehearsed_at: datetime | None
    rehearsal_ok: bool | None
    sealed_under_old_notice: bool
    drills: tuple[DrillState, ...]


async def openings(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    at = await house.hall.now()
    listed = await board.latest(house.pool, at - LISTED_FOR)
    mine = await house.box.mine(session.actor.id, [it.row.lot for it in listed])
    rows = [_fields(it.row) | {"mine": _standing(mine[it.row.lot], it, at)} for it in listed]
    return {"at": at, "openings": rows}


async def opening(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    listed = await listed_one(request, house)
    mine = await _mine(house, session.actor, listed)
    return told(listed, await house.hall.now()) | {"mine": mine}


async def sign_in(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    await read(request, Nothing)
    await house.box.sign_in(await _opening(request, house), session.actor.id)
    return await _mine_told(request, house, session.actor)


async def rehearsed(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    said = await read(request, Rehearsal)
    await house.box.rehearsed(await _opening(request, house), session.actor.id, said.ok)
    return await _mine_told(request, house, session.actor)


async def begin_upload(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    manifest = await read(request, Manifest, MANIFEST_BYTES_MAX)
    progress = await house.box.uploads.begin(
        await _opening(request, house),
        session.actor.id,
        manifest.header,
        manifest.keyenv,
        manifest.seal,
        manifest.signature,
        [[bytes.fromhex(leaf) for leaf in section.leaves] for section in manifest.sections],
    )
    return _progress(progress, house)


async def upload(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    uploads = house.box.uploads
    return _progress(await uploads.progress(parameter(request, "upload"), session.actor.id), house)


async def put_part(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    data = await raw_body(request, PART)
    _check_digest(request.headers.get("content-digest"), data)
    taken = await house.box.uploads.put(
        parameter(request, "upload"),
        session.actor.id,
        parameter(request, "section"),
        parameter(request, "part"),
        data,
    )
    return {
        "state": _state(taken.received),
        "missing_count": taken.missing_count,
        "receipt": _receipt(taken.lot, taken.received, house),
    }


async def list_receipts(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    listed = await listed_one(request, house)
    slip = await house.box.slip(listed.row.lot, session.actor.id)
    lot, bidder = listed.row.lot, session.actor.id
    listed_receipts = receipts(lot, slip, house.key)
    return {"receipts": [await stamped(it, lot, bidder, house.stamps) for it in listed_receipts]}


async def withdraw(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    said = await read(request, Withdrawal)
    subject = await _opening(request, house)
    slip = await house.box.withdraw(subject, session.actor, said.act)
    last = receipts(subject.facts.notice.lot, slip, house.key)[-1]
    return await _mine_told(request, house, session.actor) | {"receipt": last}


async def drill(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    await read(request, Nothing)
    listed = await listed_one(request, house)
    ticket, envelope = await house.box.drill(listed.row.lot, session.actor.id)
    return {"drill": ticket, "keyenv": envelope}


async def drilled(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    said = await read(request, DrillAnswer)
    subject = await _opening(request, house)
    await house.box.drilled(subject, session.actor.id, said.drill, said.word)
    return await _mine_told(request, house, session.actor)


async def package(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    listed = await listed_one(request, house)
    own = await house.box.own_package(listed.row.lot, session.actor.id)
    return {
        "header": own.papers.header,
        "keyenv": own.papers.keyenv,
        "seal": own.papers.seal,
        "signature": own.papers.signature,
        "heads": own.heads,
    }


async def offer(request: Request, house: House) -> dict[str, object]:
    session = await session_as(request, house, Role.BIDDER)
    listed = await listed_one(request, house)
    opened = await house.box.own_offer(listed.row.lot, session.actor.id)
    if opened is None:
        raise No("not_decrypted")
    if opened.offer is None:
        return {"unreadable": opened.unreadable}
    return {"offer": {"values": opened.offer.values}}


async def _opening(request: Request, house: House) -> Opening:
    room = await house.hall.room(StreamId(PREFIX + parameter(request, "id")))
    return room.opening


async def _mine_told(request: Request, house: House, by: Actor) -> dict[str, object]:
    return {"mine": await _mine(house, by, await listed_one(request, house))}


async def _mine(house: House, by: Actor, listed: Listed) -> Standing:
    lot = listed.row.lot
    mine = await house.box.mine(PersonId(by.id), [lot])
    return _standing(mine[lot], listed, await house.hall.now())


def _standing(mine: Mine, listed: Listed, at: datetime) -> Standing:
    slip: Slip = mine.slip
    uploading = mine.unfinished and slip.state is not State.RECEIVED
    package = slip.package
    return Standing(
        state="uploading" if uploading else slip.state.value,
        version=slip.version,
        received_at=package.at if package else None,
        seal=package.seal if package else None,
        signed_in_at=slip.signed_in_at,
        rehearsed_at=slip.rehearsed_at,
        rehearsal_ok=slip.rehearsal_ok,
        sealed_under_old_notice=package is not None
        and package.notice_sha256 != listed.facts.notice_sha256,
        drills=standings(slip, listed.row.opens_at, at),
    )


def _progress(progress: Progress, house: House) -> dict[str, object]:
    return {
        "upload": progress.upload,
        "state": _state(progress.received),
        "missing": progress.missing,
        "receipt": _receipt(progress.lot, progress.received, house),
    }


def _state(received: PackageReceived | None) -> str:
    return "uploading" if received is None else "received"


def _receipt(lot: str, received: PackageReceived | None, house: House) -> Receipt | None:
    return None if received is None else receipt(lot, received, house.key)


def _check_digest(header: str | None, data: bytes) -> None:
    """Content-Digest (RFC 9530), where it is given. The leaf hash is checked in any case."""
    if header is None:
        return
    if not header.startswith(DIGEST) or not header.endswith(":"):
        raise No("malformed", "Content-Digest")
    try:
        given = binascii.a2b_base64(header[len(DIGEST) : -1], strict_mode=True)
    except binascii.Error:
        raise No("malformed", "Content-Digest") from None
    if not compare_digest(given, sha256(data).digest()):
        raise No(SealReason.PART_ALTERED, b64encode(sha256(data).digest()).decode())


def _fields(row: Struct) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


_ONE: Final = "/api/bidder/openings/{id}"
_UPLOAD: Final = "/api/bidder/uploads/{upload}"

routes = [
    route("/api/bidder/openings", openings),
    route(_ONE, opening),
    route(f"{_ONE}/sign-in", sign_in, "POST"),
    route(f"{_ONE}/rehearsed", rehearsed, "POST"),
    route(f"{_ONE}/drill", drill, "POST"),
    route(f"{_ONE}/drilled", drilled, "POST"),
    route(f"{_ONE}/uploads", begin_upload, "POST"),
    route(f"{_ONE}/receipts", list_receipts),
    route(f"{_ONE}/withdraw", withdraw, "POST"),
    route(f"{_ONE}/package", package),
    route(f"{_ONE}/offer", offer),
    route(_UPLOAD, upload),
    route(f"{_UPLOAD}/{{section:int}}/{{part:int}}", put_part, "PUT"),
]
