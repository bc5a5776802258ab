"""`bidroom demo-ca FOLDER [--firms N] [--second-ca]`: a demonstration centre (cli/centre.py)."""

from __future__ import annotations

import argparse
from pathlib import Path

from bidroom import clock
from bidroom.cli.centre import PIN, Centre


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bidroom demo-ca", description="生成演示用证书 / make certificates for a demo"
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--firms", type=int, default=5, help="投标人数 / how many firms")
    parser.add_argument(
        "--second-ca", action="store_true", help="加密证书由另一 CA 签发 / two CAs, one list"
    )
    given = parser.parse_args(arguments)
    if (given.folder / "ca").exists():
        print(f"已存在，未改动 / there already, left as it is: {given.folder}")
        return 1
    centre = Centre(given.folder)
    centre.make(clock.now(), given.firms, second=given.second_ca)
    print(f"证书已生成 / made: {given.folder}（PIN {PIN}）")
    for firm in centre.firms():
        print(f"  {firm.code}  {firm.name}  {firm.sign.name}  {firm.enc.name}")
    return 0
