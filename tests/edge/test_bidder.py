"""Stories of bidders before the deadline, over HTTP as their browsers speak it."""

from __future__ import annotations

from base64 import b64decode

from crypto import canonical, signing
from crypto.certificates import Certificate
from tests.edge.centre import Doors, file_of


async def test_a_tender_is_sealed_uploaded_and_its_receipt_holds(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        sealed = doors.seal(firm, facts, files=[file_of("技术标.pdf", b"plan" * 700_000)])
        receipt = await firm.upload("LOT-001", sealed)

        said = canonical.decode(receipt["statement"].encode(), 4096)
        assert said["seal"] == sealed.package.seal_hash
        assert said["serial"] == 1
        certificate = Certificate(b64decode(receipt["certificate"]))
        signing.verify(certificate, receipt["statement"].encode(), b64decode(receipt["signature"]))
        mine = (await firm.get("bidder/openings/LOT-001"))["mine"]
        assert (mine["state"], mine["version"]) == ("received", 1)
        await firm.rehearse("LOT-001")
        mine = (await firm.get("bidder/openings/LOT-001"))["mine"]
        assert mine["rehearsal_ok"] is True
