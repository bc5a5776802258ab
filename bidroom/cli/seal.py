"""`bidroom seal`: seal a tender on this machine and hand it in, with progress, and resumable.

    bidroom seal --url https://hall.example --opening LOT --letter letter.json --file 技术标.pdf
                 --sign x.sign.p12 --enc x.enc.p12 [--pin-file PIN] [--keep FOLDER]
                 [--spare other.cer] [--key-file spare.p12 [--passphrase-file FILE]]

The letter is a JSON object of the notice's read-out fields (price in fen, rates in hundredths of a
per cent). Run again with the same --keep after a break: what was uploaded is not sent again.

`--spare` seals to another encryption certificate of the firm's besides (a second token);
`--key-file` to a key in a file under a passphrase, made when it isn't there: should the token be
lost, choose it on the page like any .p12, or give it to `bidroom unlock --key-file`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import json

from bidroom import clock, ids
from bidroom.cli.client import Client, Keys, Refused, Sealed
from bidroom.cli.keys import secret, why
from bidroom.opening.offer import LETTER, LetterUnreadable, read_offer
from bidroom.opening.record import OpeningScheduled
from crypto import keyfile
from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused
from crypto.letter import FileIn
from crypto.seal import Package
from crypto.softkey import SoftKey, open_pkcs12


def main(arguments: list[str]) -> int:
    given = _arguments().parse_args(arguments)
    try:
        pin = secret(given.pin_file, "PIN: ")
        keys = Keys(
            open_pkcs12(given.sign.read_bytes(), pin), open_pkcs12(given.enc.read_bytes(), pin)
        )
        spares = [Certificate.load(path.read_bytes()) for path in given.spare]
        if given.key_file:
            spares.append(_key_file(given, keys.sign))
        receipt = asyncio.run(_hand_in(given, keys, spares))
    except Refused as no:
        print(f"未受理 / refused: {no.zh}\n{no.en}", file=sys.stderr)
        return 1
    except SealRefused as no:
        print(f"无法加密 / cannot seal: {why(no)}", file=sys.stderr)
        return 1
    except LetterUnreadable as no:
        print(f"开标一览表有误 / the letter is wrong: {no}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"读写失败 / cannot read or write: {error.filename or error}", file=sys.stderr)
        return 2
    path = given.receipt or Path(f"receipt-{given.opening}.json")
    path.write_bytes(json.format(json.encode(receipt), indent=2))
    print(f"已签收，回执 / received, receipt: {path}")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bidroom seal", description="加密并递交投标文件 / seal a tender and hand it in"
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--opening", required=True, help="标段编号 / the lot's code")
    parser.add_argument("--letter", type=Path, required=True, help="JSON")
    parser.add_argument("--file", type=Path, action="append", default=[])
    parser.add_argument("--sign", type=Path, required=True, help=".p12")
    parser.add_argument("--enc", type=Path, required=True, help=".p12")
    parser.add_argument("--pin-file", type=Path)
    parser.add_argument(
        "--spare", type=Path, action="append", default=[], help="另一张加密证书 / another .cer"
    )
    parser.add_argument("--key-file", type=Path, help="备用密钥文件 / spare key, .p12")
    parser.add_argument("--passphrase-file", type=Path)
    parser.add_argument("--keep", type=Path, help="加密结果存放处，可续传 / to resume from")
    parser.add_argument("--receipt", type=Path)
    return parser


def _key_file(given: argparse.Namespace, signer: SoftKey) -> Certificate:
    """The certificate of the key file, which is made where there is none yet."""
    path: Path = given.key_file
    there = path.exists()
    passphrase = secret(given.passphrase_file, "密钥文件口令 / passphrase: ")
    if not there and secret(given.passphrase_file, "再输一次 / again: ") != passphrase:
        raise SealRefused(Reason.WRONG_PIN, "the two differ")
    if there:
        return open_pkcs12(path.read_bytes(), passphrase).certificate
    data, certificate = keyfile.make(signer, passphrase, clock.now(), ids.random_bytes)
    path.touch(0o600, exist_ok=False)
    path.write_bytes(data)
    return certificate


async def _hand_in(
    given: argparse.Namespace, keys: Keys, spares: Sequence[Certificate]
) -> dict[str, Any]:
    client = Client(given.url, keys)
    try:
        await client.log_in()
        _warn(await client.get("bidder/certificates"), client)
        lot = await client.get(f"bidder/openings/{given.opening}")
        with tempfile.TemporaryDirectory(prefix="bidroom-seal-") as scratch:
            folder = given.keep or Path(scratch)
            sealed = _kept(folder) or _sealed(given, client, lot["facts"], folder, spares)
            receipt = await client.upload(given.opening, sealed, _show)
        print(file=sys.stderr)
        await client.rehearse(given.opening)
        listed = await client.get(f"bidder/openings/{given.opening}/receipts")
        newest: dict[str, Any] = (listed["receipts"] or [receipt])[-1]
        return newest if newest["statement"] == receipt["statement"] else receipt
    finally:
        await client.close()


def _warn(told: dict[str, Any], client: Client) -> None:
    """What a page says at log-in: tenders that need an older key, and what runs out."""
    assert client.keys is not None
    assert client.keys.decrypt is not None
    own = client.keys.decrypt.certificate.fingerprint
    for tender in told["tenders"]:
        if own not in [it["fingerprint"] for it in tender["recipients"]]:
            lot = tender["lot"]
            print(
                f"注意：{lot} 封装给旧证书，请保留旧密钥 / keep the old key: {lot} needs it",
                file=sys.stderr,
            )
    for alarm in told["alarms"]:
        ends = alarm["certificate"]["not_after"]
        which = alarm["opening"] or alarm["certificate"]["usage"]
        print(f"证书到期 / certificate ends: {ends} ({which})", file=sys.stderr)


def _sealed(
    given: argparse.Namespace,
    client: Client,
    facts: dict[str, Any],
    folder: Path,
    spares: Sequence[Certificate],
) -> Sealed:
    letter = {"typ": LETTER, "fields": json.decode(given.letter.read_bytes())}
    announced = json.decode(json.encode(facts), type=OpeningScheduled)
    read_offer(announced.notice, letter)
    files = [_file(path) for path in given.file]
    sealed = client.seal(facts, letter, files, folder, clock.now(), spares)
    (folder / "package.json").write_bytes(json.encode(sealed.package))
    return sealed


def _kept(folder: Path) -> Sealed | None:
    """What an earlier run sealed into `folder`."""
    papers = folder / "package.json"
    if not papers.exists():
        return None
    package = json.decode(papers.read_bytes(), type=Package)
    return Sealed(package, (folder / "section.0", folder / "section.1"))


def _file(path: Path) -> FileIn:
    def read(offset: int, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    return FileIn(path.name, path.stat().st_size, read)


def _show(done: int, whole: int) -> None:
    print(f"\r上传 / uploading {done}/{whole} MiB", end="", file=sys.stderr, flush=True)
