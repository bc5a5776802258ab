"""`./run bench ledger`: durable posts to the ledger of deposits, beside limits, in one run.

    200 callers   posts a second through the bookkeeper, against pgbench TPC-B (-M prepared, the
                  best of 8, 32 and 85 clients) and against one transaction per post on eight
                  connections, all durable, on one server
    set-based     posts of 10,000 legs a call, against COPY of the same rows into a table with the
                  same indexes and no rules

Rounds of ours and of the limits take turns. `--scale N` is pgbench's (100: 1.5 GB), `--seconds S`
how long each measurement takes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pwd
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from bidroom.deposits.bookkeeper import Bookkeeper, Done, Opening, open_accounts, post_now
from bidroom.deposits.ledger import Rule, Transfer
from bidroom.postgres import programs
from bidroom.postgres.migrations import migrate
from bidroom.postgres.pool import open_pool
from bidroom.postgres.supervisor import EmbeddedPostgres
from loadtest.packages import machine

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

CALLERS: Final = 200
CLIENTS: Final = (8, 32, 85)
CONNECTIONS: Final = 8
ROUNDS: Final = 3
SLOTS: Final = 20_000
CALL_LEGS: Final = 10_000
BULK: Final = 100_000
BANK: Final = Opening(UUID(int=1), 1, Rule.HOLDS, "bank:bench:master")
P99_AIM_MS: Final = 60


class Bench:
    def __init__(self, pool: Pool) -> None:
        self._pool, self._next = pool, 10_000_000

    def paid(self) -> Transfer:
        self._next += 1
        return Transfer(
            UUID(int=self._next),
            BANK.id,
            UUID(int=100 + self._next * 7919 % SLOTS),
            80_000_00,
            1,
            f"bench line {self._next}",
        )

    async def prepare(self) -> None:
        slots = [
            Opening(UUID(int=100 + n), 1, Rule.OWES, f"deposit:bench:{n}") for n in range(SLOTS)
        ]
        assert not await open_accounts(self._pool, [BANK, *slots])
        await self._pool.execute("create table copied (like deposits.transfer including indexes)")
        await self._pool.execute("analyze")

    async def batched(self, seconds: float) -> tuple[float, list[float]]:
        """Posts a second by all callers, and each post's milliseconds."""
        took: list[float] = []
        async with Bookkeeper(self._pool) as keeper:
            until = time.perf_counter() + seconds

            async def call() -> None:
                while (begun := time.perf_counter()) < until:
                    assert isinstance(await keeper.post([self.paid()]), Done)
                    took.append((time.perf_counter() - begun) * 1000)

            started = time.perf_counter()
            await asyncio.gather(*(call() for _ in range(CALLERS)))
            return len(took) / (time.perf_counter() - started), took

    async def singly(self, seconds: float) -> float:
        done, until, started = 0, time.perf_counter() + seconds, time.perf_counter()

        async def call() -> None:
            nonlocal done
            while time.perf_counter() < until:
                await post_now(self._pool, [[self.paid()]])
                done += 1

        await asyncio.gather(*(call() for _ in range(CONNECTIONS)))
        return done / (time.perf_counter() - started)

    async def in_sets(self) -> float:
        """Posts a second by calls of CALL_LEGS legs; making the arguments counts."""
        chains = [[self.paid()] for _ in range(BULK)]
        started = time.perf_counter()
        for at in range(0, BULK, CALL_LEGS):
            await post_now(self._pool, chains[at : at + CALL_LEGS])
        return BULK / (time.perf_counter() - started)

    async def copied(self) -> float:
        """Rows a second by COPY: the very rows that were posted last."""
        await self._pool.execute("truncate copied")
        rows = await self._pool.fetch(
            "select * from deposits.transfer order by seq desc limit $1", BULK
        )
        records = [tuple(row) for row in reversed(rows)]
        started = time.perf_counter()
        async with self._pool.acquire() as connection:
            await connection.copy_records_to_table("copied", records=records)
        return BULK / (time.perf_counter() - started)


