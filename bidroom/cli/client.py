"""A person at the hall without a browser: logs in, seals, uploads, takes a line and asks.

It goes through the same doors as the pages do. The command line, the demo's robots and the tests
are made of it.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx2
from msgspec import json

from bidroom import ids, shares
from bidroom.envelope import PersonId
from bidroom.opening.plan import DrawPlan
from bidroom.opening.record import Signed
from crypto import merkle, statements
from crypto import opening as unsealing
from crypto import sections as sealing
from crypto.certificates import Certificate
from crypto.errors import SealRefused
from crypto.header import Header, HeaderFacts
from crypto.letter import FileIn
from crypto.seal import Package, seal
from crypto.softkey import SoftKey
from crypto.statements import Purpose

PARTS_AT_ONCE: Final = 4
TRIES_MAX: Final = 8
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """The hall said no. `zh` and `en` say why, for people."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status, self.reason = status, str(said.get("error", status))
        self.zh, self.en = str(said.get("zh", "")), str(said.get("en", ""))
        self.detail = str(said.get("detail", ""))
        super().__init__(f"{self.reason}: {self.zh} / {self.en}")


class Keys(NamedTuple):
    """A person's keys: one that signs, and for a firm one that decrypts."""

    sign: SoftKey
    decrypt: SoftKey | None = None


class Sealed(NamedTuple):
    """A tender sealed into a folder: its papers, and a file of ciphertext for each section."""

    package: Package
    files: tuple[Path, ...]

    def part(self, section: int, part: int) -> bytes:
        with self.files[section].open("rb") as file:
            file.seek(part * merkle.PART)
            return file.read(merkle.PART)


