"""`bidroom draw`: what a draw (抽取) needs before its notice, on each contributor's own machine.

    bidroom draw call --url https://hall.example --lot LOT --holder notary-1=n.enc.cer … > call.json
    bidroom draw contribute --call call.json --sign x.sign.p12 [--pin-file PIN] > share.json
    bidroom draw plan --url … --call call.json --rounds rounds.json --sign host.p12 share.json …

`call` lists who contributes, with the certificates that parts are sealed to. Each contributor makes
a share for it, and hands in a file that holds nothing in the clear. `plan` adds the platform's own
and prints the notice's `draw`.
Whoever is named with --notary contributes as notary, the others as supervisors.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from msgspec import json

from bidroom import ids
from bidroom.cli.client import Client, Keys, Refused
from bidroom.envelope import PersonId
from bidroom.opening.plan import Contributor, DrawPlan, Part, Round
from bidroom.shares import Call, Called, ShareRefused, contribute, signer_of
from crypto.certificates import Certificate
from crypto.errors import SealRefused
from crypto.softkey import SoftKey, open_pkcs12


def main(arguments: list[str]) -> int:
    given = _arguments().parse_args(arguments)
    try:
        said = {"call": _call, "contribute": _contribute, "plan": _plan}[given.verb](given)
    except (SealRefused, ShareRefused, msgspec.MsgspecError, StopIteration, LookupError) as no:
        print(f"材料不符 / something isn't as it must be: {no}", file=sys.stderr)
        return 1
    except Refused as no:
        print(f"未受理 / refused: {no.zh}\n{no.en}", file=sys.stderr)
        return 1
    except (OSError, httpx2.TransportError) as error:
        print(f"读取或连接失败 / cannot read or connect: {error}", file=sys.stderr)
        return 2
    print(json.format(json.encode(said), indent=2).decode())
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bidroom draw", description="抽取：承诺份额、汇成方案 / shares of a draw, and its plan"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    call = verbs.add_parser("call", help="列出参与方 / list who contributes")
    call.add_argument("--url", required=True)
    call.add_argument("--lot", required=True)
    call.add_argument("--notary", default="", help="公证人编号 / which of them is the notary")
    call.add_argument("--holder", action="append", default=[], help="ID=CERTIFICATE")
    share = verbs.add_parser("contribute", help="生成并承诺份额 / make a share, and commit to it")
    share.add_argument("--call", type=Path, required=True)
    plan = verbs.add_parser("plan", help="汇成公告的抽取方案 / put the notice's plan together")
    plan.add_argument("--url", required=True)
    plan.add_argument("--call", type=Path, required=True)
    plan.add_argument("--rounds", type=Path, required=True)
    plan.add_argument("shares", type=Path, nargs="+")
    for verb in (share, plan):
        verb.add_argument("--sign", type=Path, required=True, help="签名证书 / .p12 that signs")
        verb.add_argument("--pin-file", type=Path)
    return parser


def _call(given: argparse.Namespace) -> Call:
    platform = httpx2.get(f"{given.url.rstrip('/')}/api/draw-platform").raise_for_status()
    called = [json.decode(platform.content, type=Called)]
    for holder in given.holder:
        person, _, path = holder.partition("=")
        certificate = Certificate.load(Path(path).read_bytes())
        part = Part.NOTARY if person == given.notary else Part.SUPERVISOR
        name = certificate.common_name or person
        called.append(Called(part, PersonId(person), name, certificate.der))
    return Call(given.lot, tuple(called))


def _contribute(given: argparse.Namespace) -> Contributor:
    call, key = json.decode(given.call.read_bytes(), type=Call), _key(given)
    person = PersonId(key.certificate.serial_number or "")
    return contributed(call, person, key)


def contributed(call: Call, person: PersonId, key: SoftKey) -> Contributor:
    """`person`'s contribution to what was called for. Raises StopIteration for a stranger."""
    holders = [it.holder for it in call.holders]
    return contribute(call.lot, person, holders, key, ids.random_bytes, call.together)


def _plan(given: argparse.Namespace) -> DrawPlan:
    call = json.decode(given.call.read_bytes(), type=Call)
    rounds = json.decode(given.rounds.read_bytes(), type=tuple[Round, ...])
    made = [json.decode(path.read_bytes(), type=Contributor) for path in given.shares]
    return asyncio.run(_with_platform(given, call, rounds, made))


async def _with_platform(
    given: argparse.Namespace, call: Call, rounds: tuple[Round, ...], made: list[Contributor]
) -> DrawPlan:
    client = Client(given.url, Keys(_key(given)))
    try:
        await client.log_in()
        return await planned(client, call, rounds, made)
    finally:
        await client.close()


async def planned(
    client: Client, call: Call, rounds: tuple[Round, ...], made: list[Contributor]
) -> DrawPlan:
    """The plan, with the platform's contribution from the hall. `client` is the agent's.

    Raises ShareRefused where a contribution isn't as it was signed, LookupError for a missing one.
    """
    said: dict[str, Any] = await client.post("console/draw-share", call)
    by_person = {it.person: it for it in [*made, msgspec.convert(said, Contributor)]}
    ordered = tuple(by_person[it.person] for it in call.holders)
    for one in ordered:
        signer_of(call.lot, one)
    return DrawPlan(rounds, ordered, call.together)


def _key(given: argparse.Namespace) -> SoftKey:
    pin = given.pin_file.read_text().strip() if given.pin_file else getpass.getpass("PIN: ")
    return open_pkcs12(given.sign.read_bytes(), pin)
