"""Without the hall's secret nobody's tender is given up: the lot waits until it is restored."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bidroom import clock
from bidroom.tenders.box import TenderBox
from bidroom.tenders.slips import Slips
from bidroom.vault import Vault, WrongSecret
from tests.tenders.boxes import LOT, open_box

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


async def test_a_hall_with_another_secret_neither_starts_nor_freezes(
    pool: Pool, tmp_path: Path
) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    await box.box.require_secret()
    vault = Vault(b"another secret of 32 bytes......")
    stranger = TenderBox(pool, vault, Slips(vault), box.uploads, box.people)

    with pytest.raises(WrongSecret):
        await stranger.require_secret()
    async with pool.acquire() as conn:
        with pytest.raises(WrongSecret):
            await stranger.freeze(conn, LOT)
        assert await conn.fetchval("select frozen_at from tenders.lot") is None
        assert await box.box.freeze(conn, LOT) == ()
