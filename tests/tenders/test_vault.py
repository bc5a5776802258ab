"""What lies outside of the database: the hall's secret, and what can be made from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bidroom import clock
from bidroom.vault import HallKey, NotOurs, Vault, WrongSecret
from crypto import signing
from crypto.certificates import Certificate, Usage
from crypto.trust import TrustList


def test_machines_that_share_a_secret_share_everything(tmp_path: Path) -> None:
    one, other = Vault.load(tmp_path), Vault.load(tmp_path)
    assert other.open("session", one.seal("session", b"who")) == b"who"
    assert one.lot("A").ticket("x") == other.lot("A").ticket("x")
    assert other.lot("A").open(one.lot("A").seal(b"slip", 64)) == b"slip"
    assert (tmp_path / "hall.secret").stat().st_mode & 0o777 == 0o600


def test_nothing_opens_for_another_purpose_lot_or_hall(tmp_path: Path) -> None:
    one, stranger = Vault(b"1" * 32), Vault(b"2" * 32)
    sealed = one.seal("held", b"price", "LOT-1 firm")
    attempts: list[Callable[[], bytes]] = [
        lambda: one.open("session", sealed, "LOT-1 firm"),
        lambda: one.open("held", sealed, "LOT-2 firm"),
        lambda: stranger.open("held", sealed, "LOT-1 firm"),
        lambda: one.open("held", sealed[:-1], "LOT-1 firm"),
        lambda: one.open("held", b"", "LOT-1 firm"),
        lambda: one.lot("B").open(one.lot("A").seal(b"slip", 64)),
        lambda: stranger.lot("A").open(one.lot("A").seal(b"slip", 64)),
        lambda: one.lot("A").open(b"short"),
    ]
    for attempt in attempts:
        with pytest.raises(NotOurs):
            attempt()


def test_tickets_differ_by_lot_and_sealed_rows_by_nothing_but_chance() -> None:
    vault = Vault(b"1" * 32)
    assert vault.lot("A").ticket("x") != vault.lot("B").ticket("x")
    rows = [vault.lot("A").seal(plain, 64) for plain in (b"", b"a", b"a", b"a" * 60)]
    assert len(set(rows)) == 4
    assert len({len(row) for row in rows}) == 1


def test_a_hall_without_a_certificate_makes_one_and_keeps_it(tmp_path: Path) -> None:
    key, again = (HallKey.load(tmp_path, clock.now()) for _ in range(2))
    assert key.certificate == again.certificate
    signing.verify(Certificate(key.certificate), b"receipt", again.sign(b"receipt"))


def test_a_lot_knows_the_secret_that_it_was_announced_with() -> None:
    one, stranger = Vault(b"1" * 32), Vault(b"2" * 32)
    one.lot("A").require(one.lot("A").public)
    for other in (stranger.lot("A"), one.lot("B")):
        with pytest.raises(WrongSecret, match=r"hall\.secret"):
            other.require(one.lot("A").public)


def test_a_hall_that_certifies_itself_can_be_believed_by_whoever_takes_its_authority(
    tmp_path: Path,
) -> None:
    at = clock.now()
    key = HallKey.load(tmp_path, at)
    again = HallKey.load(tmp_path, at)
    assert (again.certificate, again.authorities) == (key.certificate, key.authorities)
    trust = TrustList([Certificate(der) for der in key.authorities])
    assert trust.check(Certificate(key.certificate), [], Usage.SIGN, at)
