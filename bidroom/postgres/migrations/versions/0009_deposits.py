"""Deposits: the ledger, double entry by construction."""

from __future__ import annotations

from bidroom.postgres.migrations import numbered, run_sql_beside

revision, down_revision = numbered(__file__)


def upgrade() -> None:
    run_sql_beside(__file__)
