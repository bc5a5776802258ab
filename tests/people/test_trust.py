"""Stories of the trust folder: whom a hall believes, and when it notices that this has changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bidroom import clock, ids
from bidroom.people import trust as trust_module
from bidroom.people.challenges import Challenges
from bidroom.people.people import People
from bidroom.people.trust import TrustFolder
from bidroom.vault import Vault
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Subject
from crypto.errors import SealRefused
from crypto.trust import Crl

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

CODE = "91110000802100433B"


@pytest.fixture
def since() -> datetime:
    return clock.now() - timedelta(days=1)


@pytest.fixture
def ca(since: datetime) -> DemoCA:
    return DemoCA.make(since, ids.random_bytes)


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_module, "LOOK_AGAIN_S", 0.0)


def test_a_folder_is_read_anew_when_it_changes(tmp_path: Path, ca: DemoCA, since: datetime) -> None:
    leaf = ca.issue(Subject("甲", CODE, "甲"), Usage.SIGN, since, ids.random_bytes).certificate
    trust, now = TrustFolder(tmp_path / "trust"), clock.now()

    def reason() -> str:
        with pytest.raises(SealRefused) as no:
            trust.check(leaf, [], Usage.SIGN, now)
        return no.value.reason

    assert reason() == "certificate_untrusted", "there is no folder yet"
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "root.cer").write_bytes(ca.root.der)
    assert reason() == "certificate_untrusted", "nothing leads to the root yet"
    (tmp_path / "trust" / "issuing.cer").write_bytes(ca.issuing.der)
    assert trust.check(leaf, [], Usage.SIGN, now).crl is Crl.MISSING
    (tmp_path / "trust" / "root.crl").write_bytes(ca.root_crl(since))
    (tmp_path / "trust" / "a.crl").write_bytes(ca.crl(since))
    assert trust.check(leaf, [], Usage.SIGN, now).crl is Crl.FRESH
    (tmp_path / "trust" / "a.crl").write_bytes(ca.crl(since, [(leaf, since)]))
    assert reason() == "certificate_revoked"


def test_a_file_that_is_no_certificate_is_named_and_the_rest_still_counts(
    tmp_path: Path, ca: DemoCA
) -> None:
    (tmp_path / "root.cer").write_bytes(ca.root.der)
    (tmp_path / "broken.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nx\n")
    (tmp_path / "broken.crl").write_bytes(b"x")
    (tmp_path / "readme.txt").write_bytes(b"not looked at")
    trust = TrustFolder(tmp_path)
    with capture_logs() as logged:
        for _ in range(3):
            assert trust.authorities() == (ca.root.der,)
        assert trust.unread == ("broken.crl", "broken.pem")
        (tmp_path / "broken.crl").write_bytes(ca.root_crl(clock.now()))
        trust.now()
        (tmp_path / "broken.pem").unlink()
        trust.now()
    assert [it["log_level"] for it in logged] == ["warning"] * 2, "once a change, not once a look"
    assert [it["files"] for it in logged] == [["broken.crl", "broken.pem"], ["broken.pem"]]
    assert all(set(it) == {"event", "log_level", "files"} for it in logged), "names only"


async def test_an_authority_met_at_one_process_is_known_to_the_others(
    pool: Pool, tmp_path: Path, ca: DemoCA, since: datetime
) -> None:
    (tmp_path / "root.cer").write_bytes(ca.root.der)
    leaf = ca.issue(Subject("甲", CODE, "甲"), Usage.SIGN, since, ids.random_bytes)
    vault = Vault(b"1" * 32)
    one, other = (
        People(pool, Challenges(pool, vault), TrustFolder(tmp_path), "http://hall.example")
        for _ in range(2)
    )
    standing = one.trust.check(leaf.certificate, leaf.chain, Usage.SIGN, clock.now())
    (issuer,) = one.trust.learn(standing.path[1:-1])
    await pool.execute(
        "insert into people.issuer (fingerprint, der) values ($1, $2)",
        issuer.fingerprint,
        issuer.der,
    )
    with pytest.raises(SealRefused):
        other.trust.check(leaf.certificate, [], Usage.SIGN, clock.now())
    assert await other.redeem("no ticket", "LOT-001") is None
    assert other.trust.check(leaf.certificate, [], Usage.SIGN, clock.now()).path == standing.path
