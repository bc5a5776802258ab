"""The log as tiles of 256 hashes (https://c2sp.org/tlog-tiles): what archives and mirrors take."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from crypto.merkle import Tree

WIDTH: Final = 256
LEVEL: Final = 8  # levels of the tree in one tile
LEVEL_MAX: Final = 5  # 256**5 leaves are more than there will be
_PATH: Final = re.compile(r"((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?")


class NoSuchTile(Exception):
    """No path of a tile, or one that the log has not come to."""


class Tile(NamedTuple):
    level: int
    number: int
    width: int  # 256, or fewer of a tile that is not whole yet

    @classmethod
    def parse(cls, level: int, path: str) -> Tile:
        """`path`: `x001/234`, or `x001/234.p/17`. Raises NoSuchTile."""
        match = _PATH.fullmatch(path)
        if match is None or not 0 <= level <= LEVEL_MAX:
            raise NoSuchTile(path)
        digits = match.group(1).replace("x", "").replace("/", "") + match.group(2)
        width = int(match.group(3) or WIDTH)
        if width > WIDTH or (match.group(3) and width == WIDTH):
            raise NoSuchTile(path)
        return cls(level, int(digits), width)

    def of(self, tree: Tree) -> bytes:
        """Its hashes, one after the other. Raises NoSuchTile."""
        found = tree.hashes(self.level * LEVEL, self.number * WIDTH, self.width)
        if len(found) != self.width:
            raise NoSuchTile
        return b"".join(found)
