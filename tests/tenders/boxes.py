"""A tender box with real parts and many firms, and no doors around it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bidroom import clock, ids
from bidroom.cli.centre import demo_code, demo_name
from bidroom.cli.client import Keys
from bidroom.envelope import Actor, PersonId, Role
from bidroom.opening import commands as c
from bidroom.opening.policy import Notice, Policy, standard_fields
from bidroom.opening.record import Person, Signed
from bidroom.opening.rules import decide
from bidroom.opening.state import Opening, evolve
from bidroom.people.challenges import Challenges
from bidroom.people.people import People
from bidroom.people.trust import TrustFolder
from bidroom.ports import Held
from bidroom.tenders.box import TenderBox
from bidroom.tenders.slips import Slips
from bidroom.tenders.stamps import Stamps
from bidroom.tenders.store import PartStore
from bidroom.tenders.uploads import Progress, Uploads
from bidroom.vault import Vault
from crypto.certificates import Usage
from crypto.demo_ca import DemoCA, Subject
from crypto.header import HeaderFacts
from crypto.letter import FileIn
from crypto.opening import section_keys
from crypto.seal import Package, seal
from crypto.sections import commitment
from crypto.statements import open_statement

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

LOT = "LOT-001"
HOST = Actor(Role.AGENT, PersonId("agent-host"))
LETTER = {"typ": "bidroom/letter/1", "fields": {"price": 1_000_00, "duration": 90,
          "quality": "合格", "manager": "王工"}}  # fmt: skip


class Packed(NamedTuple):
    keys: Keys
    bidder: PersonId
    package: Package
    parts: dict[tuple[int, int], bytes]

    @property
    def papers(self) -> tuple[bytes, bytes, bytes, bytes, Sequence[Sequence[bytes]]]:
        it = self.package
        return it.header, it.keyenv, it.seal_json, it.seal_p7s, it.part_leaves


class Box(NamedTuple):
    """The box, the lot that it receives for, and the firms' certificate authority."""

    box: TenderBox
    people: People
    pool: Pool
    opening: Opening
    ca: DemoCA
    folder: Path

    @property
    def uploads(self) -> Uploads:
        return self.box.uploads

    def firm(self, number: int) -> Keys:
        subject = Subject(demo_name(number), demo_code(number), demo_name(number))
        since = clock.now() - timedelta(hours=1)
        sign = self.ca.issue(subject, Usage.SIGN, since, ids.random_bytes)
        encrypt = self.ca.issue(subject, Usage.ENCRYPT, since, ids.random_bytes)
        return Keys(sign.key, encrypt.key)

    def packed(self, number: int, files: Sequence[FileIn] = ()) -> Packed:
        keys, parts = self.firm(number), dict[tuple[int, int], bytes]()
        assert keys.decrypt is not None

        def sink(section: int, part: bytes) -> None:
            parts[section, sum(1 for at, _ in parts if at == section)] = part

        facts = self.opening.facts
        package = seal(
            LETTER,
            files,
            HeaderFacts("INT1", LOT, LOT, demo_code(number), facts.notice_sha256),
            keys.sign,
            [keys.decrypt.certificate],
            clock.now(),
            ids.random_bytes,
            sink,
        )
        return Packed(keys, PersonId(demo_code(number)), package, parts)

    async def begin(self, packed: Packed) -> Progress:
        return await self.uploads.begin(self.opening, packed.bidder, *packed.papers)

    async def announce(self, deadline: datetime) -> None:
        async with self.pool.acquire() as conn:
            await self.box.announce(conn, LOT, deadline)

    async def unlock(self, packed: Packed) -> Held:
        """As the hall does it in the window; its rules say when."""
        package, by = packed.package, Actor(Role.BIDDER, packed.bidder)
        assert packed.keys.decrypt is not None
        keys = section_keys(packed.keys.decrypt, package.keyenv, package.header)
        given = await self.people.challenges.issue("open", LOT, by, "", 1, "00" * 32)
        commitments = [commitment(head).hex() for head in package.heads]
        statement = open_statement(
            LOT, given.nonce, package.seal_hash, [0, 1], commitments, 1, "00" * 32
        )
        act = Signed(
            statement.decode(),
            b64encode(packed.keys.sign.sign(statement)).decode(),
            b64encode(packed.keys.sign.certificate.der).decode(),
        )
        async with self.pool.acquire() as conn, conn.transaction():
            hexes, at = [key.hex() for key in keys], given.issued
            held = await self.box.unlock(conn, self.opening, by, hexes, act, at)
            await self.box.hold(conn, LOT, held)
        return held

    async def in_time(self, upload: str, packed: Packed) -> datetime:
        """Send every part; returns when the receipt says that the package was received."""
        for (section, part), data in packed.parts.items():
            taken = await self.uploads.put(upload, packed.bidder, section, part, data)
        assert taken.received is not None
        return taken.received.at


async def open_box(pool: Pool, folder: Path, opens_at: datetime) -> Box:
    since = clock.now() - timedelta(days=1)
    ca = DemoCA.make(since, ids.random_bytes)
    trust = folder / "trust"
    trust.mkdir()
    (trust / "root.cer").write_bytes(ca.root.der)
    (trust / "issuing.cer").write_bytes(ca.issuing.der)
    (trust / "issuing.crl").write_bytes(ca.crl(since))
    (trust / "root.crl").write_bytes(ca.root_crl(since))
    vault = Vault.load(folder)
    people = People(pool, Challenges(pool, vault), TrustFolder(trust), "http://hall.example")
    slips = Slips(vault)
    store, stamps = PartStore(folder / "tenders"), Stamps(pool, vault, None, ())
    uploads = Uploads(pool, slips, store, people.trust.now, stamps)
    box = TenderBox(pool, vault, slips, uploads, people)
    opened = Box(box, people, pool, scheduled(opens_at), ca, folder)
    await opened.announce(opens_at)
    return opened


def scheduled(opens_at: datetime) -> Opening:
    schedule = c.Schedule(
        title="一标段",
        project="一号路工程",
        notice=Notice(lot=LOT, fields=standard_fields()),
        opens_at=opens_at,
        policy=Policy(),
        hosts=(Person(HOST.id, "张主持"),),
        recorder=Person(PersonId("agent-recorder"), "赵记录"),
    )
    opening: Opening | None = None
    for event in decide(None, schedule, HOST, clock.now()):
        opening = evolve(opening, event)
    assert opening is not None
    return opening
