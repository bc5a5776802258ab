"""A demonstration centre for the session, and a hall of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bidroom import clock
from bidroom.cli.centre import Centre
from tests.edge.centre import Doors, open_doors

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    made = Centre(tmp_path_factory.mktemp("centre"))
    made.make(clock.now(), 6)
    return made


@pytest_asyncio.fixture
async def doors(pool: Pool, dsn: str, centre: Centre, tmp_path: Path) -> AsyncIterator[Doors]:
    async with open_doors(pool, dsn, centre, tmp_path) as opened:
        yield opened
