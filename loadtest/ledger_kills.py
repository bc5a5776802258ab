"""`./run bench ledger_kills`: kill -9 of client, service and PostgreSQL while payments are posted.

`--kills N` (1,000 unless said otherwise), in turns, each counted only if a call was outstanding
when it fell; the server is durable. Fails if anything was lost, doubled, answered differently the
second time, or does not balance.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtest.packages import machine
from tests.deposits.killing import killing


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench ledger_kills")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="bidroom-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's own user has to pass
        tally = killing(folder, options.kills, options.seed)
    print(json.dumps(machine()))
    found = {
        "bench": "ledger_kills",
        "ours": sum(tally.kills.values()),
        "limit": options.kills,
        "limit_name": "kills with a call outstanding",
        "ratio": round(sum(tally.kills.values()) / options.kills, 2),
        "unit": "kills",
        "by_victim": tally.kills,
        "too_late": tally.too_late,
        "payments": len(tally.answers),
        "answered_differently": len(tally.changed),
        "wrong": [str(one) for one in tally.left],
    }
    print(json.dumps(found))
    return 1 if tally.left or tally.changed else 0


if __name__ == "__main__":
    sys.exit(main())
