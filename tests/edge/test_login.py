"""Stories of the door: who gets in with which certificate, and what a session is worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute
from msgspec import json

from bidroom import clock, ids
from bidroom.cli.centre import AGENCY, AGENCY_CODE, demo_code
from bidroom.cli.client import Client, Keys
from bidroom.cli.line import HungUp, open_line
from bidroom.edge import limits
from bidroom.edge.json import Reply, answered
from bidroom.settings import Settings
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Issued, Subject
from crypto.statements import Purpose
from tests.edge.centre import HOST, Doors, refusal

DAY = timedelta(days=1)
CODE = demo_code(77)


def issued(ca: DemoCA, name: str = "山川工程有限公司", code: str = CODE) -> Issued:
    return ca.issue(Subject(name, code, name), Usage.SIGN, clock.now() - DAY, ids.random_bytes)


async def refused(doors: Doors, keys: Keys) -> str:
    async with doors.person(keys, log_in=False) as somebody:
        no = await refusal(somebody.log_in())
        assert (await refusal(somebody.get("me"))).reason == "not_logged_in"
        return no.reason


async def test_a_firm_is_known_by_its_certificate_and_logs_out(doors: Doors) -> None:
    name = "𠮷䶮㛃𬭚（集团）工程有限公司"  # four bytes each in GB 18030
    keys = Keys(issued(doors.ca, name).key)
    async with doors.person(keys) as firm:
        me = await firm.get("me")
        assert (me["role"], me["id"], me["name"]) == ("bidder", CODE, name)
        assert me["certificate"] == keys.sign.certificate.fingerprint
        kept = dict(firm.http.cookies)
        await firm.post("logout")
        firm.http.cookies.update(kept)  # whoever stole the cookie has nothing
        assert (await refusal(firm.get("me"))).reason == "not_logged_in"


async def test_somebody_of_the_agents_must_be_registered(doors: Doors) -> None:
    async with doors.person(doors.centre.staff_keys(HOST)) as host:
        assert (await host.get("me"))["role"] == "agent"
        known = [one["role"] for one in (await host.get("console/staff"))["staff"]]
        assert sorted(known) == ["agent"] * 3 + ["notary"] + ["supervisor"] * 2

    subject = Subject(AGENCY, AGENCY_CODE, "王某", "agent-unknown")
    stranger = doors.ca.issue(subject, Usage.SIGN, clock.now() - DAY, ids.random_bytes)
    assert await refused(doors, Keys(stranger.key)) == "not_staff"


async def test_an_expired_certificate_is_refused(doors: Doors) -> None:
    subject, now = Subject("甲", CODE, "甲"), clock.now()
    old = doors.ca.issue(
        subject, Usage.SIGN, now - DAY, ids.random_bytes, until=now - timedelta(hours=1)
    )
    assert await refused(doors, Keys(old.key)) == "certificate_expired"


async def test_a_certificate_that_is_not_yet_valid_is_refused(doors: Doors) -> None:
    early = doors.ca.issue(
        Subject("甲", CODE, "甲"), Usage.SIGN, clock.now() + DAY, ids.random_bytes
    )
    assert await refused(doors, Keys(early.key)) == "certificate_not_yet_valid"


async def test_a_revoked_certificate_is_refused(doors: Doors) -> None:
    lost = issued(doors.ca)
    since = clock.now() - timedelta(hours=1)
    with put(doors.centre.trust / "zz.crl", doors.ca.crl(since, [(lost.certificate, since)])):
        assert await refused(doors, Keys(lost.key)) == "certificate_revoked"


async def test_a_certificate_of_another_authority_is_refused(doors: Doors) -> None:
    other = DemoCA.make(clock.now() - DAY, ids.random_bytes, "Other CA")
    assert await refused(doors, Keys(issued(other).key)) == "certificate_untrusted"


async def test_an_encryption_certificate_does_not_log_in(doors: Doors) -> None:
    keys = doors.firm(0)
    assert keys.decrypt is not None
    assert await refused(doors, Keys(keys.decrypt)) == "certificate_wrong_usage"


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("甲公司", CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), "credit_code_bad"),
        ("甲公司", "91330200MA2AB1234Y", "organisation_code_bad"),  # GB 32100 holds, GB 11714 not
        ("甲\u202e公司", CODE, "name_not_plain"),
        ("甲\u0007公司", CODE, "name_not_plain"),
    ],
)
async def test_a_certificate_that_names_nobody_properly_is_refused(
    doors: Doors, name: str, code: str, reason: str
) -> None:
    assert await refused(doors, Keys(issued(doors.ca, name, code).key)) == reason


async def test_a_log_in_is_good_once_and_in_one_browser(doors: Doors) -> None:
    keys = doors.firm(0)
    async with doors.person(keys, log_in=False) as firm:
        sent: list[bytes] = []
        keep(firm, sent)
        await firm.log_in()
        again = await refusal(firm.post("login", json.decode(sent[-1])))
        assert again.reason == "challenge_spent"

    async with doors.person(keys, log_in=False) as theirs, doors.person() as mine:
        given = await theirs.post("login/challenge")
        act = theirs._act(given, Purpose.LOGIN, demo_code(0), "", "")
        await mine.post("login/challenge")
        stolen = await refusal(mine.post("login", {"act": act, "chain": []}))
        assert stolen.reason == "challenge_spent"


async def test_what_was_signed_for_another_site_does_not_log_in_here(doors: Doors) -> None:
    async with doors.person(doors.firm(0), log_in=False) as firm:
        firm.origin = "https://hall.examp1e"
        assert (await refusal(firm.log_in())).reason == "statement_altered"


async def test_an_act_over_an_expired_challenge_is_refused(doors: Doors) -> None:
    async with doors.person(doors.firm(0), log_in=False) as firm:
        given = await firm.post("login/challenge")
        await doors.house.pool.execute("update people.challenge set expires = clock_timestamp()")
        act = firm._act(given, Purpose.LOGIN, demo_code(0), "", "")
        late = await refusal(firm.post("login", {"act": act, "chain": []}))
        assert late.reason == "challenge_spent"


async def test_a_signature_that_does_not_hold_is_refused(doors: Doors) -> None:
    async with doors.person(doors.firm(0), log_in=False) as firm:
        given = await firm.post("login/challenge")
        act = firm._act(given, Purpose.LOGIN, demo_code(0), "", "")
        forged = {
            "statement": act.statement.replace(demo_code(0), demo_code(1)),
            "signature": act.signature,
            "certificate": act.certificate,
        }
        no = await refusal(firm.post("login", {"act": forged, "chain": []}))
        assert no.reason == "signature_bad"


async def test_requests_from_another_site_change_nothing(doors: Doors) -> None:
    async with doors.person() as somebody:
        for origin in ("https://evil.example", "null", doors.house.settings.origin + "."):
            answer = await somebody.http.post("/api/login/challenge", headers={"Origin": origin})
            assert (answer.status_code, answer.json()["error"]) == (403, "foreign_origin")
        somebody.http.headers.pop("X-BidRoom")
        answer = await somebody.http.post("/api/login/challenge")
        assert (answer.status_code, answer.json()["error"]) == (403, "not_from_a_page")


async def test_a_session_cannot_be_altered_and_looks_like_any_other(doors: Doors) -> None:
    async with doors.person(doors.firm(0)) as one, doors.person(doors.firm(1)) as other:
        cookies = [client.http.cookies["bidroom"] for client in (one, other)]
        assert len(cookies[0]) == len(cookies[1]), "its length names nobody"
        for place in (0, 20, len(cookies[0]) // 2, len(cookies[0]) - 2):
            flipped = "A" if cookies[0][place] != "A" else "B"
            one.http.cookies.clear()
            one.http.cookies.set("bidroom", cookies[0][:place] + flipped + cookies[0][place + 1 :])
            assert (await refusal(one.get("me"))).reason == "not_logged_in"


async def test_cookies_are_shut_to_scripts_and_other_sites(doors: Doors) -> None:
    async with doors.person() as somebody:
        answer = await somebody.http.post("/api/login/challenge")
        said = answer.headers["set-cookie"].lower()
        assert "httponly" in said
        assert "samesite=strict" in said
        assert "path=/" in said


async def test_bidders_and_staff_stay_on_their_own_side(doors: Doors) -> None:
    await doors.in_an_hour()
    async with doors.person(doors.firm(0)) as firm:
        assert (await refusal(firm.get("console/openings"))).reason == "not_your_part"
        assert (await refusal(firm.post("console/openings"))).reason == "not_your_part"
    async with doors.person(doors.centre.staff_keys(HOST)) as host:
        assert (await refusal(host.get("bidder/openings"))).reason == "not_your_part"
        assert (await refusal(host.get("bidder/openings/LOT-001/package"))).status == 403
    async with doors.person() as viewer:
        assert (await refusal(viewer.get("bidder/openings"))).status == 401
        line_ticket = viewer.post("line-ticket", {"opening": "LOT-001"})
        assert (await refusal(line_ticket)).status == 401


async def test_a_ticket_takes_one_line_to_one_opening(doors: Doors) -> None:
    await doors.in_an_hour("LOT-001")
    await doors.in_an_hour("LOT-002")
    async with doors.person(doors.firm(0)) as firm:
        people = doors.house.people
        said = await firm.post("line-ticket", {"opening": "LOT-001"})
        assert await people.redeem(said["ticket"], "LOT-002") is None  # and is spent by that
        said = await firm.post("line-ticket", {"opening": "LOT-001"})
        actor = await people.redeem(said["ticket"], "LOT-001")
        assert actor is not None
        assert actor.id == firm.me["id"]
        assert await people.redeem(said["ticket"], "LOT-001") is None
        unknown = firm.post("line-ticket", {"opening": "LOT-404"})
        assert (await refusal(unknown)).reason == "no_such_opening"
    async with doors.person() as viewer, open_line(viewer, "LOT-404") as line:
        with pytest.raises(HungUp):
            await line.until(lambda _opening: True, within_s=10)


async def test_a_renewed_certificate_signs_for_the_same_firm(doors: Doors) -> None:
    facts = await doors.in_an_hour()
    keys = doors.firm(0)
    async with doors.person(keys) as firm:
        sealed = doors.seal(firm, facts)
        await firm.upload("LOT-001", sealed)
        renewed = issued(doors.ca, "长河建设集团有限公司", demo_code(0))
        firm.keys = Keys(renewed.key, keys.decrypt)
        act = await firm.act(Purpose.WITHDRAW, "LOT-001", sealed.package.seal_hash)
        said = await firm.post("bidder/openings/LOT-001/withdraw", {"act": act})
        assert said["mine"]["state"] == "withdrawn"


async def test_a_statement_that_is_too_long_or_no_statement_is_refused(doors: Doors) -> None:
    async with doors.person(doors.firm(0), log_in=False) as firm:
        await firm.post("login/challenge")
        for statement in (b"{}", b"[1.5]", b'{"typ":"bidroom/act/2"}'):
            act = firm.signed(statement)
            no = await refusal(firm.post("login", {"act": act, "chain": []}))
            assert no.reason in {"statement_altered", "not_canonical"}
        huge = firm.signed(b"x" * 9_000)
        assert (await refusal(firm.post("login", {"act": huge}))).reason == "malformed"
        answer = await firm.http.post("/api/login", content=b"x" * 600_000)
        assert answer.status_code == 413


def keep(client: Client, sent: list[bytes]) -> None:
    """Remember what the client posts."""

    async def remember(request: object) -> None:
        sent.append(getattr(request, "content", b""))

    client.http.event_hooks["request"].append(remember)


@contextmanager
def put(path: Path, data: bytes) -> Iterator[None]:
    path.write_bytes(data)
    try:
        yield
    finally:
        path.unlink()


async def test_a_flood_of_log_ins_is_answered_with_patience(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOG_INS", RateLimitItemPerMinute(3, namespace="few"))
    async with doors.person() as somebody:
        for _ in range(3):
            await somebody.post("login/challenge")
        no = await refusal(somebody.post("login/challenge"))
        assert (no.status, no.reason) == (429, "too_many")
        await somebody.get("board")


def test_under_tls_cookies_belong_to_this_host_alone() -> None:
    reply = Reply({}, (("bidroom", "x", 60),))
    said = answered(reply, Settings(origin="https://hall.example")).headers["set-cookie"]
    assert said.startswith("__Host-bidroom=x;")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(said.split("; "))
    assert "Domain" not in said
