"""Shares of a draw are made, signed, opened and restored with real certificates."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bidroom.envelope import HALL, PersonId
from bidroom.opening.plan import Contributor, DrawPlan, Part, Round
from bidroom.shares import Holder, ShareRefused, contribute, opened, restored, signer_of
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Kind, Subject
from crypto.errors import SealRefused

AT = datetime(2026, 4, 1, tzinfo=UTC)
LOT = "DEMO-001"
PEOPLE = {
    HALL.id: Part.PLATFORM,
    PersonId("supervisor-1"): Part.SUPERVISOR,
    PersonId("supervisor-2"): Part.SUPERVISOR,
    PersonId("notary-1"): Part.NOTARY,
}
NOTARY = PersonId("notary-1")


class Cast:
    def __init__(self) -> None:
        ca = DemoCA.make(AT, secrets.token_bytes)
        self.sign, self.enc = dict[PersonId, Issued](), dict[PersonId, Issued]()
        for number, person in enumerate(PEOPLE):
            subject = Subject("某单位", "91110000802100433B", person, person)
            kind = Kind.RSA if number % 2 else Kind.P256
            self.sign[person] = ca.issue(subject, Usage.SIGN, AT, secrets.token_bytes, kind)
            self.enc[person] = ca.issue(subject, Usage.ENCRYPT, AT, secrets.token_bytes, kind)
        self.holders = [
            Holder(part, person, f"{person} 名", self.enc[person].certificate)
            for person, part in PEOPLE.items()
        ]
        made = [self.contribution(person) for person in PEOPLE]
        self.plan = DrawPlan((Round("一", "One", (1, 2)),), tuple(made))

    def contribution(self, person: PersonId) -> Contributor:
        return contribute(LOT, person, self.holders, self.sign[person].key, secrets.token_bytes)


@pytest.fixture(scope="module")
def cast() -> Cast:
    return Cast()


def test_everybody_opens_its_own_and_nobody_anothers(cast: Cast) -> None:
    for of in PEOPLE:
        for to in PEOPLE:
            assert len(opened(cast.plan, of, to, cast.enc[to].key)) == 64
            stranger = next(who for who in PEOPLE if who != to)
            with pytest.raises(SealRefused):
                opened(cast.plan, of, to, cast.enc[stranger].key)


def test_any_two_of_the_others_restore_a_share_and_one_does_not(cast: Cast) -> None:
    share = opened(cast.plan, NOTARY, NOTARY, cast.enc[NOTARY].key)
    others = [who for who in PEOPLE if who != NOTARY]
    parts = {who: opened(cast.plan, NOTARY, who, cast.enc[who].key) for who in others}
    for left_out in others:
        two = {who: part for who, part in parts.items() if who != left_out}
        assert restored(LOT, cast.plan, NOTARY, two) == share
        assert restored(LOT, cast.plan, NOTARY, {left_out: parts[left_out]}) is None
        wrong = parts | {left_out: "00" * 32}
        assert restored(LOT, cast.plan, NOTARY, wrong) == share, "a wrong part spoils nothing"
    assert restored("DEMO-002", cast.plan, NOTARY, parts) is None


def test_a_contribution_is_signed_as_it_stands(cast: Cast) -> None:
    made = cast.plan.contributors[3]
    assert signer_of(LOT, made) == cast.sign[NOTARY].certificate
    other = base64.b64encode(cast.enc[HALL.id].certificate.der).decode()
    signing = base64.b64encode(cast.sign[NOTARY].certificate.der).decode()
    first = made.parts[0]
    for spoilt, what in (
        (replace(made, commitment="00" * 32), "signature"),
        (replace(made, salt="00" * 32), "signature"),
        (replace(made, person=PersonId("notary-2")), "signature"),
        (replace(made, certificate=other), "signature"),
        (replace(made, certificate=signing), "signature"),
        (replace(made, signer="AAAA"), "signature"),
        (replace(made, signature="AAAA"), "signature"),
        (replace(made, parts=(replace(first, sealed="AAAA"), *made.parts[1:])), "signature"),
    ):
        with pytest.raises(ShareRefused, match=what):
            signer_of(LOT, spoilt)
    with pytest.raises(ShareRefused):
        signer_of("DEMO-002", made)
