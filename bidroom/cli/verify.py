"""`bidroom verify RECORD.json [--root CA.pem …]`: check a published record, offline.

Reads the named files and nothing else. Prints what was shown as one JSON line and exits 0, or names
the first thing that does not hold and exits 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from bidroom.publish.verify import RecordFails, verify
from crypto.certificates import Certificate


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bidroom verify",
        description="离线核验公开的开标记录 / verify a published record offline",
    )
    parser.add_argument("record", type=Path, help="record.json")
    parser.add_argument(
        "--root",
        type=Path,
        action="append",
        help="信任的根证书，不给则采用记录内的 / a root you trust, instead of the file's",
    )
    given = parser.parse_args(arguments)
    try:
        roots = [Certificate.load(path.read_bytes()).der for path in given.root or []]
        proof = verify(given.record.read_bytes(), roots or None)
    except OSError as error:
        print(f"读不到文件 / cannot read: {error.filename}", file=sys.stderr)
        return 2
    except RecordFails as fails:
        print(f"核验不通过 / does not hold: {fails.where}: {fails.what}", file=sys.stderr)
        return 1
    print(msgspec.json.encode(proof).decode())
    return 0
