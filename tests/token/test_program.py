"""`bidroom token` in its own process, with SoftHSM tokens and a person at its terminal."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from asn1crypto import cms
from pkcs11 import TokenFlag

from bidroom.cli.centre import PIN as FILE_PIN
from bidroom.cli.centre import Firm
from crypto import canonical, keyenv, signing, statements
from crypto.certificates import Certificate
from crypto.statements import Purpose
from tests.token.conftest import PIN
from tests.token.holder import Program, running
from tests.token.softhsm import Slots, module

ORIGIN: Final = "https://hall.example"
OTHER: Final = "https://other.example"
AT: Final = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def program(slots: Slots) -> Iterator[Program]:
    with started(slots) as running_one:
        yield running_one


@pytest.fixture(scope="module")
def standing(bought: Slots) -> Iterator[Program]:
    """One for the tests that leave it as it was."""
    with started(bought) as running_one:
        yield running_one


def started(slots: Slots, *words: str) -> Any:
    return running(
        "--module", module(), "--origin", OTHER, *words,
        environment=slots.environment, origin=ORIGIN, pin=PIN,
    )  # fmt: skip


def opened(program: Program, label: str = "p256") -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A session, the key that signs, the key that unwraps."""
    tokens = program.ask("info")["tokens"]
    (token,) = [one["id"] for one in tokens if one["label"] == label]
    said = program.ask("open", token=token)
    sign, unwrap = said["keys"]
    return said["session"], sign, unwrap


def act(purpose: Purpose = Purpose.LOGIN, origin: str = ORIGIN) -> bytes:
    if purpose is Purpose.LOGIN:
        opening, size, root = "", 0, ""
    else:
        opening, size, root = "LOT-1", 7, "ef" * 32
    end = AT + timedelta(seconds=60)
    return statements.act(
        origin, purpose, "9111", "ab" * 32, opening, "cd" * 32, AT, end, "", size, root
    )


def sign(program: Program, session: str, key: dict[str, Any], data: bytes, **more: bytes) -> Any:
    (algorithm,) = key["algorithms"]
    given = {name: b64encode(value).decode() for name, value in {"data": data, **more}.items()}
    return program.ask("sign", session=session, key=key["id"], algorithm=algorithm, **given)


def held(key: dict[str, Any]) -> Certificate:
    return Certificate(b64decode(key["certificate"]))


@pytest.mark.parametrize("label", ["p256", "rsa"])
def test_a_page_logs_in_and_opens_an_envelope(standing: Program, label: str) -> None:
    session, signer, opener = opened(standing, label)
    asked = len(standing.holder.asked)
    statement, content = act(), secrets.token_bytes(32)
    envelope = keyenv.wrap(content, [held(opener)], secrets.token_bytes)
    info = bytes(keyenv._parse(envelope)["recipient_infos"][0].dump())

    signed = sign(standing, session, signer, statement)
    raw = standing.ask(
        "unwrap", session=session, key=opener["id"], recipient=b64encode(info).decode()
    )

    signing.verify(held(signer), statement, b64decode(signed["signature"]))
    assert len(b64decode(raw["key"])) == 32
    assert len(standing.holder.asked) == asked, "a log-in binds nobody"
    assert PIN not in standing.holder.seen
    assert raw["key"] not in standing.holder.seen
    assert session not in standing.holder.seen


def test_what_binds_is_signed_after_a_yes_and_not_without(program: Program) -> None:
    session, signer, _ = opened(program)
    statement = act(Purpose.WITHDRAW)

    agreed = sign(program, session, signer, statement)
    program.holder.leave = ""
    refused = sign(program, session, signer, statement)

    signing.verify(held(signer), statement, b64decode(agreed["signature"]))
    assert refused["error"] == "not_agreed"
    question = program.holder.asked[1]
    assert ORIGIN in question
    assert "撤回投标文件 / withdraw a tender" in question
    assert "opening: LOT-1" in question


def attributes(seal: bytes, kind: str = "data") -> bytes:
    return bytes(
        cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": [kind]}),
                cms.CMSAttribute({"type": "message_digest", "values": [sha256(seal).digest()]}),
            ]
        ).dump()
    )


def test_a_seal_is_signed_by_way_of_its_attributes(program: Program) -> None:
    session, signer, _ = opened(program)
    seal = canonical.encode({"typ": "bidroom/seal/1", "header": "ef" * 32, "sections": []})
    about = attributes(seal)

    signed = sign(program, session, signer, about, content=seal)

    signing.verify(held(signer), about, b64decode(signed["signature"]))
    assert "封装投标文件 / seal a tender" in program.holder.asked[1]
    assert sign(program, session, signer, about)["error"] == "not_for_signing"
    encrypted = attributes(seal, "encrypted_data")
    assert sign(program, session, signer, encrypted, content=seal)["error"] == "not_for_signing"
    other = sign(program, session, signer, about, content=seal.replace(b"ef", b"ee"))
    assert other["error"] == "not_for_signing"


