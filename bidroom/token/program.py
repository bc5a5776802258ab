"""`bidroom token`: the program beside the browser that holds keys on devices (docs/ukey.md).

    bidroom token --origin https://hall.example --module /usr/lib/softhsm/libsofthsm2.so
    bidroom token --origin https://hall.example --p12 x.sign.p12 --p12 x.enc.p12

It listens on 127.0.0.1 only. PINs are asked for at the terminal it was started from or in a window
of its own, and whatever binds its holder is signed only after a yes there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn

from bidroom import clock, ids
from bidroom.origin import TOKEN_PORT, exact_origin
from bidroom.token.asker import Asker, NobodyToAsk, Terminal, Unattended
from bidroom.token.desk import Desk
from bidroom.token.device import Device
from bidroom.token.door import door
from bidroom.token.soft import Soft
from bidroom.token.window import Window

HOST: Final = "127.0.0.1"
MODULE: Final = "BIDROOM_PKCS11_MODULE"
GRACE_S: Final = 2


class CannotStart(Exception):
    """无法启动 / Why not, in both languages."""


class Server(uvicorn.Server):
    """uvicorn's, which also stops asking when it is told to stop."""

    def __init__(self, config: uvicorn.Config, asker: Asker) -> None:
        super().__init__(config)
        self._asker = asker

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._asker.stop()
        super().handle_exit(sig, frame)


def main(arguments: list[str]) -> int:
    given = _arguments().parse_args(arguments)
    try:
        origins = frozenset(_origin(one) for one in given.origin)
        device = _device(given.module or os.environ.get(MODULE, ""), given.p12)
        asker = _asker(given)
        listening = socket.create_server((HOST, given.port))
    except (CannotStart, NobodyToAsk) as fault:
        print(fault, file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"无法启动 / cannot start: {fault}", file=sys.stderr)
        return 1
    with listening:
        host = f"{HOST}:{listening.getsockname()[1]}"
        desk = Desk(
            device,
            asker,
            confirms=not given.no_confirm,
            steady_s=clock.steady_s,
            secret=lambda: ids.nonce().hex(),
            say=_say,
        )
        config = uvicorn.Config(
            door(desk, host, origins),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=GRACE_S,
        )
        print(f"UKey 程序 / the program for tokens: http://{host}", flush=True)
        print(f"服务于 / serves: {' '.join(sorted(origins))}", flush=True)
        asyncio.run(Server(config, asker).serve(sockets=[listening]))
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bidroom token", description="供网页使用 UKey 的本机程序 / keys on devices, for pages"
    )
    parser.add_argument(
        "--origin", action="append", required=True, help="允许的网站，可多次 / a hall; repeatable"
    )
    parser.add_argument("--module", help=f"PKCS#11 驱动 / module; or {MODULE}")
    parser.add_argument("--p12", type=Path, action="append", default=[], help="证书文件 / key file")
    parser.add_argument("--port", type=int, default=TOKEN_PORT, help=f"端口 / port ({TOKEN_PORT})")
    parser.add_argument(
        "--window", help="在窗口中询问 / ask in a window: pinentry-gnome3, -qt, -mac …"
    )
    parser.add_argument("--pin-file", type=Path, help="无人值守：口令文件 / unattended")
    parser.add_argument(
        "--no-confirm", action="store_true", help="签名前不再询问 / don't ask before signing"
    )
    return parser


def _asker(given: argparse.Namespace) -> Asker:
    if given.pin_file:
        return Unattended(given.pin_file)
    return Window(given.window) if given.window else Terminal()


def _origin(given: str) -> str:
    try:
        return exact_origin(given)
    except ValueError as fault:
        raise CannotStart(f"--origin {given}: {fault}") from None


def _device(module: str, files: list[Path]) -> Device:
    if bool(module) == bool(files):
        raise CannotStart(
            "请用 --module 指定 PKCS#11 驱动，或用 --p12 指定证书文件（二者取一）\n"
            "name a PKCS#11 module with --module, or key files with --p12: one of the two"
        )
    if files:
        return Soft({path.name: path.read_bytes() for path in files})
    try:
        from bidroom.token.cryptoki import Cryptoki, NoModule
    except ImportError:
        raise CannotStart(
            "缺少 python-pkcs11：请安装 bidroom[token]，或用 ./run token 启动\n"
            "python-pkcs11 is missing: install bidroom[token], or start with ./run token"
        ) from None
    try:
        return Cryptoki(module)
    except NoModule as fault:
        raise CannotStart(str(fault)) from None


def _say(what: str) -> None:
    """To whoever sits there; neither secrets nor lots are in it."""
    print(f"{clock.now().astimezone():%H:%M:%S}  {what}", flush=True)
