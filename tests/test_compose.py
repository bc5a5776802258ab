"""What `docker/compose.yaml` promises: its PostgreSQL is as silent as our own one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bidroom.postgres.cluster import Cluster

COMPOSE = Path(__file__).parent.parent / "docker" / "compose.yaml"


def volume_at(place: str, text: str) -> str:
    found = re.search(rf"^ +- ([a-z]+):{place}(?: #.*)?$", text, re.MULTILINE)
    assert found, f"nothing is mounted at {place}"
    return found.group(1)


@pytest.mark.parametrize("kind", ["log_error_verbosity", "log_min_error_statement"])
def test_the_log_of_its_database_holds_no_rows(kind: str, tmp_path: Path) -> None:
    own = Cluster(tmp_path, durable=True).command(Path("programs"))
    (wanted,) = (word for word in own if word.startswith(f"{kind}="))

    assert re.search(rf"-c, {wanted}\b", COMPOSE.read_text())


def test_data_secrets_and_trust_lie_in_volumes_of_their_own() -> None:
    text = COMPOSE.read_text()
    places = re.findall(r"^ +BIDROOM_(?:SECRETS|TRUST): (\S+)$", text, re.MULTILINE)
    volumes = [volume_at(place, text) for place in ("/var/lib/bidroom", *places)]

    assert volumes == ["data", "secrets", "trust"]
    made = (COMPOSE.parent / "Dockerfile").read_text()
    assert [place for place in places if not re.search(rf"install -d .*{place}\b", made)] == []
