"""Receipts with time-stamps of an authority: `openssl ts` stamps, and anybody checks offline."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from bidroom import clock
from bidroom.cli.centre import Centre
from bidroom.cli.client import Client
from tests.edge.centre import Doors, open_doors
from tests.edge.tsa import Tsa, open_tsa

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

LOT = "LOT-001"
ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0


@pytest_asyncio.fixture
async def tsa(tmp_path: Path) -> AsyncIterator[Tsa]:
    async with open_tsa(tmp_path / "tsa", clock.now()) as opened:
        yield opened


@pytest_asyncio.fixture
async def doors(
    pool: Pool, dsn: str, centre: Centre, tsa: Tsa, tmp_path: Path
) -> AsyncIterator[Doors]:
    folder = tmp_path / "hall"
    async with open_doors(pool, dsn, centre, folder, tsa=tsa.url, tsa_roots=tsa.root) as opened:
        yield opened


async def handed_in(doors: Doors, firm: Client) -> dict[str, Any]:
    facts = await doors.in_an_hour(LOT)
    receipt: dict[str, Any] = await firm.upload(LOT, doors.seal(firm, facts))
    return receipt


async def stamped(doors: Doors, firm: Client) -> dict[str, Any]:
    """The receipt once its stamp has come."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            (receipt,) = (await firm.get(f"bidder/openings/{LOT}/receipts"))["receipts"]
            if receipt["stamp"] is not None:
                found: dict[str, Any] = receipt
                return found
            doors.house.stamps.news.set()


def checked(receipt: dict[str, Any], folder: Path, *words: str | Path) -> tuple[int, str, str]:
    """`bidroom verify receipt`, in a process of its own."""
    file = folder / "receipt.json"
    file.write_text(json.dumps(receipt))
    command = [sys.executable, "-m", "bidroom", "verify", "receipt", str(file), *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


async def test_a_receipt_is_stamped_and_verified_offline(
    doors: Doors, tsa: Tsa, tmp_path: Path
) -> None:
    trust = [doors.centre.trust / name for name in ("root.cer", "issuing.cer")]
    roots = [word for path in trust for word in ("--root", path)]
    async with doors.person(doors.firm(0)) as firm:
        await handed_in(doors, firm)
        receipt = await stamped(doors, firm)

    status, said, _ = checked(receipt, tmp_path, *roots, "--tsa-root", tsa.root)
    proof = json.loads(said)
    assert (status, proof["leads_to_a_root"]) == (0, True)
    assert proof["stamped_at"][:10] == proof["received"][:10]
    assert proof["seal"] == json.loads(receipt["statement"])["seal"]

    query = tmp_path / "stamp.tsr"
    query.write_bytes(b64decode(receipt["stamp"]))
    statement = tmp_path / "statement"
    statement.write_text(receipt["statement"])
    words = ("-data", str(statement), "-in", str(query), "-CAfile", str(tsa.root))
    assert await asyncio.to_thread(openssl_verifies, *words)


def openssl_verifies(*words: str) -> bool:
    command = ["openssl", "ts", "-verify", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.returncode, done.stdout.strip()) == (0, "Verification: OK")


async def test_a_stamp_that_is_anothers_broken_or_of_a_stranger_is_refused(
    doors: Doors, tsa: Tsa, tmp_path: Path
) -> None:
    async with (
        doors.person(doors.firm(0)) as firm,
        open_tsa(tmp_path / "stranger", clock.now()) as stranger,
    ):
        await handed_in(doors, firm)
        receipt = await stamped(doors, firm)
        stamp = bytearray(b64decode(receipt["stamp"]))
        stamp[-1] ^= 1
        broken = receipt | {"stamp": b64encode(stamp).decode()}
        for spoilt, root in (
            (broken, tsa.root),
            (receipt, stranger.root),
            (receipt | {"stamp": "AAAA"}, tsa.root),
            (receipt | {"stamp": "-"}, tsa.root),
        ):
            status, _, why = checked(spoilt, tmp_path, "--tsa-root", root)
            assert (status, "[signature]" in why) == (1, True), why
        status, _, why = checked(receipt, tmp_path)
        assert (status, "--tsa-root" in why) == (0, True), "not looked at, and said so"


async def test_an_authority_that_is_down_holds_up_no_receipt(doors: Doors, tsa: Tsa) -> None:
    tsa.down = True
    async with doors.person(doors.firm(0)) as firm:
        receipt = await handed_in(doors, firm)
        assert receipt["stamp"] is None
        assert receipt["signature"]
        async with asyncio.timeout(PATIENCE_S):
            while tsa.asked < 2:  # it is asked again
                doors.house.stamps.news.set()
                await firm.get("me")
        tsa.down = False
        assert (await stamped(doors, firm))["statement"] == receipt["statement"]


async def test_what_is_kept_of_a_stamp_names_nobody(doors: Doors, tsa: Tsa, pool: Pool) -> None:
    async with doors.person(doors.firm(0)) as firm:
        await handed_in(doors, firm)
        before = await pool.fetchval("select length(sealed) from tenders.stamp")
        await stamped(doors, firm)
        row = await pool.fetchrow("select sealed::text as text, length(sealed) from tenders.stamp")
        assert row is not None
        assert row["length"] == before, "a row with its stamp is as long as one without"
        code = doors.centre.firms()[0].code
        assert code.encode().hex() not in row["text"]
