"""Challenges and tickets: random words given out once, for one purpose, for a short time.

The database holds only a MAC of the word and a sealed note of what it is for, so it tells neither
who was given one nor for which lot.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from bidroom import ids
from bidroom.envelope import Actor, PersonId, Role
from bidroom.ports import Challenge, Rejected
from bidroom.vault import Vault
from crypto.statements import ACT_SECONDS_MAX

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

TICKET_SECONDS: Final = 60
NOTE_BYTES: Final = 1024  # notes are padded to this: a role's or a lot's length tells nothing
SWEPT_AT_ONCE: Final = 100
_encode = msgspec.json.Encoder().encode


class Note(Struct, frozen=True):
    """What a challenge is for. At log-in nobody is known yet: `bound` is the pre-login cookie."""

    purpose: str
    lot: str
    role: str
    person: str
    bound: str
    issued: datetime
    expires: datetime
    log_size: int
    log_root: str


_decode = msgspec.json.Decoder(Note).decode


class Challenges:
    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    async def issue(
        self,
        purpose: str,
        lot: str = "",
        by: Actor | None = None,
        bound: str = "",
        log_size: int = 0,
        log_root: str = "",
    ) -> Challenge:
        """A new challenge, good for 120 s by the database's clock."""
        at: datetime = await self._pool.fetchval(
            "select date_trunc('milliseconds', clock_timestamp())"
        )
        nonce, expires = ids.nonce().hex(), at + timedelta(seconds=ACT_SECONDS_MAX)
        who = by or Actor(Role.PUBLIC, PersonId(""))
        note = Note(purpose, lot, who.role, who.id, bound, at, expires, log_size, log_root)
        await self._keep("challenge", nonce, note)
        return Challenge(nonce, at, expires, log_size, log_root)

    async def spend(
        self,
        conn: Connection,
        purpose: str,
        nonce: str,
        at: datetime,
        lot: str = "",
        by: Actor | None = None,
        bound: str = "",
    ) -> Challenge:
        """The challenge of that nonce, if it was given for just this and is unspent.

        Raises Rejected(challenge_spent), whatever the matter is.
        """
        note = await self._take(conn, "challenge", nonce, at)
        who = by or Actor(Role.PUBLIC, PersonId(""))
        asked = (purpose, lot, who.role.value, who.id, bound)
        if note is None or (note.purpose, note.lot, note.role, note.person, note.bound) != asked:
            raise Rejected("challenge_spent")
        return Challenge(nonce, note.issued, note.expires, note.log_size, note.log_root)

    async def ticket(self, by: Actor, opening: str) -> str:
        """A ticket for one line, good once and for 60 s."""
        at: datetime = await self._pool.fetchval("select clock_timestamp()")
        word, expires = ids.nonce().hex(), at + timedelta(seconds=TICKET_SECONDS)
        note = Note("line", opening, by.role, by.id, "", at, expires, 0, "")
        await self._keep("ticket", word, note)
        return word

    async def redeem(self, ticket: str, opening: str) -> Actor | None:
        async with self._pool.acquire() as conn:
            at: datetime = await conn.fetchval("select clock_timestamp()")
            note = await self._take(conn, "ticket", ticket, at)
        if note is None or (note.purpose, note.lot) != ("line", opening):
            return None
        return Actor(Role(note.role), PersonId(note.person))

    async def _keep(self, kind: str, word: str, note: Note) -> None:
        mac = self._vault.mac(kind, word)
        sealed = self._vault.seal(kind, _encode(note).ljust(NOTE_BYTES), mac.hex())
        table = _TABLES[kind]
        async with self._pool.acquire() as conn:
            await conn.execute(
                f"insert into {table} values ($1, $2, $3)",  # noqa: S608
                mac,
                sealed,
                note.expires,
            )
            await conn.execute(
                f"delete from {table} where ctid in (select ctid from {table}"  # noqa: S608
                " where expires < clock_timestamp() - interval '1 hour' limit $1)",
                SWEPT_AT_ONCE,
            )

    async def _take(self, conn: Connection, kind: str, word: str, at: datetime) -> Note | None:
        mac, table = self._vault.mac(kind, word), _TABLES[kind]
        column = "nonce" if kind == "challenge" else "ticket"
        sealed = await conn.fetchval(
            f"update {table} set spent = true"  # noqa: S608
            f" where {column} = $1 and not spent and expires > $2 returning sealed",
            mac,
            at,
        )
        if sealed is None:
            return None
        return _decode(self._vault.open(kind, sealed, mac.hex()))


_TABLES: Final = {"challenge": "people.challenge", "ticket": "people.ticket"}
