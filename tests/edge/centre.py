"""A whole hall with its doors open, and a demonstration centre's people who come to it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import uvicorn

from bidroom import clock, ids
from bidroom.app import app_of, compose, running
from bidroom.cli.centre import Centre
from bidroom.cli.client import Client, Keys, Refused, Sealed
from bidroom.edge.cable import Cable
from bidroom.edge.house import House
from bidroom.opening.policy import Notice, Policy, Suite, digest, standard_fields
from bidroom.people import staff
from bidroom.settings import Settings
from bidroom.vault import HallKey
from crypto.demo_ca import DemoCA
from crypto.letter import FileIn

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

HOST, RESERVE, RECORDER = "agent-host", "agent-reserve", "agent-recorder"
LETTER: Mapping[str, Any] = {
    "typ": "bidroom/letter/1",
    "fields": {"price": 980_000_00, "duration": 120, "quality": "合格", "manager": "王工"},
}


class Doors(NamedTuple):
    """A hall that is open, and the people who may come to it."""

    house: House
    centre: Centre
    url: str
    folder: Path

    @asynccontextmanager
    async def person(
        self, keys: Keys | None = None, *, log_in: bool = True
    ) -> AsyncIterator[Client]:
        client = Client(self.url, keys, self.house.settings.origin)
        try:
            if keys is not None and log_in:
                await client.log_in()
            yield client
        finally:
            await client.close()

    def firm(self, number: int, suite: Suite = "INT1") -> Keys:
        return self.centre.firms()[number].keys(suite=suite)

    @property
    def ca(self) -> DemoCA:
        """The centre's own authority, for whoever needs another certificate."""
        folder = self.centre.folder / "ca"
        return DemoCA.restore({path.name: path.read_bytes() for path in folder.iterdir()})

    async def scheduled(self, lot: str, opens_at: datetime, **policy: Any) -> dict[str, Any]:
        """A lot, put up by the host; returns its published facts."""
        async with self.person(self.centre.staff_keys(HOST)) as host:
            await host.post("console/openings", order(lot, opens_at, self.centre, **policy))
            told: dict[str, Any] = await host.get(f"openings/{lot}")
            facts: dict[str, Any] = told["facts"]
            return facts

    async def in_an_hour(self, lot: str = "LOT-001", **policy: Any) -> dict[str, Any]:
        at = await self.house.hall.now()
        return await self.scheduled(lot, at + timedelta(hours=1), **policy)

    async def end_intake(self, lot: str) -> None:
        """The lot's deadline is now: the alarm has not rung yet."""
        async with self.house.pool.acquire() as conn:
            at = await conn.fetchval("select clock_timestamp()")
            await self.house.box.announce(conn, lot, at)

    def seal(
        self,
        client: Client,
        facts: Mapping[str, Any],
        letter: Mapping[str, Any] = LETTER,
        files: Sequence[FileIn] = (),
    ) -> Sealed:
        folder = self.folder / "sealed" / ids.new_id()
        return client.seal(facts, letter, files, folder, clock.now())


async def refusal(asked: Awaitable[object]) -> Refused:
    """The no that `asked` ends in, which always has its sentences."""
    with pytest.raises(Refused) as no:
        await asked
    assert no.value.zh != no.value.reason != no.value.en, "a sentence, and not its code"
    assert no.value.zh
    assert no.value.en
    return no.value


def order(
    lot: str, opens_at: datetime, centre: Centre, suite: Suite = "INT1", **policy: Any
) -> dict[str, Any]:
    people = {person.id: person for person in centre.staff}
    return {
        "id": ids.new_id(),
        "schedule": {
            "type": "Schedule",
            "title": "一号路工程施工一标段",
            "project": "一号路工程",
            "notice": Notice(lot=lot, fields=standard_fields(), suite=suite),
            "opens_at": opens_at,
            "policy": Policy(**policy),
            "hosts": [people[HOST], people[RESERVE]],  # type: ignore[index]
            "recorder": people[RECORDER],  # type: ignore[index]
        },
    }


def to_be_announced(lot: str, suite: Suite = "INT1") -> dict[str, Any]:
    """Of a lot's published facts, what a tender is sealed for: known before it is scheduled."""
    notice = Notice(lot=lot, fields=standard_fields(), suite=suite)
    return {"notice": {"lot": lot, "suite": notice.suite}, "notice_sha256": digest(notice)}


def file_of(name: str, data: bytes) -> FileIn:
    return FileIn(name, len(data), lambda offset, length: data[offset : offset + length])


def manifest(sealed: Sealed) -> dict[str, Any]:
    """What a browser posts of a package before its parts."""
    package = sealed.package
    return {
        "header": package.header,
        "keyenv": package.keyenv,
        "seal": package.seal_json,
        "signature": package.seal_p7s,
        "sections": [{"leaves": [leaf.hex() for leaf in it]} for it in package.part_leaves],
    }


@asynccontextmanager
async def open_doors(
    pool: Pool, dsn: str, centre: Centre, folder: Path, **more: Any
) -> AsyncIterator[Doors]:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        port = listening.getsockname()[1]
        settings = Settings(
            data=folder, trust=centre.trust, secrets=centre.secrets, port=port, **more
        )
        key = HallKey.load(settings.secrets, clock.now())
        parts = compose(settings, pool, dsn, key)
        for person in centre.everybody:
            await staff.add(pool, person.id, person.name, person.role)
        config = uvicorn.Config(
            app_of(parts),
            ws=Cable,
            lifespan="off",
            log_config=None,
            access_log=False,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=5,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listening])
        try:
            async with running(parts):
                yield Doors(parts.house, centre, f"http://127.0.0.1:{port}", folder)
        finally:
            await server.shutdown(sockets=[listening])
