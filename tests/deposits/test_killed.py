"""kill -9 of client, service and PostgreSQL while payments are being posted."""

from __future__ import annotations

from pathlib import Path

from tests.deposits.killing import killing


def test_nothing_is_lost_doubled_or_unbalanced_whoever_is_killed(open_folder: Path) -> None:
    folder = open_folder / "killing"
    folder.mkdir(mode=0o711)

    tally = killing(folder, kills=6, seed=4)

    assert tally.kills == {"client": 2, "service": 2, "postgres": 2}
    assert tally.left == []
    assert tally.changed == []
