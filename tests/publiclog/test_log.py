"""The public log through the hall's doors: what anybody can check, and what nobody is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymerkle
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidroom import clock
from bidroom.app import compose
from bidroom.cli import witness
from bidroom.cli.centre import Centre
from bidroom.cli.client import Client
from bidroom.cli.line import open_line
from bidroom.envelope import StreamId
from bidroom.opening.policy import canonical
from bidroom.publiclog.heads import Heads
from bidroom.publiclog.tiles import NoSuchTile, Tile
from bidroom.vault import HallKey
from crypto import merkle, notes
from tests.edge.centre import HOST, Doors, open_doors, refusal

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

LOT = "LOT-001"
PATIENCE_S = 20.0
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    made = Centre(tmp_path_factory.mktemp("centre"))
    made.make(clock.now(), 1)
    return made


@pytest_asyncio.fixture
async def doors(pool: Pool, dsn: str, centre: Centre, tmp_path: Path) -> AsyncIterator[Doors]:
    async with open_doors(pool, dsn, centre, tmp_path) as opened:
        yield opened


async def head(client: Client, size: int, path: str = f"openings/{LOT}/log") -> dict[str, Any]:
    """What is told of a log once it has come to `size`."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await client.http.get(f"/api/{path}")
            if answer.status_code == 200:
                told: dict[str, Any] = answer.json()
                if notes.parse(told["checkpoint"]).checkpoint.size >= size:
                    return told
            await client.http.get("/api/board")  # the hall is asked, and not waited for


async def grown(doors: Doors, host: Client, count: int) -> None:
    """The lot postponed `count` times: an event each."""
    for _ in range(count):
        opening = (await doors.house.hall.room(StreamId(f"opening/{LOT}"))).opening
        command = {
            "type": "Postpone",
            "version": opening.version,
            "opens_at": opening.opens_at.replace(year=opening.opens_at.year + 1).isoformat(),
            "reason": "招标文件澄清",
        }
        async with open_line(host, LOT) as line:
            await line.ask(command)


async def test_an_entry_is_proved_to_stand_in_the_log(doors: Doors) -> None:
    await doors.in_an_hour(LOT)
    async with doors.person(doors.centre.staff_keys(HOST)) as host, doors.person() as viewer:
        await grown(doors, host, 4)
        told = await head(viewer, 5)
        key, note = notes.Key.parse(told["key"]), notes.parse(told["checkpoint"])
        assert notes.vouched(note, [key]) == [key]
        said = note.checkpoint
        entries = (await doors.house.hall.room(StreamId(f"opening/{LOT}"))).record.entries
        for seq, entry in enumerate(entries[: said.size], 1):
            proof = await viewer.get(f"openings/{LOT}/log/proof/{seq}")
            salted = bytes.fromhex(proof["salt"]) + canonical(entry.envelope)
            leaf = merkle.leaf_hash(salted)
            assert leaf.hex() == proof["leaf"]
            inclusion = [bytes.fromhex(node) for node in proof["inclusion"]]
            assert merkle.verify_inclusion(seq - 1, said.size, leaf, inclusion, said.root)
        assert (await refusal(viewer.get(f"openings/{LOT}/log/proof/99"))).status == 404
        assert (await refusal(viewer.get("openings/LOT-X/log"))).reason == "not_in_the_log"


async def test_pymerkle_finds_the_roots_and_proofs_that_we_tell(doors: Doors) -> None:
    await doors.in_an_hour(LOT)
    async with doors.person(doors.centre.staff_keys(HOST)) as host, doors.person() as viewer:
        await grown(doors, host, 6)
        said = notes.parse((await head(viewer, 7))["checkpoint"]).checkpoint
        entries = (await doors.house.hall.room(StreamId(f"opening/{LOT}"))).record.entries
        foreign = pymerkle.InmemoryTree(algorithm="sha256")
        for entry in entries[: said.size]:
            foreign.append_entry(entry.salt + canonical(entry.envelope))
        assert foreign.get_root(said.size) == said.root
        for old in range(1, said.size + 1):
            told = await viewer.get(f"openings/{LOT}/log/consistency/{old}/{said.size}")
            proof = [bytes.fromhex(node) for node in told["consistency"]]
            before = foreign.get_root(old)
            assert merkle.verify_consistency(old, said.size, before, said.root, proof)
            theirs = foreign.prove_consistency(old, said.size)
            pymerkle.verify_consistency(before, said.root, theirs)
        tile = await viewer.http.get(f"/api/openings/{LOT}/log/tile/0/000.p/{said.size}")
        assert tile.content == b"".join(entry.leaf for entry in entries[: said.size])
        beyond = await viewer.http.get(f"/api/openings/{LOT}/log/tile/0/000.p/{said.size + 1}")
        assert beyond.status_code == 404


