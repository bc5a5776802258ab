"""`bidroom verify RECORD.json …`: check a published record, offline.

    bidroom verify RECORD.json [--root CA.pem …] [--receipt FILE …] [--checkpoint FILE …]
    bidroom verify receipt FILE [--root CA.pem …] [--tsa-root CA.pem …]

Reads the named files and nothing else. Says in words what was proved and what cannot be, prints the
counts as one JSON line and exits 0; or names the first thing that does not hold and exits 1. With
what somebody kept — a receipt, a head of the log — it is looked whether the record agrees with it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from bidroom.publish import kept
from bidroom.publish.findings import NOT_PROVED, PROVED, RecordFails
from bidroom.publish.verify import Proof, verify
from crypto import notes
from crypto.certificates import Certificate
from crypto.errors import SealRefused


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["receipt"]:
            return _receipt(arguments[1:])
        return _record(arguments)
    except OSError as error:
        print(f"读不到文件 / cannot read: {error.filename}", file=sys.stderr)
        return 2
    except SealRefused as refused:
        print(f"证书或密钥不可读 / no certificate or key: {refused.reason}", file=sys.stderr)
        return 2
    except RecordFails as fails:
        return say_failed(fails)


def say_failed(fails: RecordFails) -> int:
    print(f"核验不通过 / does not hold: {fails.where}", file=sys.stderr)
    print(f"{fails.zh} / {fails.en} [{fails.fault}] {fails.detail}".rstrip(), file=sys.stderr)
    return 1


def _record(arguments: list[str]) -> int:
    given = _arguments().parse_args(arguments)
    roots = [Certificate.load(path.read_bytes()).der for path in given.root]
    witnesses = [notes.Key.parse(text) for text in given.witness]
    data = given.record.read_bytes()
    proof = verify(data, roots or None)
    contents = kept.contents_of(data)
    for path in given.receipt:
        kept.has_receipt(data, path.read_bytes())
    for path in given.checkpoint:
        kept.has_checkpoint(contents, path.read_text(), witnesses)
    _say_what_was_shown(proof)
    print(msgspec.json.encode(proof).decode())
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bidroom verify",
        description="离线核验公开的开标记录 / verify a published record offline",
    )
    parser.add_argument("record", type=Path, help="record.json")
    parser.add_argument(
        "--root",
        type=Path,
        action="append",
        default=[],
        help="信任的根证书，不给则采用记录内的 / a root you trust, instead of the file's",
    )
    parser.add_argument(
        "--receipt", type=Path, action="append", default=[], help="您的回执 / a receipt of yours"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="您保存的日志检查点 / a head of the log that you kept",
    )
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="KEY",
        help="信任的见证人公钥 name+hash+key / a witness you trust",
    )
    return parser


def _receipt(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bidroom verify receipt", description="离线核验回执 / verify a receipt offline"
    )
    parser.add_argument("receipt", type=Path)
    for name, about in (
        ("--root", "平台证书的根与签发证书 / roots and issuers of the hall's certificate"),
        ("--tsa-root", "时间戳机构的根证书 / roots of the time-stamping authority"),
    ):
        parser.add_argument(name, type=Path, action="append", default=[], help=about)
    given = parser.parse_args(arguments)
    roots = [Certificate.load(path.read_bytes()) for path in given.root]
    stampers = [Certificate.load(path.read_bytes()) for path in given.tsa_root]
    proof = kept.judge_receipt(given.receipt.read_bytes(), roots, stampers)
    print("回执有效 / the receipt holds", file=sys.stderr)
    if not proof.leads_to_a_root:
        print(
            "签发证书未经核对（--root）/ whose certificate it is was not looked at (--root)",
            file=sys.stderr,
        )
    if proof.has_stamp and proof.stamped_at is None:
        print("时间戳未核对（--tsa-root）/ its time-stamp was not looked at", file=sys.stderr)
    print(msgspec.json.encode(proof).decode())
    return 0


def _say_what_was_shown(proof: Proof) -> None:
    said = [f"核验通过 / holds: {proof.opening}", "已证明 / proved:"]
    said += [f"  ✓ {zh}\n    {en}" for zh, en in PROVED]
    said += ["不能由本文件证明 / not proved by this file:"]
    said += [f"  · {zh}\n    {en}" for zh, en in NOT_PROVED]
    print("\n".join(said), file=sys.stderr)
