"""Accounts and transfers for tests of the ledger, and how they are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bidroom.deposits.bookkeeper import Opening
from bidroom.deposits.days import Dated
from bidroom.deposits.ledger import Account, Entry, Kind, Rule, Transfer

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

RECEIPT, REFUND = 1, 3
BANK = Opening(UUID(int=1), 1, Rule.HOLDS, "bank:icbc:master")
LIN, MA = (
    Opening(UUID(int=10 + number), 1, Rule.OWES, f"deposit:LOT-1:{number}") for number in (1, 2)
)
FREE = Opening(UUID(int=30), 1, Rule.NONE, "suspense:unidentified:icbc")
GUARANTEE = Opening(UUID(int=40), 2, Rule.NONE, "guarantee:LOT-1:3")
ALL = (BANK, LIN, MA, FREE, GUARANTEE)


def paid(number: int, amount: int = 80_000_00, to: Opening = LIN) -> Transfer:
    """A deposit that arrived at the bank."""
    return Transfer(UUID(int=1000 + number), BANK.id, to.id, amount, RECEIPT, f"line {number}")


def refund(number: int, amount: int = 80_000_00, of: Opening = LIN) -> Transfer:
    """A refund that is reserved, and not paid yet."""
    return Transfer(
        UUID(int=2000 + number), of.id, BANK.id, amount, REFUND, f"order {number}", Kind.PEND
    )


def settling(number: int, pending: Transfer, kind: Kind) -> Transfer:
    """What confirms, voids or reverses another transfer."""
    debit, credit = pending.debit, pending.credit
    if kind is Kind.REVERSE:
        debit, credit = credit, debit
    return Transfer(
        UUID(int=3000 + number),
        debit,
        credit,
        pending.amount,
        pending.purpose,
        f"settles {number}",
        kind,
        pending.id,
    )


async def accounts_in(pool: Pool) -> dict[UUID, Account]:
    rows = await pool.fetch(
        "select id, ledger, rule, debits_posted, credits_posted, debits_pending, credits_pending"
        " from deposits.account"
    )
    return {row[0]: Account(row[0], row[1], Rule(row[2]), *row[3:]) for row in rows}


async def entries_in(pool: Pool) -> list[Dated]:
    rows = await pool.fetch("select * from deposits.transfer order by seq")
    return [
        Dated(
            Entry(
                row["seq"],
                row["chain"],
                row["leg"],
                row["legs"],
                Transfer(
                    row["id"],
                    row["debit"],
                    row["credit"],
                    row["amount"],
                    row["purpose"],
                    row["source"],
                    Kind(row["kind"]),
                    row["refers"],
                ),
            ),
            row["posted_at"],
        )
        for row in rows
    ]


async def audited(pool: Pool) -> list[tuple[str, str]]:
    """What the audit finds."""
    return [tuple(row) for row in await pool.fetch("select * from deposits.ledger_audit")]
