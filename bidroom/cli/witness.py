"""`bidroom witness`: watch a hall's public log from outside, cosign what is consistent.

    bidroom witness --url https://hall.example --name witness.example --state FOLDER
                    [--opening LOT …]

For the log over all openings, and for each LOT: takes its newest head, checks the log's signature
and that the log of the head seen last time is its beginning, remembers it, and hands in a
cosignature (C2SP tlog-cosignature). A hall that shows another history than before is told on, and
not cosigned: exit 1. Run it by a timer, on a machine that is not the hall's. The first run makes a
key and prints it: the hall has to name it in BIDROOM_WITNESSES.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bidroom import clock, ids
from bidroom.cli.client import Client, Refused
from crypto import merkle, notes
from crypto.errors import SealRefused


class SplitView(Exception):
    """分叉 / The log showed another history than before."""


def main(arguments: list[str]) -> int:
    given = _arguments().parse_args(arguments)
    given.state.mkdir(parents=True, exist_ok=True)
    key = _key(given.state / "witness.key")
    print(notes.Key(given.name, key.public_key().public_bytes_raw(), cosigns=True))
    try:
        asyncio.run(_watch(given, key))
    except SplitView as split:
        print(f"历史被改写，未会签 / history was rewritten, not cosigned: {split}", file=sys.stderr)
        return 1
    except (Refused, SealRefused) as no:
        print(f"无法核验 / cannot check: {no}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"连接或读写失败 / cannot reach or write: {error}", file=sys.stderr)
        return 2
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bidroom witness",
        description="见证公开日志并会签 / watch the public log and cosign it",
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--name", required=True, help="见证人名称 / the witness's name")
    parser.add_argument("--state", type=Path, required=True, help="保存所见 / what was seen")
    parser.add_argument("--opening", action="append", default=[], metavar="LOT")
    return parser


async def _watch(given: argparse.Namespace, key: Ed25519PrivateKey) -> None:
    client = Client(given.url, None)
    try:
        for path in ("log", *(f"openings/{lot}/log" for lot in given.opening)):
            await _witness(client, path, given, key)
    finally:
        await client.close()


async def _witness(
    client: Client, path: str, given: argparse.Namespace, key: Ed25519PrivateKey
) -> None:
    told: dict[str, Any] = await client.get(path)
    log_key, note = notes.Key.parse(told["key"]), notes.parse(told["checkpoint"])
    head = note.checkpoint
    seen_file = given.state / f"{sha256(head.origin.encode()).hexdigest()}.json"
    seen = json.loads(seen_file.read_text()) if seen_file.exists() else None
    if seen and seen["key"] != str(log_key):
        raise SplitView(f"{head.origin}: another key")
    if log_key.name != head.origin or not notes.vouched(note, [log_key]):
        raise SplitView(f"{head.origin}: not signed by its key")
    if seen:
        await _require_consistent(client, path, seen, head)
    kept = {"key": str(log_key), "size": head.size, "root": head.root.hex()}
    _write(seen_file, json.dumps(kept).encode())
    cosigned = notes.cosign(note, given.name, key, int(clock.now().timestamp()))
    await client.hand_in(f"{path}/cosignatures", str(cosigned).encode())
    print(f"{head.origin} {head.size} {head.root.hex()}", file=sys.stderr)


async def _require_consistent(
    client: Client, path: str, seen: dict[str, Any], head: notes.Checkpoint
) -> None:
    if seen["size"] > head.size:
        raise SplitView(f"{head.origin}: {seen['size']} > {head.size}")
    told = await client.get(f"{path}/consistency/{seen['size']}/{head.size}")
    proof = [bytes.fromhex(node) for node in told["consistency"]]
    old = bytes.fromhex(seen["root"])
    if not merkle.verify_consistency(seen["size"], head.size, old, head.root, proof):
        raise SplitView(f"{head.origin}: {seen['size']} → {head.size}")


def _key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(ids.random_bytes(32))
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: half a memory would be none."""
    half = path.with_suffix(".new")
    half.write_bytes(data)
    os.replace(half, path)
