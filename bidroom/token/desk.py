"""What a page may have done: whose PIN was given for which token, and what is signed after a yes.

A session is one page's leave to use one token: a secret number, good for the origin that asked for
it, until it is closed, the token is pulled out, or twelve hours are over. Other programs of this
machine can say any origin; they don't have the number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

from bidroom.token import paper
from bidroom.token import protocol as p
from bidroom.token.asker import Asker
from bidroom.token.device import Device, HeldKey, Pin, Token
from crypto.errors import Reason, SealRefused

SESSION_S_MAX: Final = 12 * 60 * 60
SESSIONS_MAX: Final = 32
WAITING_MAX: Final = 16  # requests at once: people press one button at a time
PROGRAM: Final = "bidroom token"
T = TypeVar("T")


class Session(NamedTuple):
    origin: str
    token: str
    since_s: float


class Desk:
    """`steady_s` never jumps; `secret` makes a session's number; `say` tells the holder."""

    def __init__(
        self,
        device: Device,
        asker: Asker,
        *,
        confirms: bool,
        steady_s: Callable[[], float],
        secret: Callable[[], str],
        say: Callable[[str], None],
    ) -> None:
        self._device, self._asker, self._confirms = device, asker, confirms
        self._steady_s, self._secret, self._say = steady_s, secret, say
        self._sessions: dict[str, Session] = {}
        self._waiting = 0
        self._one_question = asyncio.Lock()
        # A module is spoken to by one thread at a time; a question waits on another.
        self._driver = ThreadPoolExecutor(1, thread_name_prefix="driver")
        self._questions = ThreadPoolExecutor(1, thread_name_prefix="question")

    async def answer(self, request: p.Request, origin: str) -> object:
        """Raises SealRefused."""
        if self._waiting >= WAITING_MAX:
            raise SealRefused(Reason.TOKEN_BUSY)
        self._waiting += 1
        try:
            return await self._answer(request, origin)
        finally:
            self._waiting -= 1

    def tell(self, fault: Exception) -> None:
        """Its kind only: what stands in it may be a secret."""
        self._say(f"程序故障 / a fault of the program: {type(fault).__name__}")

    async def _answer(self, request: p.Request, origin: str) -> object:
        match request:
            case p.Info():
                tokens = await self._driven(self._device.info)
                return p.Plugged(p.PROTOCOL, PROGRAM, tuple(tokens))
            case p.List(token=token):
                return p.Keys(_told(await self._driven(lambda: self._device.list(token))))
            case p.Open(token=token):
                return await self._open(token, origin)
            case p.Close(session=name):
                return await self._close(name, origin)
            case p.Sign():
                return await self._sign(request, origin)
            case p.Unwrap():
                return await self._unwrap(request, origin)

    async def _open(self, name: str, origin: str) -> p.Opened:
        token = await self._token(name)
        label = paper.plain(token.label)
        if token.pin is Pin.LOCKED or token.pin is Pin.UNSET:
            raise SealRefused(Reason.PIN_LOCKED)
        pin = "" if token.pad else await self._pin(token, origin)
        try:
            await self._driven(lambda: self._device.open(name, pin))
        except SealRefused as no:
            self._say(f"{origin}  {label}: 未打开 / not opened ({no.reason})")
            raise
        keys = await self._driven(lambda: self._device.list(name))
        self._say(f"{origin}  {label}: 已打开 / opened")
        newest = [*self._fresh().items()][-(SESSIONS_MAX - 1) :]
        session = self._secret()
        self._sessions = dict(newest)
        self._sessions[session] = Session(origin, name, self._steady_s())
        return p.Opened(session, SESSION_S_MAX, _told(keys))

    async def _close(self, name: str, origin: str) -> p.Closed:
        token = self._session(name, origin).token
        del self._sessions[name]
        if all(other.token != token for other in self._sessions.values()):
            await self._driven(lambda: self._device.close(token))
        return p.Closed()

    async def _sign(self, asked: p.Sign, origin: str) -> p.Signature:
        self._require(asked.session, asked.key, origin)
        act = paper.read(asked.data, asked.content, origin, asked.algorithm)
        await self._token(self._sessions[asked.session].token)  # nobody is asked in vain
        if self._confirms and act.binding:
            lines = "\n".join(f"    {line}" for line in act.lines)
            question = f"{origin}\n  请求签名 / asks for a signature: {act.zh} / {act.en}\n{lines}"
            if not await self._asked(lambda: self._asker.agrees(question)):
                self._say(f"{origin}  {act.zh} / {act.en}: 未同意 / not agreed")
                raise SealRefused(Reason.NOT_AGREED)
        signature = await self._driven(
            lambda: self._device.sign(asked.key, asked.data, asked.algorithm)
        )
        self._say(f"{origin}  {act.zh} / {act.en}: 已签名 / signed")
        return p.Signature(signature)

    async def _unwrap(self, asked: p.Unwrap, origin: str) -> p.Unwrapped:
        self._require(asked.session, asked.key, origin)
        key = await self._driven(lambda: self._device.unwrap(asked.key, asked.recipient))
        self._say(f"{origin}  已解开一个密钥信封 / a key envelope was unwrapped")
        return p.Unwrapped(key)

    async def _token(self, name: str) -> Token:
        tokens = await self._driven(self._device.info)
        found = next((token for token in tokens if token.id == name), None)
        if found is None:
            raise SealRefused(Reason.TOKEN_MISSING)
        return found

    async def _pin(self, token: Token, origin: str) -> str:
        warned = "\n  再错一次将被锁定 / one more wrong PIN locks it" if _risky(token) else ""
        question = f"{origin}\n  请求使用 / asks for the use of: {paper.plain(token.label)}{warned}"
        pin = await self._asked(lambda: self._asker.pin(question))
        if pin is None:
            raise SealRefused(Reason.PIN_NOT_GIVEN)
        return pin

    def _session(self, name: str, origin: str) -> Session:
        session = self._fresh().get(name)
        if session is None or session.origin != origin:
            raise SealRefused(Reason.TOKEN_SHUT)
        return session

    def _require(self, session: str, key: str, origin: str) -> None:
        """Raises SealRefused(token_shut), or no_key for another token's."""
        if not key.startswith(f"{self._session(session, origin).token}/"):
            raise SealRefused(Reason.NO_KEY)

    def _fresh(self) -> dict[str, Session]:
        now_s = self._steady_s()
        return {
            name: one for name, one in self._sessions.items() if now_s - one.since_s < SESSION_S_MAX
        }

    async def _driven(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._driver, work)

    async def _asked(self, question: Callable[[], T]) -> T:
        async with self._one_question:
            return await asyncio.get_running_loop().run_in_executor(self._questions, question)


def _risky(token: Token) -> bool:
    return token.pin is Pin.LAST_TRY


def _told(keys: object) -> tuple[p.Key, ...]:
    assert isinstance(keys, list | tuple)
    held: list[HeldKey] = [*keys]
    return tuple(
        p.Key(key.id, key.certificate.der, tuple(one.der for one in key.chain), key.algorithms)
        for key in held
    )