@pytest.mark.parametrize(
    "data",
    [
        "合同".encode(),
        b"",
        b"{}",
        b'{"typ":"contract/1"}',
        b'{"typ":"bidroom/seal/1"}',
        b'{"typ": "bidroom/act/1"}',
        act(origin=OTHER),
        attributes(b'{"typ":"bidroom/act/1"}'),
    ],
)
def test_nothing_else_is_signed(standing: Program, data: bytes) -> None:
    session, signer, _ = opened(standing)
    asked = len(standing.holder.asked)

    refused = sign(standing, session, signer, data, content=b'{"typ":"bidroom/act/1"}')

    assert refused["error"] == "not_for_signing"
    assert len(standing.holder.asked) == asked


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{ORIGIN}."},
        {"Origin": ORIGIN.replace("https", "http")},
        {"Origin": f"{ORIGIN}:443"},
        {"Host": "hall.example"},
        {"Host": "localhost:27131"},
        {"Host": "127.0.0.1"},
    ],
)
def test_a_foreign_or_missing_origin_or_host_gets_403(
    standing: Program, headers: dict[str, str | None]
) -> None:
    asked = len(standing.holder.asked)
    for name in ("info", "open", "nowhere"):
        answer = standing.send(name, {"broken": True}, headers)

        assert answer.status_code == 403
        assert answer.json()["error"] == "token_foreign"
        assert "access-control-allow-origin" not in answer.headers
    assert len(standing.holder.asked) == asked


def test_a_preflight_tells_a_page_of_ours_what_it_may_do(standing: Program) -> None:
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    ours = standing._http.options("/v1/sign", headers={"Origin": ORIGIN, **asks})
    foreign = standing._http.options("/v1/sign", headers={"Origin": "https://evil.example", **asks})

    assert ours.status_code == 204
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert ours.headers["access-control-allow-headers"] == "content-type"
    assert ours.headers["access-control-allow-private-network"] == "true"
    assert ours.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in ours.headers
    assert foreign.status_code == 403
    assert not [name for name in foreign.headers if name.startswith("access-control")]


def test_a_wrong_pin_is_said_and_the_page_may_try_again(program: Program) -> None:
    token = program.ask("info")["tokens"][0]["id"]
    program.holder.pin = "11111111"
    wrong = program.send("open", {"token": token})
    program.holder.pin = ""
    none = program.ask("open", token=token)
    program.holder.pin = PIN
    right = program.ask("open", token=token)

    assert (wrong.status_code, wrong.json()["error"]) == (409, "pin_rejected")
    assert wrong.json()["zh"] == "UKey 口令不正确。"
    assert none["error"] == "pin_not_given"
    assert len(right["keys"]) == 2


def test_a_locked_pin_is_not_asked_for(slots: Slots) -> None:
    slots.mark(TokenFlag.USER_PIN_LOCKED)
    with started(slots) as program:
        token = program.ask("info")["tokens"][0]
        assert token["pin"] == "locked"
        assert program.ask("open", token=token["id"])["error"] == "pin_locked"
        assert program.holder.asked == []


def test_the_last_try_is_announced_where_the_pin_is_typed(slots: Slots) -> None:
    slots.mark(TokenFlag.USER_PIN_FINAL_TRY)
    with started(slots) as program:
        program.holder.pin = "11111111"
        token = program.ask("info")["tokens"][0]
        assert program.ask("open", token=token["id"])["error"] == "pin_last_try"
        assert "one more wrong PIN locks it" in program.holder.asked[0]


def test_a_token_is_pulled_out_and_plugged_in(program: Program, slots: Slots) -> None:
    session, signer, _ = opened(program)

    slots.pull_out()
    assert program.ask("info")["tokens"] == []
    assert sign(program, session, signer, act(Purpose.OBJECT))["error"] == "token_missing"
    assert len(program.holder.asked) == 1, "nobody is asked in vain"
    slots.plug_in()
    assert sign(program, session, signer, act())["error"] == "token_shut"
    again, signer, _ = opened(program)
    assert "signature" in sign(program, again, signer, act())


def test_a_session_is_one_pages_own(standing: Program) -> None:
    session, signer, opener = opened(standing)
    told = {"session": session, "key": signer["id"], "algorithm": signer["algorithms"][0]}
    body = told | {"data": b64encode(act(origin=OTHER)).decode()}

    assert standing.send("sign", body, {"Origin": OTHER}).json()["error"] == "token_shut"
    assert sign(standing, "ab" * 32, signer, act())["error"] == "token_shut"
    elsewhere = {**signer, "id": f"other/{signer['id']}"}
    assert sign(standing, session, elsewhere, act())["error"] == "no_key"
    assert sign(standing, session, opener, act())["error"] == "key_unsuited"
    assert standing.ask("close", session=session) == {}
    assert sign(standing, session, signer, act())["error"] == "token_shut"


