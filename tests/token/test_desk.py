"""The desk of the program: whose session it is, for how long, and how many at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Final

import httpx2
import pytest

from bidroom.cli.centre import PIN as FILE_PIN
from bidroom.cli.centre import Firm
from bidroom.token import protocol as p
from bidroom.token.desk import SESSION_S_MAX, SESSIONS_MAX, WAITING_MAX, Desk
from bidroom.token.device import Algorithm, Token
from bidroom.token.door import door
from bidroom.token.soft import Soft
from crypto import canonical
from crypto.errors import Reason, SealRefused

ORIGIN: Final = "https://hall.example"
FILE: Final = "x.p12"
LOGIN: Final = b'{"typ":"bidroom/act/2","purpose":"login"}'
ACT: Final = b'{"purpose":"login","typ":"bidroom/act/2"}'


class Person:
    """At the terminal: answers with `pin` and `yes`, once `awake` is set."""

    def __init__(self) -> None:
        self.pin_given: str | None = FILE_PIN
        self.questions: list[str] = []
        self.asked, self.awake = threading.Event(), threading.Event()
        self.awake.set()

    def pin(self, question: str) -> str | None:
        self.questions.append(question)
        self.asked.set()
        self.awake.wait(20)
        return self.pin_given

    def agrees(self, question: str) -> bool:
        self.questions.append(question)
        return True

    def stop(self) -> None:
        self.awake.set()


class Office:
    """A desk over one .p12 file, with a clock that is set by hand."""

    def __init__(self, firm: Firm) -> None:
        self.person, self.now_s, self.said = Person(), 0.0, list[str]()
        numbers = count(1)
        self.desk = Desk(
            Soft({FILE: firm.sign.read_bytes()}),
            self.person,
            confirms=True,
            steady_s=lambda: self.now_s,
            secret=lambda: f"session-{next(numbers)}",
            say=self.said.append,
        )

    async def open(self, origin: str = ORIGIN) -> str:
        opened = await self.desk.answer(p.Open(FILE), origin)
        assert isinstance(opened, p.Opened)
        return opened.session

    async def sign(self, session: str, data: bytes = ACT, origin: str = ORIGIN) -> object:
        asked = p.Sign(session, f"{FILE}/key", Algorithm.ECDSA, data)
        return await self.desk.answer(asked, origin)


@pytest.fixture
def office(firms: dict[str, Firm]) -> Office:
    return Office(firms["p256"])


@contextmanager
def refused(reason: Reason) -> Iterator[None]:
    with pytest.raises(SealRefused) as no:
        yield
    assert no.value.reason is reason


class Broken(Soft):
    def info(self) -> list[Token]:
        raise RuntimeError(FILE_PIN)


async def test_a_fault_is_told_by_its_kind_and_not_by_what_stood_in_it(office: Office) -> None:
    office.desk._device = Broken({})
    transport = httpx2.ASGITransport(door(office.desk, "127.0.0.1:1", {ORIGIN}))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as page:
        answer = await page.post("/v1/info", json={}, headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.json()["error"]) == (500, "fault")
    assert FILE_PIN not in answer.text
    assert office.said == ["程序故障 / a fault of the program: RuntimeError"]


async def test_a_session_ends_after_its_time_and_not_before(office: Office) -> None:
    session = await office.open()

    office.now_s = SESSION_S_MAX - 0.001
    assert await office.sign(session)
    office.now_s = SESSION_S_MAX
    with refused(Reason.TOKEN_SHUT):
        await office.sign(session)


async def test_the_oldest_session_makes_room(office: Office) -> None:
    sessions = [await office.open() for _ in range(SESSIONS_MAX)]
    assert await office.sign(sessions[0])

    await office.open()

    with refused(Reason.TOKEN_SHUT):
        await office.sign(sessions[0])
    assert await office.sign(sessions[1])


async def test_a_session_is_its_origins_own(office: Office) -> None:
    session = await office.open()

    with refused(Reason.TOKEN_SHUT):
        await office.sign(session, origin="https://other.example")
    with refused(Reason.TOKEN_SHUT):
        await office.desk.answer(p.Close(session), "https://other.example")
    assert await office.sign(session)


async def test_no_more_wait_than_may(office: Office) -> None:
    office.person.awake.clear()
    waiting = [asyncio.create_task(office.open()) for _ in range(WAITING_MAX)]
    assert await asyncio.to_thread(office.person.asked.wait, 10)

    with refused(Reason.TOKEN_BUSY):
        await office.desk.answer(p.Info(), ORIGIN)
    office.person.awake.set()
    assert len(await asyncio.gather(*waiting)) == WAITING_MAX
    assert await office.desk.answer(p.Info(), ORIGIN)


async def test_a_wrong_pin_shuts_the_token_for_everybody(office: Office) -> None:
    """Whoever sits there now has failed to show that the token is theirs."""
    session = await office.open()
    office.person.pin_given = "11111111"

    with refused(Reason.PIN_REJECTED):
        await office.open()
    with refused(Reason.TOKEN_SHUT):
        await office.sign(session)
    office.person.pin_given = FILE_PIN
    assert await office.sign(await office.open())


async def test_a_log_in_is_no_question_and_what_binds_is_one(office: Office) -> None:
    session = await office.open()

    await office.sign(session)
    assert len(office.person.questions) == 1
    await office.sign(session, b'{"opening":"LOT-1","purpose":"withdraw","typ":"bidroom/act/2"}')
    assert "LOT-1" in office.person.questions[1]


async def test_what_is_not_canonical_is_not_signed(office: Office) -> None:
    session = await office.open()

    with refused(Reason.NOT_FOR_SIGNING):
        await office.sign(session, LOGIN)


async def test_a_text_moves_no_cursor_on_the_terminal(office: Office) -> None:
    session = await office.open()
    lot = "\x1b[2J\u202eLOT" + "x" * 200

    await office.sign(session, canonical.encode({"opening": lot, "typ": "bidroom/open/1"}))

    shown = office.person.questions[1]
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "x" * 121 not in shown


async def test_what_is_said_at_the_terminal_names_no_lot(office: Office) -> None:
    session = await office.open()

    await office.sign(session, b'{"opening":"LOT-1","typ":"bidroom/open/1"}')

    assert office.said == [
        f"{ORIGIN}  {FILE}: 已打开 / opened",
        f"{ORIGIN}  解密投标文件 / open a tender: 已签名 / signed",
    ]
