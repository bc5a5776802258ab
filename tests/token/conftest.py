"""Demo firms with P-256 and RSA keys, in files and on tokens of SoftHSM's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pkcs11
import pytest

from bidroom import clock
from bidroom.cli.centre import Centre, Firm
from bidroom.token.cryptoki import Cryptoki
from bidroom.token.device import Device
from bidroom.token.soft import Soft
from tests.token.softhsm import Slots, module

PIN: Final = "24681357"  # of the tokens
FIRMS: Final = ("p256", "rsa")


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    made = Centre(tmp_path_factory.mktemp("centre"))
    made.make(clock.now(), len(FIRMS))
    return made


@pytest.fixture(scope="session")
def firms(centre: Centre) -> dict[str, Firm]:
    return dict(zip(FIRMS, centre.firms(), strict=True))


@pytest.fixture(scope="session")
def bought(
    tmp_path_factory: pytest.TempPathFactory, centre: Centre, firms: dict[str, Firm]
) -> Slots:
    """A token for each firm, as they came; nobody changes these."""
    made = Slots(tmp_path_factory.mktemp("softhsm") / "bought")
    for name, firm in firms.items():
        made.add(name, PIN, centre.folder, firm.code)
    return made


@pytest.fixture
def slots(tmp_path: Path, bought: Slots, monkeypatch: pytest.MonkeyPatch) -> Slots:
    """A token for each firm, which this process sees, too."""
    made = bought.copy(tmp_path / "softhsm")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture(params=["soft", "cryptoki"])
def device(request: pytest.FixtureRequest, firms: dict[str, Firm]) -> Iterator[Device]:
    """One of each kind."""
    if request.param == "soft":
        yield Soft({file.name: file.read_bytes() for firm in firms.values() for file in firm[2:]})
        return
    request.getfixturevalue("slots")
    library = pkcs11.lib(module())
    library.reinitialize()  # its settings are another test's
    yield Cryptoki(module())
    library.finalize()
    assert os.environ["SOFTHSM2_CONF"]