class Pgbench:
    """PostgreSQL's own load, run as the server's user, who alone may enter by its socket."""

    def __init__(self, dsn: str, folder: Path) -> None:
        parts = urlsplit(dsn)
        asked = parse_qs(parts.query)
        socket = asked.get("host", [parts.hostname or ""])[0]
        port = asked.get("port", [str(parts.port or 5432)])[0]
        user = asked.get("user", [parts.username or pwd.getpwuid(os.geteuid()).pw_name])[0]
        who = programs.runner(folder)
        program = programs.reachable(programs.find(), who, folder / "programs") / "pgbench"
        self._who, self._command = who, [str(program), "-h", socket, "-p", port, "-U", user]

    def prepare(self, scale: int) -> None:
        self._run("-i", "-q", "-s", str(scale))

    def tps(self, clients: int, seconds: float) -> float:
        said = self._run(
            *("-M", "prepared", "-c", str(clients), "-j", "2"), "-T", str(int(seconds)), "-n"
        )
        found = re.search(r"tps = ([\d.]+)", said)
        assert found, said
        return float(found[1])

    def _run(self, *arguments: str) -> str:
        command = [*self._command, *arguments, "postgres"]
        done = programs.as_runner(self._who, command, Path("/"))
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench ledger")
    parser.add_argument("--scale", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="bidroom-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's own user has to pass
        with EmbeddedPostgres(folder / "postgres") as server:
            pgbench = Pgbench(server.dsn, folder / "postgres")
            pgbench.prepare(options.scale)
            measured = asyncio.run(measure(server.dsn, pgbench, options.seconds))
    report(measured, options.scale)
    return 0


async def measure(dsn: str, pgbench: Pgbench, seconds: float) -> dict[str, list[float]]:
    await migrate(dsn)
    pool = await open_pool(dsn, connections_max=CONNECTIONS)
    bench = Bench(pool)
    await bench.prepare()
    found: dict[str, list[float]] = {
        what: [] for what in ("batched", "p99", "singly", "sets", "copy", *map(str, CLIENTS))
    }
    for _ in range(ROUNDS):
        for clients in CLIENTS:
            found[str(clients)].append(await asyncio.to_thread(pgbench.tps, clients, seconds))
        rate, took = await bench.batched(seconds)
        found["batched"].append(rate)
        found["p99"].append(quantiles(took, n=100)[98])
        found["singly"].append(await bench.singly(seconds))
        found["sets"].append(await bench.in_sets())
        found["copy"].append(await bench.copied())
    left = await pool.fetch("select * from deposits.ledger_audit")
    assert not left, left
    await pool.close()
    return found


def report(found: dict[str, list[float]], scale: int) -> None:
    ours = median(found["batched"])
    best = max(CLIENTS, key=lambda clients: median(found[str(clients)]))
    what = f"{CALLERS} callers"
    print(json.dumps(machine() | {"fsync": "on", "pgbench_scale": scale, "rounds": ROUNDS}))
    tpcb = f"pgbench TPC-B, {best} clients"
    single = f"one transaction per post, {CONNECTIONS} connections"
    print(json.dumps(line(what, ours, median(found[str(best)]), tpcb, "posts/s")))
    print(json.dumps(line(what, ours, median(found["singly"]), single, "posts/s")))
    p99 = median(found["p99"])
    print(json.dumps(line(what + ", p99", p99, P99_AIM_MS, f"the aim: {P99_AIM_MS} ms", "ms")))
    sets = median(found["sets"])
    print(json.dumps(line("set-based", sets, median(found["copy"]), "COPY", "rows/s")))


def line(what: str, ours: float, limit: float, name: str, unit: str) -> dict[str, Any]:
    return {
        "bench": "ledger",
        "what": what,
        "ours": round(ours, 1),
        "limit": round(limit, 1),
        "limit_name": name,
        "ratio": round(ours / limit, 2),
        "unit": unit,
    }


if __name__ == "__main__":
    sys.exit(main())
