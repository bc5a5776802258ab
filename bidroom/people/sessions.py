"""Sessions: an encrypted cookie, and nothing about anybody in the database but ended ones."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from bidroom import ids
from bidroom.envelope import Actor
from bidroom.people.people import Known
from bidroom.vault import NotOurs, Vault

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

SESSION_HOURS: Final = 12
COOKIE_BYTES: Final = 1024  # before it is sealed
_encode = msgspec.json.Encoder().encode


class Session(Struct, frozen=True):
    id: str
    actor: Actor
    name: str
    certificate: str
    not_after: datetime
    expires: datetime


_decode = msgspec.json.Decoder(Session).decode


class Sessions:
    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    def begin(self, known: Known, at: datetime) -> str:
        """The cookie of a new session. All cookies are of one length: it names nobody."""
        expires = min(at + timedelta(hours=SESSION_HOURS), known.not_after)
        session = Session(
            ids.new_id(), known.actor, known.name, known.certificate, known.not_after, expires
        )
        plain = _encode(session)
        padded = plain + b" " * (-len(plain) % COOKIE_BYTES)
        return urlsafe_b64encode(self._vault.seal("session", padded)).decode().rstrip("=")

    async def of(self, cookie: str, at: datetime) -> Session | None:
        """Whose session a cookie is; None for one that is altered, over or ended."""
        try:
            sealed = urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
            session = _decode(self._vault.open("session", sealed))
        except (NotOurs, ValueError, msgspec.MsgspecError):
            return None
        if session.expires <= at:
            return None
        ended = await self._pool.fetchval(
            "select 1 from people.ended where session = $1", self._mac(session)
        )
        return None if ended else session

    async def end(self, session: Session) -> None:
        await self._pool.execute(
            "insert into people.ended values ($1, $2) on conflict do nothing",
            self._mac(session),
            session.expires,
        )
        await self._pool.execute("delete from people.ended where expires < clock_timestamp()")

    def _mac(self, session: Session) -> bytes:
        return self._vault.mac("session", session.id)
