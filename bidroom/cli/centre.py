"""A demonstration centre in a folder: its CA, its people and firms with their .p12 files.

    ca/        the demo CA's own keys; ca2/ of a second one, where it is wanted (CA 互认);
               ca-sm2/ of the one for national certificates
    trust/     what a hall must trust: root, issuing CA, CRLs (BIDROOM_TRUST)
    secrets/   the hall's signing key with a certificate of this CA (BIDROOM_SECRETS)
    people/    <person>.sign.p12, for the agent's staff, supervisors and a notary; the last two
               have an <person>.enc.p12 besides
    firms/     <code>.sign.p12 and <code>.enc.p12, for each firm; its national certificates, for
               lots under SM1, in <code>.sm2.sign.p12 and <code>.sm2.enc.p12

Everybody's PIN is the same, and it is not a secret: none of this is for a real opening.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from bidroom import ids
from bidroom.cli.client import Keys
from bidroom.envelope import PersonId, Role
from bidroom.opening.policy import Suite
from bidroom.opening.record import Person
from bidroom.people.staff import Staff
from crypto import sm2
from crypto.certificates import Usage
from crypto.demo_ca import NAME, DemoCA, Issued, Kind, Subject
from crypto.softkey import open_pkcs12

PIN: Final = "123456"
AGENCY: Final = "示范招标代理有限公司"
AGENCY_CODE: Final = "91110000802100433B"
STAFF: Final = {
    "agent-host": "张主持",
    "agent-reserve": "李备用",
    "agent-recorder": "赵记录",
}
SUPERVISORS: Final = {"supervisor-1": "孙监督", "supervisor-2": "周监督"}
NOTARIES: Final = {"notary-1": "钱公证"}
NAMES: Final = (
    "长河建设集团有限公司",
    "𠮷䶮路桥工程有限公司",
    "北辰（集团）股份有限公司",
    "㛃泰市政工程有限公司",
    "云岭水利水电建设有限公司",
    "南岸园林绿化工程有限公司",
    "东方𬭚业科技股份有限公司",
    "海川建筑设计研究院有限公司",
)
EMPLOYERS: Final = {
    Role.AGENT: (AGENCY, AGENCY_CODE),
    Role.SUPERVISOR: ("示范公共资源交易监督局", "11110000000000123P"),
    Role.NOTARY: ("示范公证处", "12110000000000238T"),
}
LEGACY_EVERY: Final = 3  # every third firm's files are in the old encoding
RSA_EVERY: Final = 2  # every second firm has RSA keys
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class Firm(NamedTuple):
    code: str
    name: str
    sign: Path
    enc: Path

    def keys(self, pin: str = PIN, suite: Suite = "INT1") -> Keys:
        """Its two keys, or its two national ones for lots under SM1."""
        sign, enc = self.files(suite)
        return Keys(open_pkcs12(sign.read_bytes(), pin), open_pkcs12(enc.read_bytes(), pin))

    def files(self, suite: Suite) -> tuple[Path, Path]:
        """For signing and for encryption."""
        if suite == "INT1":
            return self.sign, self.enc
        folder = self.sign.parent
        return folder / f"{self.code}.sm2.sign.p12", folder / f"{self.code}.sm2.enc.p12"


class Centre:
    """A demonstration centre's folder; `make` fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def staff(self) -> list[Person]:
        """The agent's: host, reserve host, recorder."""
        return _persons(STAFF)

    @property
    def supervisors(self) -> list[Person]:
        return _persons(SUPERVISORS)

    @property
    def notary(self) -> Person:
        return _persons(NOTARIES)[0]

    @property
    def everybody(self) -> list[Staff]:
        """All whom a hall must register (`bidroom staff add`)."""
        known = {Role.AGENT: STAFF, Role.SUPERVISOR: SUPERVISORS, Role.NOTARY: NOTARIES}
        return [
            Staff(PersonId(person), name, role)
            for role, people in known.items()
            for person, name in people.items()
        ]

    def staff_file(self, person: str) -> Path:
        return self.folder / "people" / f"{person}.sign.p12"

    def sealing_file(self, person: str) -> Path:
        return self.folder / "people" / f"{person}.enc.p12"

    def staff_keys(self, person: str) -> Keys:
        sign, enc = (self.staff_file(person), self.sealing_file(person))
        opener = open_pkcs12(enc.read_bytes(), PIN) if enc.exists() else None
        return Keys(open_pkcs12(sign.read_bytes(), PIN), opener)

    def firms(self) -> list[Firm]:
        """The firms that were made, in their order."""
        found = []
        for line in (self.folder / "firms" / "list.tsv").read_text().splitlines():
            code, name = line.split("\t")
            folder = self.folder / "firms"
            found.append(Firm(code, name, folder / f"{code}.sign.p12", folder / f"{code}.enc.p12"))
        return found

    def make(self, at: datetime, firms_count: int, *, second: bool = False) -> None:
        """Make everything. `at` is now; certificates are good from a day before it.

        With a `second` CA it is that one which issues the firms' encryption certificates.
        """
        since = at - timedelta(days=1)
        ca = DemoCA.make(since, ids.random_bytes)
        national = DemoCA.make(since, ids.random_bytes, f"{NAME} 国密", Kind.SM2)
        for name in ("ca", "ca-sm2", "trust", "secrets", "people", "firms"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.secrets.chmod(0o700)
        self._authority(ca, "ca", "", since)
        self._authority(national, "ca-sm2", "sm2.", since)
        self._hall_key(ca, since)
        for person in self.everybody:
            subject = Subject(*EMPLOYERS[person.role], person.name, person.id)
            issued = ca.issue(subject, Usage.SIGN, since, ids.random_bytes)
            self.staff_file(person.id).write_bytes(issued.p12(PIN))
            if person.role is not Role.AGENT:  # they may hold parts of a draw's shares
                sealing = ca.issue(subject, Usage.ENCRYPT, since, ids.random_bytes)
                self.sealing_file(person.id).write_bytes(sealing.p12(PIN))
        sealing_ca = self.second(since) if second else ca
        self._firms(ca, sealing_ca, national, since, firms_count)

    def second(self, since: datetime) -> DemoCA:
        """Another CA that the hall trusts as well, kept in ca2/."""
        ca = DemoCA.make(since, ids.random_bytes, "BidRoom 互认 CA")
        (self.folder / "ca2").mkdir()
        self._authority(ca, "ca2", "second-", since)
        return ca

    def _authority(self, ca: DemoCA, folder: str, prefix: str, since: datetime) -> None:
        """Its keys into `folder`, and what is public of it on the trust list."""
        for name, data in ca.save().items():
            (self.folder / folder / name).write_bytes(data)
        (self.trust / f"{prefix}root.cer").write_bytes(ca.root.der)
        (self.trust / f"{prefix}issuing.cer").write_bytes(ca.issuing.der)
        (self.trust / f"{prefix}issuing.crl").write_bytes(ca.crl(since))
        (self.trust / f"{prefix}root.crl").write_bytes(ca.root_crl(since))

    def _hall_key(self, ca: DemoCA, since: datetime) -> None:
        subject = Subject("示范公共资源交易中心", AGENCY_CODE, "示范公共资源交易中心")
        issued = ca.issue(subject, Usage.SIGN, since, ids.random_bytes)
        assert not isinstance(issued.private_key, sm2.PrivateKey)
        pem = issued.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = self.secrets / "hall.key.pem"
        key.touch(0o600)
        key.write_bytes(pem)
        (self.secrets / "hall.cert.pem").write_text(_pem(issued))

    def _firms(
        self, ca: DemoCA, sealing_ca: DemoCA, national: DemoCA, since: datetime, count: int
    ) -> None:
        folder, lines = self.folder / "firms", []
        for number in range(count):
            code, name = demo_code(number), demo_name(number)
            kind = Kind.RSA if number % RSA_EVERY else Kind.P256
            legacy = number % LEGACY_EVERY == LEGACY_EVERY - 1
            subject = Subject(name, code, name)
            for by, usage, ending in ((ca, Usage.SIGN, "sign"), (sealing_ca, Usage.ENCRYPT, "enc")):
                issued = by.issue(subject, usage, since, ids.random_bytes, kind)
                path = folder / f"{code}.{ending}.p12"
                path.write_bytes(issued.p12(PIN, legacy))
                dual = national.issue(subject, usage, since, ids.random_bytes)
                (folder / f"{code}.sm2.{ending}.p12").write_bytes(dual.p12(PIN))
            lines.append(f"{code}\t{name}\n")
        (folder / "list.tsv").write_text("".join(lines))


def _persons(people: dict[str, str]) -> list[Person]:
    return [Person(PersonId(person), name) for person, name in people.items()]


def demo_name(number: int) -> str:
    name, round_ = NAMES[number % len(NAMES)], number // len(NAMES)
    return name if not round_ else name.replace("有限公司", f"第{round_ + 1}分公司有限公司")


def demo_code(number: int) -> str:
    """A social credit code that checks (GB 32100, GB 11714), and is nobody's."""
    organisation = f"{60_000_000 + number * 7:08}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = -sum(int(d) * w for d, w in zip(organisation, weights, strict=True)) % 11
    code = "91110000" + organisation + ("X" if rest == 10 else str(rest))
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + _ALPHABET[-total % 31]


def _pem(issued: Issued) -> str:
    body = b64encode(issued.certificate.der).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
