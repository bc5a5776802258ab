"""The agent's people, by the id in their certificates. Nobody else of theirs is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bidroom.envelope import PersonId
from bidroom.opening.record import Person
from crypto.header import is_text

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

ID_MAX: Final = 64
NAME_MAX: Final = 100


class BadStaff(ValueError):
    """人员编号或姓名不合规 / An id or a name that can't be registered."""


async def add(pool: Pool, person: Person) -> None:
    """Register `person`, or give them another name. Raises BadStaff."""
    if not is_text(person.id, ID_MAX) or not is_text(person.name, NAME_MAX):
        raise BadStaff(
            "编号（≤64 字）和姓名（≤100 字）须为可见文字 / id and name must be plain, visible text"
        )
    await pool.execute(
        "insert into people.staff (id, name) values ($1, $2)"
        " on conflict (id) do update set name = $2",
        person.id,
        person.name,
    )


async def name_of(pool: Pool, person: PersonId) -> str | None:
    found: str | None = await pool.fetchval("select name from people.staff where id = $1", person)
    return found


async def everybody(pool: Pool) -> list[Person]:
    rows = await pool.fetch("select id, name from people.staff order by name, id")
    return [Person(row["id"], row["name"]) for row in rows]
