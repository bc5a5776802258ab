"""`./run bench verify`: `bidroom verify` of the record of a hundred bidders.

The opening is played through the rules with real keys, seals and signatures, without a hall. Its
limit is what can't be saved: the signatures in it, each verified once by the library alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from bidroom.publish.verify import verify
from loadtest.packages import machine
from tests.publish.opened import Opened

BIDDERS: Final = 100
ROUNDS: Final = 5
AIM_S: Final = 2.0


def main() -> int:
    opened = Opened(BIDDERS - 3).closed(confirming=BIDDERS - 1)
    record = opened.published()
    acts = list(signed(json.loads(record)))
    whole, bare = list[float](), list[float]()
    for _ in range(ROUNDS):
        whole.append(timed(lambda: verify(record)))
        bare.append(timed(lambda: check_all(acts)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "record.json"
        path.write_bytes(record)
        command = [sys.executable, "-m", "bidroom", "verify", str(path)]
        process = timed(
            lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (ours)
        )
    print(json.dumps(machine()))
    what = {"bench": "verify", "bidders": BIDDERS, "bytes": len(record), "signatures": len(acts)}
    print(json.dumps(what | line("verify", median(whole), AIM_S, "the aim: 2 s")))
    print(json.dumps(what | line("verify", median(whole), median(bare), "its bare signatures")))
    print(json.dumps(what | line("command line, once", process, AIM_S, "the aim: 2 s")))
    return 0


def signed(value: Any) -> list[tuple[bytes, bytes, bytes]]:
    """Every statement in the record with its signature and certificate."""
    if isinstance(value, list):
        return [one for inner in value for one in signed(inner)]
    if not isinstance(value, dict):
        return []
    if set(value) == {"statement", "signature", "certificate"}:
        statement, rest = value["statement"], (value["signature"], value["certificate"])
        signature, certificate = map(b64decode, rest)
        return [(statement.encode(), signature, certificate)]
    return [one for inner in value.values() for one in signed(inner)]


def check_all(acts: list[tuple[bytes, bytes, bytes]]) -> None:
    for statement, signature, certificate in acts:
        key = x509.load_der_x509_certificate(certificate).public_key()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, statement, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, statement, ec.ECDSA(SHA256()))


def timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def line(what: str, ours: float, limit: float, name: str) -> dict[str, Any]:
    return {
        "what": what,
        "ours": round(ours, 3),
        "limit": round(limit, 3),
        "limit_name": name,
        "ratio": round(ours / limit, 2),
        "unit": "s",
    }


if __name__ == "__main__":
    sys.exit(main())