def test_another_page_does_not_close_a_token_that_is_in_use(standing: Program) -> None:
    first, signer, _ = opened(standing)
    second, _, _ = opened(standing)

    standing.ask("close", session=second)

    assert "signature" in sign(standing, first, signer, act())


def test_what_is_not_of_the_protocol_is_refused(standing: Program) -> None:
    assert standing.send("info", {"more": 1}).json()["error"] == "malformed"
    assert standing.send("list", {}).json()["error"] == "malformed"
    assert standing.send("list", {"token": "x" * 201}).json()["error"] == "malformed"
    assert standing.send("list", {"token": "nobody"}).json()["error"] == "token_missing"
    assert standing.send("nothing", {}).json()["error"] == "not_found"
    assert standing.send("info", {}, {"Content-Type": "text/plain"}).json()["error"] == "malformed"
    big = standing.send("sign", {"data": "A" * 300_000})
    assert (big.status_code, big.json()["error"]) == (413, "too_large")
    get = standing._http.get("/v1/info", headers={"Origin": ORIGIN})
    assert (get.status_code, get.json()["error"]) == (405, "wrong_method")


def test_it_ends_when_told_to_even_while_it_asks(program: Program) -> None:
    program.holder.pin = "\x03"  # Ctrl-C at the question
    token = program.ask("info")["tokens"][0]["id"]

    program.send("open", {"token": token})

    assert program.process.wait(10) in (0, 130, -signal.SIGINT)


def test_files_are_served_unattended_by_the_same_protocol(
    firms: dict[str, Firm], tmp_path: Path
) -> None:
    pin = tmp_path / "pin"
    pin.write_text(f"{FILE_PIN}\n")
    pin.chmod(0o600)
    firm = firms["rsa"]
    words = ("--p12", str(firm.sign), "--p12", str(firm.enc), "--pin-file", str(pin))
    with running(*words, origin=ORIGIN, pin="") as program:
        token = program.ask("info")["tokens"][0]["id"]
        said = program.ask("open", token=token)
        statement = act(Purpose.OPEN)
        signed = sign(program, said["session"], said["keys"][0], statement)
        signing.verify(held(said["keys"][0]), statement, b64decode(signed["signature"]))
        assert program.holder.asked == []


def test_a_pinentry_asks_in_the_programs_stead(slots: Slots) -> None:
    with started(slots, "--window", "pinentry-tty") as program:
        program.holder.pin = ""
        token = program.ask("info")["tokens"][0]["id"]
        assert program.ask("open", token=token)["error"] == "pin_not_given"
        program.holder.pin = "wrong%pin"
        assert program.ask("open", token=token)["error"] == "pin_rejected"
        program.holder.pin = PIN
        session, signer, _ = opened(program)
        statement = act(Purpose.CONFIRM)
        agreed = sign(program, session, signer, statement)
        signing.verify(held(signer), statement, b64decode(agreed["signature"]))
        program.holder.leave = "n"
        assert sign(program, session, signer, statement)["error"] == "not_agreed"
        assert "确认唱标结果" in program.holder.asked[-1]
        assert PIN not in program.holder.seen


def ended(*words: str, path: Path | None = None) -> tuple[int, str]:
    """How a start without a terminal ends, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "bidroom", "token", *words],
        env=os.environ | ({"PYTHONPATH": str(path)} if path else {}),
        capture_output=True, text=True, check=False, timeout=30, start_new_session=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_what_is_missing_is_said_in_both_languages(tmp_path: Path, firms: dict[str, Firm]) -> None:
    (tmp_path / "pkcs11.py").write_text("raise ImportError\n")
    loose = tmp_path / "pin"
    loose.write_text("123456")
    loose.chmod(0o644)
    files = ("--origin", ORIGIN, "--p12", str(firms["rsa"].sign), "--port", "0")
    for words, path, zh, en in (
        (("--origin", ORIGIN), None, "PKCS#11 驱动", "name a PKCS#11 module"),
        (("--origin", ORIGIN, "--module", "x"), tmp_path, "缺少", "install bidroom[token]"),
        (("--origin", ORIGIN, "--module", "/x.so"), None, "无法加载驱动", "cannot load"),
        (("--origin", "hall.example", "--module", "x"), None, "须形如", "must look like"),
        (files, None, "没有可供输入口令的终端", "no terminal"),
        ((*files, "--pin-file", str(loose)), None, "只应本人可读", "nobody else may read"),
        ((*files, "--window", "no-such"), None, "没有此程序", "no such program"),
        ((*files, "--pin-file", "/x"), None, "无法读取口令文件", "cannot read the PIN file"),
    ):
        status, said = ended(*words, path=path)
        assert status == 1
        assert zh in said
        assert en in said
