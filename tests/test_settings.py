"""What may be set, what is refused, and in which words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bidroom.__main__ import VERBS
from bidroom.settings import BadSettings, Settings, load, refuse_exposed

ROOT = Path(__file__).parent.parent
ANYWHERE = "0.0.0.0"  # noqa: S104 - what is refused here


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*Settings.model_fields, *("database_url", "redis_url")]:
        monkeypatch.delenv(f"BIDROOM_{name.upper()}", raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BIDROOM_DATA", str(tmp_path))


def test_with_nothing_set_the_hall_serves_this_machine_alone(tmp_path: Path) -> None:
    settings = load()

    refuse_exposed(settings)
    assert settings.origin == "http://127.0.0.1:8000"
    assert settings.secrets == tmp_path / "secrets"
    assert settings.database_url is None


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "BIDROOM_TLS_PROXY", "BIDROOM_PORT", "BIDROOM_ORIGIN"):
        monkeypatch.setenv(name, "")

    assert load().port == 8000
    assert load().database_url is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://Hall.example", "https://hall.example"),
        ("https://hall.example/", "https://hall.example"),
        ("https://hall.example:443", "https://hall.example"),
        ("https://hall.example/room", "https://hall.example"),
        ("hall.example", "https://hall.example"),
        ("https://大厅.example", "xn--"),
    ],
)
def test_an_origin_is_taken_only_as_browsers_write_it(
    given: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDROOM_ORIGIN", given)

    with pytest.raises(BadSettings, match="BIDROOM_ORIGIN") as refused:
        load()
    assert said in str(refused.value)


@pytest.mark.parametrize("host", [ANYWHERE, "::", "192.0.2.7", "hall.example"])
def test_beyond_loopback_nothing_is_served_without_tls(host: str) -> None:
    with pytest.raises(BadSettings, match="BIDROOM_TLS_PROXY=1"):
        refuse_exposed(Settings(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_on_loopback_it_is(host: str) -> None:
    refuse_exposed(Settings(host=host))


def test_behind_a_declared_proxy_it_is_and_browsers_are_known_to_come_by_tls() -> None:
    settings = Settings(host=ANYWHERE, tls_proxy=True, origin="https://hall.example")

    refuse_exposed(settings)
    assert settings.secure


@pytest.mark.parametrize("origin", ["http://hall.example", "https://0.0.0.0:8000"])
def test_with_tls_the_origin_must_be_one_that_people_can_type(origin: str) -> None:
    with pytest.raises(BadSettings, match="BIDROOM_ORIGIN"):
        refuse_exposed(Settings(host=ANYWHERE, tls_proxy=True, origin=origin))


def test_a_certificate_comes_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDROOM_TLS_CERT", "hall.pem")

    with pytest.raises(BadSettings, match="BIDROOM_TLS_KEY"):
        load()


def test_no_value_is_repeated_in_an_error_or_a_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://hall:geheim@db/hall")
    assert "geheim" not in repr(load())

    monkeypatch.setenv("BIDROOM_PORT", "geheim")
    with pytest.raises(BadSettings) as refused:
        load()
    assert "geheim" not in str(refused.value)
    assert "BIDROOM_PORT" in str(refused.value)


def test_the_folders_made_let_the_database_pass_and_nobody_see_the_secrets(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "hall")
    settings.make_folders()

    assert settings.data.stat().st_mode & 0o777 == 0o711
    assert settings.secrets.stat().st_mode & 0o777 == 0o700


def python_m(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bidroom", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_verb_is_told_of_in_both_languages() -> None:
    told = python_m("help")

    assert told.returncode == 0
    for name, verb in VERBS.items():
        assert f"{name} " in told.stdout
        assert f"{verb.zh} / {verb.en}" in told.stdout


def test_an_unknown_verb_is_a_refusal_and_no_trace() -> None:
    told = python_m("auktion")

    assert told.returncode == 2
    assert told.stderr.startswith("没有此命令 / no such verb: auktion")


def test_migrating_what_cannot_be_reached_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://hall:geheim@127.0.0.1:1/hall")
    told = python_m("migrate")

    assert told.returncode == 1
    assert "无法使用数据库 / cannot use the database" in told.stderr
    assert "geheim" not in told.stderr


def test_the_dispatcher_itself_imports_nothing() -> None:
    program = "import sys, bidroom.__main__ as m; m.main(['help']); print(sorted(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    heavy = ("typer", "asyncpg", "starlette", "sqlalchemy", "pydantic")
    assert not [name for name in heavy if f"'{name}'" in told.stdout]
