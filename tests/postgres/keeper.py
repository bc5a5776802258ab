"""A process that runs an embedded PostgreSQL until it is told to stop, or killed.

    python -m tests.postgres.keeper FOLDER

It says `ready <pid of the server, or 0> <address>` and stops at the end of its input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bidroom.postgres.supervisor import EmbeddedPostgres

if __name__ == "__main__":
    with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as server:
        print("ready", server.server_pid or 0, server.dsn, flush=True)
        sys.stdin.read()
