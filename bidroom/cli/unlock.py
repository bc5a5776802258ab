"""`bidroom unlock`: decrypt one's own tender in the opening, from this machine.

    bidroom unlock --url https://hall.example --opening LOT --sign x.sign.p12 --enc x.enc.p12
                   [--pin-file PIN] [--key-file F [--passphrase-file P]]

For lots under SM1, which pages can't open yet, and for a key file. It signs in when signing in
begins, waits for the window, hands over the keys and says what came of it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bidroom.cli.client import Client, Keys, Refused
from bidroom.cli.keys import secret, why
from bidroom.cli.line import HungUp, open_line
from bidroom.opening.record import Phase
from bidroom.opening.state import Opening
from bidroom.words import WORDS
from crypto.errors import SealRefused
from crypto.softkey import open_pkcs12

BEFORE = frozenset({Phase.SCHEDULED, Phase.LOBBY, Phase.SEALED, Phase.ROSTER, Phase.DRAW})


def main(arguments: list[str]) -> int:
    given = _arguments().parse_args(arguments)
    try:
        refused = asyncio.run(_unlock(given, _keys(given)))
    except Refused as no:
        print(f"未受理 / refused: {no.zh}\n{no.en}", file=sys.stderr)
        return 1
    except SealRefused as no:
        print(f"无法解密 / cannot decrypt: {why(no)}", file=sys.stderr)
        return 1
    except HungUp as no:
        print(f"连接已被关闭 / the hall hung up: {no.code}", file=sys.stderr)
        return 1
    except TimeoutError:
        print(f"{given.wait_s} 秒内未到解密时段 / the window didn't come", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"读写失败 / cannot read or write: {error.filename or error}", file=sys.stderr)
        return 2
    if refused is not None:
        print(f"未解密 / not decrypted: {refused}", file=sys.stderr)
        return 1
    print("已解密 / decrypted")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bidroom unlock", description="开标时解密自己的投标文件 / decrypt your own tender"
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--opening", required=True, help="标段编号 / the lot's code")
    parser.add_argument("--sign", type=Path, required=True, help=".p12")
    parser.add_argument("--enc", type=Path, help=".p12")
    parser.add_argument("--pin-file", type=Path)
    parser.add_argument("--key-file", type=Path, help="备用密钥文件，代替 --enc / instead of --enc")
    parser.add_argument("--passphrase-file", type=Path)
    parser.add_argument("--wait-s", type=float, default=4 * 3600.0, help="最多等待秒数 / at most")
    return parser


def _keys(given: argparse.Namespace) -> Keys:
    pin = secret(given.pin_file, "PIN: ")
    sign = open_pkcs12(given.sign.read_bytes(), pin)
    if given.key_file:
        passphrase = secret(given.passphrase_file, "密钥文件口令 / passphrase: ")
        return Keys(sign, open_pkcs12(given.key_file.read_bytes(), passphrase))
    if given.enc is None:
        _arguments().error("--enc 或 --key-file 必有其一 / --enc or --key-file is needed")
    return Keys(sign, open_pkcs12(given.enc.read_bytes(), pin))


async def _unlock(given: argparse.Namespace, keys: Keys) -> str | None:
    """Why the hall refused the keys, or None. Raises Refused, SealRefused, HungUp, TimeoutError."""
    client = Client(given.url, keys)
    try:
        await client.log_in()
        async with open_line(client, given.opening) as line:
            now = await line.until(_come, given.wait_s)
            if now.phase is Phase.LOBBY:
                await client.rehearse(given.opening)  # a wrong key shows before the window
                await client.sign_in(given.opening)
                print("已签到，等待解密时段 / signed in, waiting for the window", file=sys.stderr)
                now = await line.until(lambda it: it.phase not in BEFORE, given.wait_s)
            if now.phase is not Phase.DECRYPTION:
                return "解密时段已过 / the window is over"
            said = await line.ask(await client.unlocking(given.opening))
    finally:
        await client.close()
    if said["type"] == "Done":
        return None
    zh, en = WORDS[said["reason"]]
    return f"{zh}\n{en}"


def _come(now: Opening) -> bool:
    """Whether there is something to do: signing in, or the window."""
    return now.phase is Phase.LOBBY or now.phase not in BEFORE
