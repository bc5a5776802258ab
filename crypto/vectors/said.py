"""Vectors of statements: what people and the hall sign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from crypto import canonical, statements
from crypto.errors import Reason
from crypto.vectors.cases import Case, Entropy, refused

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def _wrong_records(login: Case, root: str) -> list[tuple[str, Case]]:
    """Acts that name a record where there is none, or none where there is one."""
    lot = {**login, "opening": "2026-001-1"}
    return [
        ("a log-in that saw a record", {**login, "log_size": 12, "log_root": root}),
        ("an act in an opening that saw no record", lot),
        ("a record without a root", {**lot, "log_size": 12}),
        ("a root without a record", {**lot, "log_root": root}),
    ]


def statement_cases() -> dict[str, list[Case]]:
    entropy = Entropy("statements")
    nonce, seal, root = entropy(32).hex(), entropy(32).hex(), entropy(32).hex()
    opened: Case = {
        "opening": "2026-001-1",
        "challenge": nonce,
        "seal": seal,
        "sections": [0, 1],
        "commitments": [entropy(32).hex(), entropy(32).hex()],
        "log_size": 12,
        "log_root": root,
    }
    acted: Case = {
        "origin": "https://bid.example",
        "purpose": statements.Purpose.LOGIN,
        "account": "91440300708461136T",
        "certificate": seal,
        "opening": "",
        "nonce": nonce,
        "issued": AT,
        "expires": AT + timedelta(seconds=120),
    }
    made = [
        ("open", statements.open_statement(**opened)),
        ("open, the letter alone", statements.open_statement(
            **{**opened, "sections": [0], "commitments": opened["commitments"][:1]})),
        ("log in", statements.act(**acted)),
        ("sign the record", statements.act(
            **{**acted, "purpose": statements.Purpose.SIGN, "opening": "2026-001-1"},
            subject=root, log_size=12, log_root=root)),
        ("receipt", statements.receipt("2026-001-1", "1 标段 𠮷", seal, AT, 2)),
        ("a share of a draw", statements.draw_share(
            "2026-001-1", "notary-1", seal, nonce, root, seal)),
        ("checkpoint", statements.checkpoint("bid.example/2026-001-1", 12, root, AT)),
    ]  # fmt: skip
    good: list[Case] = [
        {"name": name, "value": statements.parse(data), "out": data.hex()} for name, data in made
    ]
    value = statements.parse(made[0][1])
    login = statements.parse(made[2][1])
    bad: list[tuple[str, Any]] = [
        ("an unknown kind", {**value, "typ": "bidroom/open/2"}),
        ("a field missing", {key: value[key] for key in value if key != "seal"}),
        ("a field too many", {**value, "key": root}),
        ("sections out of order", {**value, "sections": [1, 0]}),
        ("a section twice", {**value, "sections": [0, 0]}),
        ("no section", {**value, "sections": [], "commitments": []}),
        ("an unknown section", {**value, "sections": [0, 2]}),
        ("fewer commitments than sections", {**value, "commitments": value["commitments"][:1]}),
        ("a challenge in capitals", {**value, "challenge": "AB" * 32}),
        ("a negative size", {**value, "log_size": -1}),
        ("an unknown purpose", {**login, "purpose": "pay"}),
        ("good for too long", {**login, "expires": login["issued"] + 120_001}),
        ("expired when issued", {**login, "expires": login["issued"]}),
        ("a subject that is no hash", {**login, "subject": "yes"}),
        *_wrong_records(login, root),
        ("an origin with a line break", {**login, "origin": "https://bid.example\n"}),
        ("not an object", [value]),
    ]
    for name, changed in bad:
        data = canonical.encode(changed)
        good.append(
            refused(
                Reason.STATEMENT_ALTERED,
                partial(statements.parse, data),
                name=name,
                **{"in": data.hex()},
            )
        )
    return {"statements": good}
