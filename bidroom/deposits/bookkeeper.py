"""Posts to the ledger for many callers at once: one writer, and few commits.

What arrives while a batch is being committed makes up the next one: nobody waits on purpose, and
under load a commit serves hundreds. A caller is answered after the commit. Ids are the callers', so
whatever was lost on the way is asked again, here or by the caller, and is never posted twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

import asyncpg

from bidroom.deposits.ledger import Chain, Posted, Reason, Refused, Rule, malformed
from bidroom.postgres.pool import transact

if TYPE_CHECKING:
    from bidroom.postgres.pool import Connection, Pool

BATCH_LEGS_MAX: Final = 500
WAITING_MAX: Final = 10_000  # asks
AS_CLERK: Final = "set local role bidroom_ledger_clerk"  # may post and read, and nothing else
POST: Final = "select * from deposits.post($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)"
OPEN: Final = "select deposits.open_accounts($1,$2,$3,$4)"


class LedgerBusy(Exception):
    """记账繁忙，请稍后重试 / More is waiting to be posted than may wait."""


class LedgerClosed(Exception):
    """记账已停止 / The bookkeeper has stopped; what was not answered may be asked again."""


@dataclass(frozen=True, slots=True)
class Done:
    """Posted, durably: the number of the first leg, and the database's instant."""

    posted: Posted
    at: datetime


Answer: TypeAlias = Done | Refused


@dataclass(frozen=True, slots=True)
class Opening:
    """An account to be opened."""

    id: UUID
    ledger: int
    rule: Rule
    name: str


async def open_accounts(pool: Pool, accounts: Sequence[Opening]) -> list[UUID]:
    """Open what isn't there yet; answers the ids (or names) that exist with other terms."""

    async def work(connection: Connection) -> list[UUID]:
        await connection.execute(AS_CLERK)
        rows = await connection.fetch(
            OPEN,
            [one.id for one in accounts],
            [one.ledger for one in accounts],
            [int(one.rule) for one in accounts],
            [one.name for one in accounts],
        )
        return [row[0] for row in rows]

    return await transact(pool, work, repeatable=True)


async def post_now(pool: Pool, chains: Sequence[Chain]) -> list[Answer]:
    """Post well-formed chains in one commit, in their order; an answer for each."""
    columns = _columns(chains)

    async def work(connection: Connection) -> list[Answer]:
        await connection.execute(AS_CLERK)
        answers: dict[int, Answer] = {}
        for ask, verdict, leg, seq, at in await connection.fetch(POST, *columns):
            answers[ask] = (
                Done(Posted(seq), at) if verdict == "posted" else Refused(Reason(verdict), leg)
            )
        return [answers[ask] for ask in range(1, len(chains) + 1)]

    return await transact(pool, work, repeatable=True)


def _columns(chains: Sequence[Chain]) -> list[list[object]]:
    """The arguments of `deposits.post`: a leg is a place in each of twelve lists."""
    legs = [
        (
            ask,
            one.id,
            chain[0].id,
            leg,
            len(chain),
            one.debit,
            one.credit,
            one.amount,
            int(one.kind),
            one.refers,
            one.purpose,
            one.source,
        )
        for ask, chain in enumerate(chains, 1)
        for leg, one in enumerate(chain)
    ]
    return [list(column) for column in zip(*legs, strict=True)]


class Bookkeeper:
    """`async with Bookkeeper(pool) as keeper: await keeper.post([transfer])`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: deque[tuple[Chain, asyncio.Future[Answer]]] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Bookkeeper:
        self._task = asyncio.create_task(self._run(), name="bookkeeper")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends after the batch that is being committed; who waits still is told so."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        _tell((answer for _, answer in self._waiting), LedgerClosed())
        self._waiting.clear()

    async def post(self, chain: Chain) -> Answer:
        """The answer, after the commit that it follows from.

        Raises `LedgerBusy`, `LedgerClosed`, or what the database failed with: then it is not
        known whether it was posted, and the same chain is to be asked again.
        """
        if refused := malformed(chain):
            return refused
        if self._task is None or self._task.done():
            raise LedgerClosed
        if len(self._waiting) >= WAITING_MAX:
            raise LedgerBusy
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((chain, answer))
        self._arrived.set()
        return await answer

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._next()
            if not self._waiting:
                self._arrived.clear()
            try:
                await self._answer(batch)
            except asyncio.CancelledError:
                _tell((answer for _, answer in batch), LedgerClosed())
                raise

    def _next(self) -> list[tuple[Chain, asyncio.Future[Answer]]]:
        batch, legs = [], 0
        while self._waiting and legs + len(self._waiting[0][0]) <= BATCH_LEGS_MAX:
            chain, answer = self._waiting.popleft()
            if not answer.cancelled():  # its caller has gone: nobody was told anything
                batch.append((chain, answer))
                legs += len(chain)
        return batch

    async def _answer(self, batch: list[tuple[Chain, asyncio.Future[Answer]]]) -> None:
        if not batch:
            return
        try:
            answers = await post_now(self._pool, [chain for chain, _ in batch])
        except asyncpg.DataError as fault:
            if len(batch) == 1:
                _tell([batch[0][1]], fault)
                return
            for one in batch:  # what the database can't even read is its own asker's fault alone
                await self._answer([one])
        except Exception as fault:
            _tell((answer for _, answer in batch), fault)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)


def _tell(futures: Iterable[asyncio.Future[Answer]], fault: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(fault)
