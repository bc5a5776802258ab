"""`python -m bidroom.publish.prove RECORD.json …`: each holds, and no field of it can be changed.

A process of its own that reads the named files and nothing else. For every single value in a record
it changes that value alone and looks whether the verifier still says yes. One JSON line per record.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any, TypeAlias

from bidroom.opening.policy import canonical
from bidroom.publish.findings import RecordFails
from bidroom.publish.verify import verify

Path: TypeAlias = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where the single values stand in a JSON document."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def flipped(value: Any) -> Any:
    """Another value, as like the given one as can be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value:
            middle = len(value) // 2
            other = "0" if value[middle] != "0" else "1"
            return value[:middle] + other + value[middle + 1 :]
        case _:
            return "x"


def with_change(document: Any, path: Path) -> bytes:
    """`document` in canonical JSON with the value at `path` changed; `document` stays as it is."""
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    kept = inner[path[-1]]
    inner[path[-1]] = flipped(kept)
    try:
        return canonical(document)
    finally:
        inner[path[-1]] = kept


def holds(data: bytes) -> bool:
    try:
        verify(data)
    except RecordFails:
        return False
    return True


def main(arguments: list[str]) -> int:
    every = True
    for name in arguments:
        data = File(name).read_bytes()
        document = json.loads(data)
        paths = list(leaves(document))
        missed = [path for path in paths if holds(with_change(document, path))]
        proved = holds(data)
        line = {"record": File(name).name, "holds": proved, "changed": len(paths)}
        print(json.dumps(line | {"unnoticed": ["/".join(map(str, path)) for path in missed]}))
        every = every and proved and not missed
    return 0 if every else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
