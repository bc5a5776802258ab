"""`bidroom verify-diff OLD NEW`: whether history was rewritten between two downloads of a record.

Both have to hold by themselves. Exits 0 and tells how many entries were added, or names the first
entry that differs and exits 1.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from bidroom.cli.verify import say_failed
from bidroom.publish.findings import RecordFails
from bidroom.publish.kept import compare
from bidroom.publish.verify import verify


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bidroom verify-diff",
        description="比较两次下载，查历史是否被改写 / was history rewritten between two downloads?",
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    given = parser.parse_args(arguments)
    try:
        old, new = given.old.read_bytes(), given.new.read_bytes()
        for data in (old, new):
            verify(data)
        found = compare(old, new)
    except OSError as error:
        print(f"读不到文件 / cannot read: {error.filename}", file=sys.stderr)
        return 2
    except RecordFails as fails:
        return say_failed(fails)
    print("历史未被改写 / history was not rewritten", file=sys.stderr)
    print(msgspec.json.encode(found).decode())
    return 0
