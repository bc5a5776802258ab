"""What an insider with the hall's keys can't hide, and what only something kept reveals."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bidroom.publish.findings import Fault, RecordFails
from bidroom.publish.kept import compare, contents_of, has_checkpoint, has_head, has_receipt
from bidroom.publish.verify import verify
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA
from tests.opening.people import after
from tests.publish.forge import FORGERIES, forged, receipt_of, verdicts
from tests.publish.hidden import (
    HIDDEN,
    Unanswered,
    hidden,
    logged_with_blanks,
    terminated_before_the_roster,
)
from tests.publish.opened import HALL_SUBJECT, Opened

ROOT = Path(__file__).parents[2]
EXPECTED = {
    # forged: (alone, with a head that was kept, with a receipt, with an older download)
    "price changed": ("offer", "history_rewritten", "holds", "history_rewritten"),
    "objection dropped": ("signed_for_another", "history_rewritten", "holds", "history_rewritten"),
    "objection dropped, nobody confirmed": (
        "holds", "history_rewritten", "holds", "history_rewritten",
    ),
    "tender swapped": ("package", "history_rewritten", "receipt_not_listed", "history_rewritten"),
    "tail cut": ("holds", "tail_cut", "holds", "history_rewritten"),
}  # fmt: skip


@pytest.fixture(scope="module")
def opened() -> Opened:
    return Opened().closed()


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_record_is_found_out(name: str, opened: Opened) -> None:
    found = verdicts(forged(opened, FORGERIES[name]))
    assert tuple(said.partition(" at ")[0] for said in found.values()) == EXPECTED[name]
    assert any(said != "holds" for said in found.values())


@pytest.mark.parametrize("name", HIDDEN)
def test_nothing_can_be_hidden_under_a_true_leaf(name: str, opened: Opened) -> None:
    change, where = HIDDEN[name]
    record = hidden(opened, change)
    for size, entry in enumerate(opened.record.entries, 1):
        has_head(contents_of(record), size, entry.root.hex())  # no witness would notice
    with pytest.raises(RecordFails) as fails:
        verify(record)
    assert (fails.value.where, fails.value.fault) == (where, Fault.ENTRY_WITHHELD)


@pytest.mark.parametrize("true", [terminated_before_the_roster, lambda: Unanswered().terminated()])
def test_what_nobody_may_read_is_rightly_withheld(true: Callable[[], bytes]) -> None:
    record = true()
    proof = verify(record)
    assert "唱标价格与投标函是否一致".encode() not in record, "nor do the minutes tell it"
    assert (proof.phase, proof.entries) == ("terminated", proof.entries_in_full + 1)


def test_an_entry_in_full_has_no_blanks(opened: Opened) -> None:
    with pytest.raises(RecordFails) as fails:
        verify(logged_with_blanks(opened))
    assert fails.value.where == "entry 8 (TenderDecrypted)"
    assert fails.value.fault is Fault.ENTRY_WITHHELD


def test_the_true_record_agrees_with_whatever_was_kept(opened: Opened) -> None:
    record = opened.published()
    contents = contents_of(record)
    for size, entry in enumerate(opened.record.entries, 1):
        has_head(contents, size, entry.root.hex())
    has_receipt(record, receipt_of(opened))
    found = compare(record, opened.published())
    assert (found.same, found.added) == (contents.log_size, 0)


def test_a_receipt_of_another_kind_or_with_another_word_is_none(opened: Opened) -> None:
    record, receipt = opened.published(), receipt_of(opened)
    for spoilt, fault in (
        (receipt.replace(b'\\"serial\\":1', b'\\"serial\\":2'), Fault.SIGNATURE),
        (receipt.replace(b"certificate", b"certificat"), Fault.STATEMENT),
        (b"{}", Fault.STATEMENT),
        (b"", Fault.STATEMENT),
    ):
        assert spoilt != receipt
        with pytest.raises(RecordFails) as fails:
            has_receipt(record, spoilt)
        assert fails.value.fault is fault


def test_a_receipt_that_somebody_else_wrote_accuses_nobody(opened: Opened) -> None:
    made = forged(opened, FORGERIES["tender swapped"])
    theirs = DemoCA.make(after(-365 * 24 * 60), secrets.token_bytes)
    at = after(-30 * 24 * 60)
    stranger = theirs.issue(HALL_SUBJECT, Usage.SIGN, at, secrets.token_bytes)
    for by, fault in ((opened.host, Fault.SIGNED_BY_ANOTHER), (stranger, Fault.CERTIFICATE)):
        with pytest.raises(RecordFails) as fails:
            has_receipt(made.record, receipt_of(opened, by))
        assert fails.value.fault is fault


def test_a_note_that_nobody_trusted_signed_is_no_head(opened: Opened) -> None:
    contents = contents_of(opened.published())
    with pytest.raises(RecordFails) as fails:
        has_checkpoint(contents, "no note")
    assert fails.value.fault is Fault.CHECKPOINT


def test_the_command_line_compares_two_downloads(opened: Opened, tmp_path: Path) -> None:
    made = forged(opened, FORGERIES["tail cut"])
    old, new, receipt = (tmp_path / name for name in ("old.json", "new.json", "receipt.json"))
    old.write_bytes(made.true)
    new.write_bytes(made.record)
    receipt.write_bytes(made.receipt)

    def bidroom(*words: str | Path) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "bidroom", *map(str, words)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert bidroom("verify-diff", old, old)[0] == 0
    status, _, said = bidroom("verify-diff", old, new)
    assert (status, "[history_rewritten]" in said, "改写" in said) == (1, True, True)
    status, counts, said = bidroom("verify", old, "--receipt", receipt)
    assert (status, '"phase":"closed"' in counts) == (0, True)
    assert "不能由本文件证明" in said
    assert bidroom("verify", "receipt", receipt)[0] == 0
    assert bidroom("verify", tmp_path / "nowhere.json")[0] == 2


def test_verifying_needs_no_server_and_no_database(opened: Opened, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_bytes(opened.published())
    barred = ("asyncpg", "starlette", "redis", "uvicorn", "sqlalchemy", "alembic", "obstore")
    program = (
        "import sys; sys.modules.update(dict.fromkeys("
        f"{barred!r})); from bidroom.cli.verify import main; sys.exit(main({[str(record)]!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
