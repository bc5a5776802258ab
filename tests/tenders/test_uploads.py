"""What is kept of a package, so that it can be judged later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import json

from bidroom import clock
from bidroom.people import trust as trust_module
from bidroom.tenders.uploads import PAPERS_BYTES
from bidroom.vault import Vault
from crypto.trust import Crl
from tests.tenders.boxes import LOT, Box, open_box

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_module, "LOOK_AGAIN_S", 0.0)


async def crl_of(box: Box, upload: str) -> Crl:
    async with box.pool.acquire() as conn:
        return (await box.uploads.papers(conn, LOT, upload)).crl


async def test_how_certificates_stood_is_kept_with_the_package(pool: Pool, tmp_path: Path) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    fresh = await box.begin(packed := box.packed(0))
    long_ago = clock.now() - timedelta(days=400)
    (tmp_path / "trust" / "issuing.crl").write_bytes(box.ca.crl(long_ago))
    stale = await box.begin(box.packed(1))
    (tmp_path / "trust" / "issuing.crl").unlink()
    missing = await box.begin(box.packed(2))

    assert (await box.begin(packed)).upload == fresh.upload, "the same package, asked again"
    stood = [await crl_of(box, it.upload) for it in (fresh, stale, missing)]
    assert stood == [Crl.FRESH, Crl.STALE, Crl.MISSING]


async def test_a_row_from_before_this_was_kept_counts_as_without_news(
    pool: Pool, tmp_path: Path
) -> None:
    box = await open_box(pool, tmp_path, clock.now() + timedelta(hours=1))
    upload = (await box.begin(box.packed(0))).upload
    vault = Vault.load(tmp_path).lot(LOT)
    sealed = await pool.fetchval("select sealed from tenders.upload where upload = $1", upload)
    papers = json.decode(vault.open(sealed))
    assert papers.pop("crl") == "fresh"
    older = vault.seal(json.encode(papers), PAPERS_BYTES)
    await pool.execute("update tenders.upload set sealed = $2 where upload = $1", upload, older)

    assert await crl_of(box, upload) is Crl.MISSING