async def test_every_head_of_an_opening_stands_in_the_log_over_all(doors: Doors) -> None:
    await doors.in_an_hour(LOT)
    await doors.in_an_hour("LOT-002")
    async with doors.person() as viewer:
        await head(viewer, 1)
        await head(viewer, 1, "openings/LOT-002/log")
        for lot in (LOT, "LOT-002"):
            told = await viewer.get(f"openings/{lot}/log/in-hall")
            said = notes.parse(told["checkpoint"]).checkpoint
            leaf = merkle.leaf_hash(notes.parse(told["opening"]).text.encode())
            inclusion = [bytes.fromhex(node) for node in told["inclusion"]]
            assert merkle.verify_inclusion(told["index"], said.size, leaf, inclusion, said.root)
            key = notes.Key.parse((await viewer.get("log"))["key"])
            assert notes.vouched(notes.parse(told["checkpoint"]), [key]) == [key]


async def test_two_halls_that_follow_one_record_tell_the_same_heads(
    doors: Doors, pool: Pool, dsn: str
) -> None:
    await doors.in_an_hour(LOT)
    async with doors.person(doors.centre.staff_keys(HOST)) as host:
        await grown(doors, host, 3)
    key = HallKey.load(doors.house.settings.secrets, clock.now())
    other: Heads = compose(doors.house.settings, pool, dsn, key).house.heads
    await asyncio.gather(*(heads.sweep() for heads in (doors.house.heads, other) for _ in range(4)))
    rows = await pool.fetch(
        "select log, size, count(distinct root) from publiclog.head group by 1, 2"
    )
    assert all(row["count"] == 1 for row in rows)
    leaves = await pool.fetch("select seq, leaf from publiclog.leaf order by seq")
    assert [row["seq"] for row in leaves] == list(range(1, len(leaves) + 1))
    hall = (await doors.house.heads.head("hall")).checkpoint
    assert hall.root == merkle.root(row["leaf"] for row in leaves[: hall.size])


async def test_a_witness_cosigns_what_goes_on_and_nothing_else(
    doors: Doors, pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "witness"
    words = ["--url", doors.url, "--name", "witness.example", "--state", str(state)]
    words += ["--opening", LOT]
    await doors.in_an_hour(LOT)
    async with doors.person(doors.centre.staff_keys(HOST)) as host, doors.person() as viewer:
        await head(viewer, 1)
        assert await asyncio.to_thread(witness.main, words) == 1  # the hall doesn't know it yet
        doors.house.heads.witnesses = (notes.Key.parse(capsys.readouterr().out.split()[0]),)
        assert await asyncio.to_thread(witness.main, words) == 0
        told = await head(viewer, 1)
        known = [notes.Key.parse(key) for key in told["witnesses"]]
        assert notes.vouched(notes.parse(told["checkpoint"]), known) == known

        await grown(doors, host, 2)
        await head(viewer, 3)
        assert await asyncio.to_thread(witness.main, words) == 0

        # The hall shows another history: the head that was seen is no longer on its way.
        for seen in state.glob("*.json"):
            kept = json.loads(seen.read_text()) | {"root": sha256(b"another history").hexdigest()}
            seen.write_text(json.dumps(kept))
        assert await asyncio.to_thread(witness.main, words) == 1
        assert "历史被改写" in capsys.readouterr().err


async def test_a_stranger_cosigns_nothing(doors: Doors) -> None:
    await doors.in_an_hour(LOT)
    async with doors.person() as viewer:
        note = notes.parse((await head(viewer, 1))["checkpoint"])
        cosigned = str(notes.cosign(note, "stranger.example", WITNESS, 1)).encode()
        path = f"openings/{LOT}/log/cosignatures"
        assert (await refusal(viewer.hand_in(path, cosigned))).reason == "signer_unknown"
        assert (await refusal(viewer.hand_in(path, b"no note"))).reason == "malformed_signature"


@pytest.mark.parametrize(
    "path", ["0", "0000", "x1/000", "000.p/0", "000.p/256", "000.p/257", "../"]
)
def test_what_is_no_path_of_a_tile(path: str) -> None:
    with pytest.raises(NoSuchTile):
        Tile.parse(0, path)


def test_tiles_are_named_as_the_specification_does() -> None:
    assert Tile.parse(2, "x001/x234/067.p/9") == Tile(2, 1234067, 9)
    tree = merkle.Tree(merkle.leaf_hash(bytes([n % 256, n // 256])) for n in range(600))
    whole = Tile(0, 1, 256).of(tree)
    assert Tile(1, 0, 2).of(tree) == merkle.root(tree.hashes(0, 0, 256)) + merkle.root(
        [whole[at : at + 32] for at in range(0, len(whole), 32)]
    )
