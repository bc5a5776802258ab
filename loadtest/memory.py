"""`./run bench memory [GB]`: how much memory sealing a large tender takes, in Chromium and by CLI.

A bidder seals one file (2 GB unless told otherwise) and hands it in to a real hall: by `bidroom
seal` in a process of its own, and in the real page in headless Chromium, with a profile on disk.
Counted are the largest resident sizes that the kernel saw: of the process, and of the page's
renderer (VmHWM), which is also told above what it was before sealing began.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.async_api import Page, async_playwright

from bidroom import clock
from bidroom.cli.centre import PIN, Centre, Firm
from bidroom.demo.house import House, running
from bidroom.demo.parties import desk
from bidroom.demo.stories import Story, schedule, soon
from loadtest.packages import machine
from tests.browser import FLAGS, browser_path

LOT: Final = "BENCH-MEMORY"
LIMIT_MB: Final = 300
LEAD_S: Final = 3600
PATIENCE_MS: Final = 1_200_000
LETTER: Final = {"price": 980_000_00, "duration": 180, "quality": "合格", "manager": "王工"}


def main() -> int:
    size = int(float(sys.argv[1]) * 1e9) if len(sys.argv) > 1 else 2_000_000_000
    with TemporaryDirectory(prefix="bidroom-bench-") as folder:
        data = Path(folder)
        data.chmod(0o711)
        file = data / "tender.bin"
        with file.open("wb") as out:
            for _ in range(size // 1_000_000):
                out.write(os.urandom(1_000_000))
        centre = Centre(data / "centre")
        centre.make(clock.now(), 2)
        with running(data, centre, 0, durable=False) as house:
            asyncio.run(announce(house))
            print(json.dumps(machine() | {"bytes": size}))
            by_cli(house, centre.firms()[0], file, data)
            asyncio.run(in_chromium(house, centre.firms()[1], file, data))
    return 0


async def announce(house: House) -> None:
    people = await desk(house.url, house.centre)
    await schedule(
        people, house.centre, Story(LOT, "大文件", (), window_s=600), soon(clock.now(), LEAD_S)
    )
    for person in people:
        await person.close()


def by_cli(house: House, firm: Firm, file: Path, data: Path) -> None:
    letter, pin = data / "letter.json", data / "pin"
    letter.write_text(json.dumps(LETTER))
    pin.write_text(PIN)
    command = [sys.executable, "-m", "bidroom", "seal", "--url", house.url, "--opening", LOT]
    command += ["--letter", str(letter), "--file", str(file), "--pin-file", str(pin)]
    command += ["--sign", str(firm.sign), "--enc", str(firm.enc), "--receipt", str(data / "r.json")]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (ours)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    say("bidroom seal", peak, time.monotonic() - started)


async def in_chromium(house: House, firm: Firm, file: Path, data: Path) -> None:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            data / "profile", executable_path=browser_path(), args=list(FLAGS), locale="zh-CN"
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.pages[0]
        await page.goto(f"{house.url}/bidder#/lot/{LOT}/seal")
        await page.set_input_files("#key-files", [firm.sign, firm.enc])
        await page.fill("#pin-0", PIN)
        await page.get_by_role("button", name="登录", exact=True).click()
        await page.fill("#f-price", "980000.00")
        await page.fill("#f-duration", "180")
        await page.fill("#f-quality", "合格")
        await page.fill("#f-manager", "王工")
        await page.set_input_files("#tender-files", file)
        before = renderer_mb(data)
        started = time.monotonic()
        await page.get_by_role("button", name="封装并递交", exact=True).click()
        sealed_s = await sealing(page, started)
        await page.get_by_text("已签收，投标有效").first.wait_for()
        peak = renderer_mb(data)
        say(
            "Chromium's renderer",
            peak,
            sealed_s,
            {"before": round(before), "mb_more": peak - before},
        )
        await context.close()


async def sealing(page: Page, started: float) -> float:
    """Seconds until what is sealed is uploaded."""
    await page.locator(".handing li").nth(4).locator("progress").wait_for()
    return time.monotonic() - started


def renderer_mb(data: Path) -> float:
    """The largest resident size that any renderer of this profile's browser ever had."""
    parents, renderers, browsers = dict[int, int](), dict[int, float](), set[int]()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            words = (process / "cmdline").read_bytes()  # Chromium writes its own anew
            status = (process / "status").read_text()
            number = int(process.name)
            parents[number] = int(status.partition("PPid:")[2].split()[0])
            if b"--type=renderer" in words:
                renderers[number] = int(status.partition("VmHWM:")[2].split()[0]) / 1024
            elif str(data).encode() in words and b"--type=" not in words:
                browsers.add(number)

    def ours(number: int) -> bool:
        while number > 1 and number not in browsers:
            number = parents.get(number, 0)
        return number in browsers

    return max((size for number, size in renderers.items() if ours(number)), default=0.0)


def say(what: str, peak_mb: float, seconds: float, more: dict[str, Any] | None = None) -> None:
    told = {"bench": "memory", "what": what, "ours": round(peak_mb), "limit": LIMIT_MB}
    told |= {"limit_name": "300 MB", "ratio": round(peak_mb / LIMIT_MB, 2), "unit": "MB"}
    told |= {"seconds": round(seconds, 1)} | {k: round(v) for k, v in (more or {}).items()}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    sys.exit(main())
