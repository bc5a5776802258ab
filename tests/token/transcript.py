"""What a page and the program say to each other while a bidder seals and opens with a token.

    python -m tests.token.transcript

The story of test_in_chromium.py is played with SoftHSM tokens; the requests of the first bidder's
page (its sealing worker's included) are printed with their answers, secrets struck out.
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64decode
from contextlib import suppress
from typing import Any, Final, NamedTuple

from playwright.async_api import Error, Response

from crypto.certificates import Certificate
from tests.browser import open_browser
from tests.token.holder import Program
from tests.token.story import LEAD_S, Place, announce, come, place, play
from tests.whole_day.persons import Person

STRUCK: Final = "▇▇▇▇"
SECRETS: Final = {"session", "key"}  # of an answer to open, and to unwrap
SHOWN_MAX: Final = 44


async def main(here: Place) -> None:
    await announce(here, LEAD_S)
    with here.program() as program:
        async with open_browser(here.public) as browser:
            bidders = [await come(browser, here, number) for number in (0, 1)]
            asked = told_of(program, bidders[0])
            opening = await play(here, bidders)
            print(f"Chromium {browser.version}; the hall {here.house.url} counts as a public site")
            for exchange in asked:
                _print(exchange)
        print(
            "\nat the program's terminal (the PIN is not shown there, nor was it in any request):"
        )
        for line in program.holder.seen.splitlines():
            print(f"    {line}")
    print(f"\nphase {opening.phase}; decrypted {opening.decrypted_count}")


class Exchange(NamedTuple):
    """`said` is None where the worker that asked has ended with its answer."""

    path: str
    origin: str
    sent: dict[str, Any]
    status: int
    said: dict[str, Any] | None


def told_of(program: Program, person: Person) -> list[Exchange]:
    """What the page and its worker ask of the program from now on, and the answers."""
    found: list[Exchange] = []

    async def note(response: Response) -> None:
        request = response.request
        if not response.url.startswith(program.url) or request.method != "POST":
            return
        origin = (await request.all_headers())["origin"]
        path, sent = response.url.removeprefix(program.url), request.post_data_json or {}
        at = len(found)
        found.append(Exchange(path, origin, sent, response.status, None))
        with suppress(Error):
            found[at] = found[at]._replace(said=await response.json())

    person.page.on("response", note)
    return found


def _print(exchange: Exchange) -> None:
    print(f"\nPOST {exchange.path}   Origin: {exchange.origin}{_about(exchange.sent)}")
    print(f"  → {_struck(exchange.sent, {'session'})}")
    if exchange.said is None:
        print(f"  ← {exchange.status} (to the sealing worker)")
        return
    said = exchange.said
    print(f"  ← {exchange.status} {_struck(said, SECRETS)}")
    for key in said.get("keys", ()):
        print(f"      {key['id']} {Certificate(b64decode(key['certificate'])).subject_name}")


def _about(sent: dict[str, Any]) -> str:
    """What is signed, as its text names itself."""
    text = sent.get("content") or sent.get("data")
    if text is None:
        return ""
    fields = json.loads(b64decode(text))
    return "   " + " ".join(fields[name] for name in ("typ", "purpose") if name in fields)


def _struck(said: dict[str, Any], secrets: set[str]) -> str:
    return json.dumps(_short(said, secrets), ensure_ascii=False)


def _short(value: Any, secrets: set[str]) -> Any:
    match value:
        case dict():
            return {
                name: STRUCK
                if name in secrets and isinstance(inner, str)
                else _short(inner, secrets)
                for name, inner in value.items()
            }
        case list():
            return [_short(inner, secrets) for inner in value]
        case str() if len(value) > SHOWN_MAX:
            return f"{value[:SHOWN_MAX]}… ({len(value)} characters)"
    return value


def _kept(name: str, value: Any, secrets: set[str]) -> Any:
    return STRUCK if name in secrets and isinstance(value, str) else _short(value, secrets)


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit("用法 / usage: python -m tests.token.transcript")
    with place() as made:
        asyncio.run(main(made))
