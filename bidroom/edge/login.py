"""/api/login and what follows it: challenges, sessions, tickets for the line."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.requests import Request

from bidroom import ids
from bidroom.edge.house import House
from bidroom.edge.json import SESSION, No, Reply, cookie, read, route, session_of
from bidroom.envelope import StreamId
from bidroom.hall.board import PREFIX
from bidroom.opening.record import Signed
from bidroom.people.sessions import SESSION_HOURS, Session
from bidroom.ports import Challenge
from crypto.statements import ACT_SECONDS_MAX, Purpose, millis

PRE_LOGIN: Final = "bidroom-login"  # the cookie that a log-in's challenge is bound to
OpeningId = Annotated[str, Meta(max_length=64)]


class LogIn(Struct, frozen=True, forbid_unknown_fields=True):
    act: Signed
    chain: Annotated[tuple[Annotated[str, Meta(max_length=24_000)], ...], Meta(max_length=8)] = ()


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    purpose: Purpose
    opening: OpeningId


class Dial(Struct, frozen=True, forbid_unknown_fields=True):
    opening: OpeningId


class Me(Struct, frozen=True):
    role: str
    id: str
    name: str
    certificate: str
    not_after: datetime


async def challenge_log_in(request: Request, house: House) -> Reply:
    bound = ids.nonce().hex()
    challenge = await house.people.challenges.issue("login", bound=_digest(bound))
    said = _told(challenge, house)
    return Reply(said, ((PRE_LOGIN, bound, ACT_SECONDS_MAX),))


async def log_in(request: Request, house: House) -> Reply:
    asked = await read(request, LogIn, 256 * 1024)
    bound = cookie(request, house, PRE_LOGIN)
    known = await house.people.log_in(asked.act, asked.chain, _digest(bound))
    sealed = house.sessions.begin(known, await house.hall.now())
    me = Me(known.actor.role.value, known.actor.id, known.name, known.certificate, known.not_after)
    return Reply(me, ((SESSION, sealed, SESSION_HOURS * 3600), (PRE_LOGIN, "", 0)))


async def me(request: Request, house: House) -> Me:
    return _me(await session_of(request, house))


async def log_out(request: Request, house: House) -> Reply:
    with suppress(No):  # it may be over already
        await house.sessions.end(await session_of(request, house))
    return Reply({}, ((SESSION, "", 0),))


async def challenge(request: Request, house: House) -> dict[str, object]:
    session = await session_of(request, house)
    asked = await read(request, Wanted)
    if asked.purpose is Purpose.LOGIN:
        raise No("malformed", "purpose")
    room = await house.hall.room(StreamId(PREFIX + asked.opening))
    given = await house.people.challenges.issue(
        asked.purpose.value,
        asked.opening,
        session.actor,
        log_size=room.record.seq,
        log_root=room.record.entries[-1].root.hex(),
    )
    return _told(given, house) | {
        "account": session.actor.id,
        "log_size": given.log_size,
        "log_root": given.log_root,
    }


async def line_ticket(request: Request, house: House) -> dict[str, str]:
    session = await session_of(request, house)
    asked = await read(request, Dial)
    await house.hall.room(StreamId(PREFIX + asked.opening))
    return {"ticket": await house.people.challenges.ticket(session.actor, asked.opening)}


def _told(challenge: Challenge, house: House) -> dict[str, object]:
    return {
        "nonce": challenge.nonce,
        "issued": millis(challenge.issued),
        "expires": millis(challenge.expires),
        "origin": house.settings.origin,
    }


def _me(session: Session) -> Me:
    return Me(
        session.actor.role.value,
        session.actor.id,
        session.name,
        session.certificate,
        session.not_after,
    )


def _digest(bound: str) -> str:
    return sha256(bound.encode()).hexdigest()


routes = [
    route("/api/login/challenge", challenge_log_in, "POST"),
    route("/api/login", log_in, "POST"),
    route("/api/me", me),
    route("/api/logout", log_out, "POST"),
    route("/api/challenge", challenge, "POST"),
    route("/api/line-ticket", line_ticket, "POST"),
]
