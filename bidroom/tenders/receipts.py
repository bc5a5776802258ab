"""Receipts: the hall's signed word for what it received, or gave back, before the deadline.

They are signed when they are asked for, after the commit. A hall that died in between signs the
same statement the next time.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from bidroom.opening.record import Signed
from bidroom.tenders.slip import PackageReceived, PackageWithdrawn, Slip
from bidroom.vault import HallKey
from crypto import canonical, statements

WITHDRAWN: Final = "bidroom/withdrawn/1"


class Receipt(Struct, frozen=True):
    kind: str  # received, withdrawn
    version: int
    statement: str
    signature: str  # base64
    certificate: str  # base64 of DER


def receipts(lot: str, slip: Slip, key: HallKey) -> list[Receipt]:
    """All of a slip's receipts, in their order."""
    seals = {it.version: it.seal for it in slip.receipts if isinstance(it, PackageReceived)}
    return [_receipt(lot, it, seals, key) for it in slip.receipts]


def receipt(lot: str, received: PackageReceived, key: HallKey) -> Receipt:
    return _receipt(lot, received, {}, key)


def _receipt(
    lot: str, it: PackageReceived | PackageWithdrawn, seals: dict[int, str], key: HallKey
) -> Receipt:
    if isinstance(it, PackageReceived):
        statement = statements.receipt(lot, lot, it.seal, it.at, it.version)
        return _signed("received", it.version, key.signed(statement))
    withdrawn = canonical.encode(
        {
            "typ": WITHDRAWN,
            "opening": lot,
            "lot": lot,
            "seal": seals[it.version],
            "withdrawn": statements.millis(it.at),
            "serial": it.version,
        }
    )
    return _signed("withdrawn", it.version, key.signed(withdrawn))


def _signed(kind: str, version: int, signed: Signed) -> Receipt:
    return Receipt(kind, version, signed.statement, signed.signature, signed.certificate)
