"""Kills client, service or PostgreSQL with calls outstanding, and counts what is in the ledger.

Each round a client has payments to post. After some of its answers, the victim gets kill -9;
whoever died is started again, and the client's payments are asked until all are answered.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from bidroom.clock import steady_s
from bidroom.deposits.bookkeeper import open_accounts
from bidroom.postgres.migrations import migrate
from bidroom.postgres.pool import open_pool
from bidroom.postgres.supervisor import EmbeddedPostgres
from tests.deposits.books import ALL, BANK, accounts_in, audited, entries_in

VICTIMS: Final = ("client", "service", "postgres")
PAYMENTS: Final = 100  # a round


@dataclass
class Tally:
    """What was killed with a call outstanding, and every answer that anybody ever got."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    too_late: int = 0  # everything was answered before the victim fell: not counted
    answers: dict[int, int] = field(default_factory=dict)
    changed: list[int] = field(default_factory=list)  # answered differently the second time
    left: list[object] = field(default_factory=list)  # what the ledger has to say for itself


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.deposits.processes", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def out(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


Spans = dict[int, list[float]]  # of each payment: when it was asked, and when it was answered


def read(process: subprocess.Popen[str], tally: Tally, spans: Spans, until: int | None) -> None:
    """Note the client's answers: `until` so many of them, or to its end."""
    seen = 0
    for line in out(process):
        match line.split(" ") if line.endswith("\n") else []:  # the last line of the dead is cut
            case ["asked", number, at]:
                spans[int(number)] = [float(at)]
            case ["done", number, at, seq]:
                spans[int(number)].append(float(at))
                if tally.answers.setdefault(int(number), int(seq)) != int(seq):
                    tally.changed.append(int(number))
                seen += 1
                if seen == until:
                    return


def outstanding(spans: Spans, before_s: float, after_s: float) -> bool:
    """Whether some call was asked before the kill, and not answered until after it."""
    return any(
        span[0] < before_s and (len(span) == 1 or span[1] > after_s) for span in spans.values()
    )


class Killing:
    """The processes of one run."""

    def __init__(self, server: EmbeddedPostgres, folder: Path, seed: int) -> None:
        self._server, self._socket = server, str(folder / "ledger.sock")
        self._chance = random.Random(seed)
        self._service: subprocess.Popen[str] | None = None
        self.tally = Tally()

    def run(self, kills: int) -> Tally:
        first = 1
        while sum(self.tally.kills.values()) < kills:
            victim = VICTIMS[sum(self.tally.kills.values()) % len(VICTIMS)]
            self._round(victim, first)
            first += PAYMENTS
        self._end_service()
        self.tally.left = asyncio.run(self._leftovers(first - 1))
        return self.tally

    def _round(self, victim: str, first: int) -> None:
        self._start_service()
        plan = ("client", self._socket, str(first), str(PAYMENTS))
        spans: Spans = {}
        with started(*plan) as client:
            read(client, self.tally, spans, self._chance.randint(1, PAYMENTS // 2))
            before_s = steady_s()
            self._kill(victim, client)
            after_s = steady_s()
            if victim == "service":
                self._start_service()
            read(client, self.tally, spans, None)
            assert client.wait() == (-signal.SIGKILL if victim == "client" else 0)
        if victim == "client":
            with started(*plan) as again:
                read(again, self.tally, {}, None)
                assert again.wait() == 0
        if outstanding(spans, before_s, after_s):
            self.tally.kills[victim] += 1
        else:
            self.tally.too_late += 1

    def _kill(self, victim: str, client: subprocess.Popen[str]) -> None:
        match victim:
            case "client":
                client.kill()
            case "service":
                self._end_service()
            case _:
                self._kill_postgres()

    def _kill_postgres(self) -> None:
        pid = self._server.server_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def _start_service(self) -> None:
        if self._service is None:
            Path(self._socket).unlink(missing_ok=True)
            context = started("service", self._server.ensure(), self._socket)
            self._context, self._service = context, context.__enter__()
            assert out(self._service).readline() == "ready\n"

    def _end_service(self) -> None:
        if self._service is not None:
            self._service = None
            self._context.__exit__(None, None, None)  # it kills

    async def _leftovers(self, last: int) -> list[object]:
        """Whatever is lost, doubled or unbalanced; nothing, if all is well."""
        pool = await open_pool(self._server.ensure())
        try:
            found: list[object] = list(await audited(pool))
            entries = [one.entry for one in await entries_in(pool)]
            stored = {one.transfer.amount: one.seq for one in entries}
            if stored != self.tally.answers or len(entries) != last:
                found.append("stored and answered differ")
            if (await accounts_in(pool))[BANK.id].debits_posted != last * (last + 1) // 2:
                found.append("the bank's balance is not the sum of the payments")
            return found
        finally:
            await pool.close()


def killing(folder: Path, kills: int, seed: int) -> Tally:
    """Run it on a durable server of its own in `folder`."""
    with EmbeddedPostgres(folder / "postgres") as server:

        async def prepare() -> None:
            await migrate(server.dsn)
            pool = await open_pool(server.dsn)
            await open_accounts(pool, ALL)
            await pool.close()

        asyncio.run(prepare())
        return Killing(server, folder, seed).run(kills)
