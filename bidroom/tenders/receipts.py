"""Receipts: the hall's signed word for what it received, or gave back, before the deadline.

They are signed when they are asked for, after the commit. A hall that died in between signs the
same statement the next time.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from bidroom.envelope import PersonId
from bidroom.opening.record import Signed
from bidroom.tenders.slip import PackageReceived, PackageWithdrawn, Slip
from bidroom.vault import HallKey
from crypto import canonical, statements

if TYPE_CHECKING:
    from bidroom.tenders.stamps import Stamps

WITHDRAWN: Final = "bidroom/withdrawn/1"


class Receipt(Struct, frozen=True):
    kind: str  # received, withdrawn
    version: int
    statement: str
    signature: str  # base64
    certificate: str  # base64 of DER
    stamp: str | None = None  # base64 of a TimeStampResp over the statement (RFC 3161)


def receipts(lot: str, slip: Slip, key: HallKey) -> list[Receipt]:
    """All of a slip's receipts, in their order."""
    seals = {it.version: it.seal for it in slip.receipts if isinstance(it, PackageReceived)}
    return [_receipt(lot, it, seals, key) for it in slip.receipts]


def receipt(lot: str, received: PackageReceived, key: HallKey) -> Receipt:
    return _receipt(lot, received, {}, key)


def receipt_statement(lot: str, it: PackageReceived) -> bytes:
    """What a receipt says: the same bytes whenever it is asked for."""
    return statements.receipt(lot, lot, it.seal, it.at, it.version)


async def stamped(receipt: Receipt, lot: str, bidder: PersonId, stamps: Stamps) -> Receipt:
    """The receipt with its time-stamp, if that has come."""
    found = await stamps.find(lot, bidder, receipt.statement.encode())
    return receipt if found is None else replace(receipt, stamp=b64encode(found).decode())


def _receipt(
    lot: str, it: PackageReceived | PackageWithdrawn, seals: dict[int, str], key: HallKey
) -> Receipt:
    if isinstance(it, PackageReceived):
        return _signed("received", it.version, key.signed(receipt_statement(lot, it)))
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
