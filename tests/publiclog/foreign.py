"""What others' tools say of our log: aics-tlog and aics-witness, in an environment of their own.

Runs under Python 3.12 or newer, and knows nothing of ours. Reads one JSON object from stdin: `key`
(vkey), `notes` (checkpoints of growing size), `consistency` (proof from each to the next),
`entries` (salt and envelope, hex), `inclusion` (proof of each in the last) and `tiles`. Says what
held.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import aics_tlog
import aics_witness
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

WITNESS = "witness.example"


def main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    key = aics_tlog.parse_vkey(given["key"])
    heads = [aics_tlog.parse_checkpoint(aics_tlog.parse_note(it).text) for it in given["notes"]]
    last = heads[-1]
    found = {
        "checkpoints": sum(
            aics_tlog.verify_checkpoint(
                aics_tlog.parse_note(note), key, expected_origin=key.name
            ).ok
            for note in given["notes"]
        ),
        "consistent": sum(
            aics_tlog.verify_consistency(old.size, new.size, old.root, new.root, hexes(proof))
            for old, new, proof in zip(heads, heads[1:], given["consistency"], strict=False)
        ),
        "included": sum(
            aics_tlog.verify_inclusion(
                aics_tlog.leaf_hash(bytes.fromhex(entry)), index, last.size, hexes(proof), last.root
            )
            for index, (entry, proof) in enumerate(
                zip(given["entries"], given["inclusion"], strict=True)
            )
        ),
        "tiles": aics_tlog.tree_root_from_tiles(
            aics_tlog.MemoryTileReader({p: bytes.fromhex(t) for p, t in given["tiles"].items()}),
            last.size,
        )
        == last.root,
        "cosigned": cosigned(given, key, heads),
    }
    print(json.dumps(found))


def cosigned(given: dict[str, Any], key: Any, heads: list[Any]) -> list[str]:
    """The lines that the witness writes under each checkpoint, and that it refuses a fork."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    store = aics_witness.WitnessStore(Path(mkdtemp()) / "witness.db", create=True)
    logs = [aics_witness.LogConfig(heads[0].origin, (key,))]
    witness = aics_witness.Witness(WITNESS, private, store, logs)
    said, old = [], 0
    for note, head, proof in zip(given["notes"], heads, [[], *given["consistency"]], strict=False):
        said.append(witness.add_checkpoint(body(old, proof, note)).decode())
        old = head.size
    try:
        forked = [b64encode(bytes(32)).decode()] * len(given["consistency"][-1])
        witness.add_checkpoint(
            f"old {heads[0].size}\n{''.join(it + chr(10) for it in forked)}\n".encode()
        )
    except aics_witness.WitnessError:
        said.append("refused")
    return said


def body(old: int, proof: list[str], note: str) -> bytes:
    """An add-checkpoint request (C2SP tlog-witness)."""
    lines = [f"{b64encode(bytes.fromhex(node)).decode()}\n" for node in proof]
    return f"old {old}\n{''.join(lines)}\n{note}".encode()


def hexes(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(node) for node in proof]


if __name__ == "__main__":
    main()
