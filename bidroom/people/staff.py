"""The people whom the hall lets in by name: the agent's, supervisors and notaries, by the id in
their certificates. Nobody else of theirs is let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from bidroom.envelope import STAFF, PersonId, Role
from crypto.header import is_text

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

ID_MAX: Final = 64
NAME_MAX: Final = 100


class BadStaff(ValueError):
    """人员编号或姓名不合规 / An id or a name that can't be registered."""


class Staff(Struct, frozen=True):
    """Somebody registered, and the one role in which they come to openings."""

    id: PersonId
    name: str
    role: Role  # one of envelope.STAFF


async def add(pool: Pool, person: PersonId, name: str, role: Role = Role.AGENT) -> None:
    """Register a person, or give them another name or role. Raises BadStaff."""
    if not is_text(person, ID_MAX) or not is_text(name, NAME_MAX):
        raise BadStaff(
            "编号（≤64 字）和姓名（≤100 字）须为可见文字 / id and name must be plain, visible text"
        )
    assert role in STAFF, "bidders and the public are not registered"
    await pool.execute(
        "insert into people.staff (id, name, role) values ($1, $2, $3)"
        " on conflict (id) do update set name = $2, role = $3",
        person,
        name,
        role,
    )


async def find(pool: Pool, person: PersonId) -> Staff | None:
    row = await pool.fetchrow("select id, name, role from people.staff where id = $1", person)
    return None if row is None else Staff(row["id"], row["name"], Role(row["role"]))


async def everybody(pool: Pool) -> list[Staff]:
    rows = await pool.fetch("select id, name, role from people.staff order by name, id")
    return [Staff(row["id"], row["name"], Role(row["role"])) for row in rows]