class Client:
    """One person. `origin` is the hall's, as a browser would send it."""

    def __init__(self, url: str, keys: Keys | None = None, origin: str | None = None) -> None:
        self.url, self.origin = url.rstrip("/"), origin or url.rstrip("/")
        self.keys, self.me = keys, dict[str, Any]()
        headers = {"Origin": self.origin, "X-BidRoom": "1"}
        self.http = httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=60)

    async def close(self) -> None:
        await self.http.aclose()

    async def get(self, path: str) -> Any:
        async def once() -> Any:
            return _read(await self.http.get(f"/api/{path}"))

        return await _tried(once)

    async def post(self, path: str, body: object = None) -> Any:
        """What changes something is safe to repeat: it is found done, or its challenge spent."""

        async def once() -> Any:
            return _read(await self.http.post(f"/api/{path}", content=json.encode(body or {})))

        return await _tried(once)

    async def hand_in(self, path: str, body: bytes) -> Any:
        """`body` as it is, to where it may be handed in any number of times."""

        async def once() -> Any:
            return _read(await self.http.post(f"/api/{path}", content=body))

        return await _tried(once)

    @property
    def _sign(self) -> SoftKey:
        assert self.keys is not None, "the public signs nothing"
        return self.keys.sign

    async def log_in(self) -> dict[str, Any]:
        given = await self.post("login/challenge")
        certificate = self._sign.certificate
        account = certificate.serial_number or certificate.credit_code or ""
        act = self._act(given, Purpose.LOGIN, account, "", "")
        chain = [b64encode(issuer.der).decode() for issuer in self._sign.chain]
        self.me = await self.post("login", {"act": act, "chain": chain})
        return self.me

    async def act(self, purpose: Purpose, opening: str, subject: str) -> Signed:
        """A signed act over a fresh challenge."""
        given = await self.post("challenge", {"purpose": purpose.value, "opening": opening})
        return self._act(given, purpose, self.me["id"], opening, subject)

    def _act(
        self, given: Mapping[str, Any], purpose: Purpose, account: str, opening: str, subject: str
    ) -> Signed:
        return self.signed(
            statements.act(
                self.origin,
                purpose,
                account,
                self._sign.certificate.fingerprint,
                opening,
                given["nonce"],
                EPOCH + timedelta(milliseconds=given["issued"]),
                EPOCH + timedelta(milliseconds=given["expires"]),
                subject,
                given.get("log_size", 0),
                given.get("log_root", ""),
            )
        )

    def signed(self, statement: bytes) -> Signed:
        return Signed(
            statement.decode(),
            b64encode(self._sign.sign(statement)).decode(),
            b64encode(self._sign.certificate.der).decode(),
        )

    # Before the deadline.

    def seal(
        self,
        facts: Mapping[str, Any],
        letter: Mapping[str, Any],
        files: Sequence[FileIn],
        folder: Path,
        at: datetime,
        spares: Sequence[Certificate] = (),
    ) -> Sealed:
        """Seal a tender for the lot that `facts` (OpeningScheduled) announces, into `folder`.

        `spares`: other certificates of the same firm that are to open it as well.
        """
        assert self.keys is not None
        assert self.keys.decrypt is not None, "sealing takes an encryption certificate"
        certificate: Certificate = self.keys.decrypt.certificate
        lot = facts["notice"]["lot"]
        code = certificate.credit_code or ""
        folder.mkdir(parents=True, exist_ok=True)
        paths = (folder / "section.0", folder / "section.1")
        with paths[0].open("wb") as first, paths[1].open("wb") as second:
            package = seal(
                letter,
                files,
                HeaderFacts(facts["notice"]["suite"], lot, lot, code, facts["notice_sha256"]),
                self._sign,
                [certificate, *spares],
                at,
                ids.random_bytes,
                lambda section, part: (first, second)[section].write(part),
            )
        return Sealed(package, paths)

    async def upload(
        self,
        opening: str,
        sealed: Sealed,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> dict[str, Any]:
        """Upload what is missing of a package; parts go side by side and again when lost.

        Returns the receipt.
        """
        package = sealed.package
        leaves = [{"leaves": [leaf.hex() for leaf in part]} for part in package.part_leaves]
        body = {
            "header": b64encode(package.header).decode(),
            "keyenv": b64encode(package.keyenv).decode(),
            "seal": b64encode(package.seal_json).decode(),
            "signature": b64encode(package.seal_p7s).decode(),
            "sections": leaves,
        }
        begun = await self.post(f"bidder/openings/{opening}/uploads", body)
        places = [tuple(place) for place in begun["missing"]]
        gate, done = asyncio.Semaphore(PARTS_AT_ONCE), 0

        async def send(section: int, part: int) -> None:
            nonlocal done
            async with gate:
                await self.put_part(begun["upload"], section, part, sealed.part(section, part))
            done += 1
            progress(done, len(places))

        async with asyncio.TaskGroup() as tasks:
            for section, part in places:
                tasks.create_task(send(section, part))
        ended = await self.get(f"bidder/uploads/{begun['upload']}")
        receipt: dict[str, Any] = ended["receipt"]
        return receipt

    async def put_part(self, upload: str, section: int, part: int, data: bytes) -> Any:
        """Send one part, again and again while the line fails."""
        digest = b64encode(sha256(data).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:"}
        path = f"/api/bidder/uploads/{upload}/{section}/{part}"

        async def once() -> Any:
            return _read(await self.http.put(path, content=data, headers=headers))

        return await _tried(once)

    async def sign_in(self, opening: str) -> Any:
        return await self.post(f"bidder/openings/{opening}/sign-in")

    async def package(self, opening: str) -> dict[str, Any]:
        """The current package as this bidder's browser fetches it, its bytes decoded."""
        said = await self.get(f"bidder/openings/{opening}/package")
        papers = ("header", "keyenv", "seal", "signature")
        package: dict[str, Any] = {name: b64decode(said[name]) for name in papers}
        package["heads"] = [b64decode(head) for head in said["heads"]]
        return package

    async def rehearse(self, opening: str) -> None:
        """模拟解密. Raises SealRefused, and tells the hall that it worked otherwise."""
        assert self.keys is not None
        assert self.keys.decrypt is not None
        package = await self.package(opening)
        unsealing.rehearse(
            self.keys.decrypt, package["header"], package["keyenv"], package["heads"]
        )
        await self.post(f"bidder/openings/{opening}/rehearsed", {"ok": True})

    async def drill(self, opening: str) -> dict[str, Any]:
        """开箱自检: unwrap a word with the encryption key. Returns one's standing."""
        assert self.keys is not None
        assert self.keys.decrypt is not None
        given = await self.post(f"bidder/openings/{opening}/drill")
        try:
            word = self.keys.decrypt.unwrap(b64decode(given["keyenv"])).hex()
        except SealRefused:
            word = None
        said = await self.post(
            f"bidder/openings/{opening}/drilled", {"drill": given["drill"], "word": word}
        )
        mine: dict[str, Any] = said["mine"]
        return mine

    # In the window.

    async def unlocking(self, opening: str) -> dict[str, Any]:
        """The command that hands over this bidder's section keys, with its signed statement."""
        assert self.keys is not None
        assert self.keys.decrypt is not None
        package = await self.package(opening)
        keys = unsealing.section_keys(self.keys.decrypt, package["keyenv"], package["header"])
        given = await self.post("challenge", {"purpose": "open", "opening": opening})
        statement = statements.open_statement(
            opening,
            given["nonce"],
            Header.parse(package["header"]).suite.digest(package["seal"]),
            list(range(len(keys))),
            [sealing.commitment(head).hex() for head in package["heads"]],
            given["log_size"],
            given["log_root"],
        )
        hexes = [key.hex() for key in keys]
        return {"type": "UnlockTender", "keys": hexes, "act": self.signed(statement)}

    async def share(self, opening: str, plan: DrawPlan) -> dict[str, Any]:
        """The command that reveals this contributor's share of a draw."""
        assert self.keys is not None
        assert self.keys.decrypt is not None
        own = PersonId(self.me["id"])
        share = shares.opened(plan, own, own, self.keys.decrypt)
        fixed = next(it for it in plan.contributors if it.person == own).commitment
        act = await self.act(Purpose.REVEAL, opening, fixed)
        return {"type": "RevealShare", "share": share, "act": act}

    async def part(self, opening: str, plan: DrawPlan, of: PersonId) -> dict[str, Any]:
        """The command that releases this contributor's part of a share that `of` withholds."""
        assert self.keys is not None
        assert self.keys.decrypt is not None
        own = PersonId(self.me["id"])
        part = shares.opened(plan, of, own, self.keys.decrypt)
        owner = next(it for it in plan.contributors if it.person == of)
        fixed = next(it for it in owner.parts if it.to == own).commitment
        act = await self.act(Purpose.RELEASE, opening, fixed)
        return {"type": "HandOverPart", "of": of, "part": part, "act": act}

    async def objection(self, opening: str, text: str) -> dict[str, Any]:
        subject = sha256(text.encode()).hexdigest()
        act = await self.act(Purpose.OBJECT, opening, subject)
        return {"type": "RaiseObjection", "text": text, "act": act}

    async def confirmation(self, opening: str, minutes_sha256: str) -> dict[str, Any]:
        act = await self.act(Purpose.CONFIRM, opening, minutes_sha256)
        return {"type": "Confirm", "act": act}

    async def signature(self, opening: str, minutes_sha256: str) -> dict[str, Any]:
        act = await self.act(Purpose.SIGN, opening, minutes_sha256)
        return {"type": "SignRecord", "act": act}


def _read(answer: httpx2.Response) -> Any:
    if answer.is_success:
        return json.decode(answer.content)
    try:
        said = json.decode(answer.content)
    except ValueError:
        said = {}
    raise Refused(answer.status_code, said if isinstance(said, dict) else {})


async def _tried(once: Callable[[], Awaitable[Any]]) -> Any:
    """`once`, and again after a fault of the line or of the hall; a refusal is an answer."""
    for attempt in range(TRIES_MAX):
        try:
            return await once()
        except (httpx2.TransportError, Refused) as fault:
            final = isinstance(fault, Refused) and fault.status < 500
            if final or attempt == TRIES_MAX - 1:
                raise
            await asyncio.sleep(min(5.0, 0.1 * 2**attempt))
    raise AssertionError("the last attempt returns or raises")
