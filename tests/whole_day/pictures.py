"""Pictures of every page at the main phases, for people to look at.

    python -m tests.whole_day.pictures FOLDER

An opening is played at real pages; at each phase every page is taken in Chinese and English, 1280
and 360 wide, light and dark. FOLDER/hall.png is the one for the README: a bidder's room during
decryption.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import product
from pathlib import Path
from typing import Final

from playwright.async_api import Browser

from tests.browser import open_browser
from tests.whole_day import steps
from tests.whole_day.day import LOT, OFFERS, TITLE, Day
from tests.whole_day.hall import Behind, announce, hall_behind_proxy
from tests.whole_day.persons import Person
from tests.whole_day.proxy import Scissors, cutting

LEAD_S: Final = 80.0  # for the pictures of everything before the deadline
TO_ENGLISH, TO_CHINESE = "English", "中文"
WIDTHS: Final = {1280: 800, 360: 740}
SCHEMES: Final = ("light", "dark")
README: Final = {"width": 1280, "height": 860}


class Album:
    def __init__(self, folder: Path) -> None:
        self.folder, self.taken = folder, 0
        folder.mkdir(parents=True, exist_ok=True)

    async def take(self, name: str, person: Person) -> None:
        """A page as it is now, in all its looks; it is left in Chinese, wide and light."""
        page = person.page
        for language in ("zh", "en"):
            if language == "en":
                await person.press(TO_ENGLISH)
            for (width, height), scheme in product(WIDTHS.items(), SCHEMES):
                await page.set_viewport_size({"width": width, "height": height})
                await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                path = self.folder / f"{name}-{language}-{width}-{scheme}.png"
                await page.screenshot(path=path, full_page=True, animations="disabled")
                self.taken += 1
                wide = await page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    print(f"横向溢出 / {wide} wide instead of {width}: {path.name}", flush=True)
        await person.press(TO_CHINESE)
        await page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})
        await page.emulate_media(color_scheme="light")

    async def all(self, phase: str, day: Day) -> None:
        """The bidder's, the host's and the public's page in this phase."""
        for role, person in (
            ("bidder", day.bidders[0]),
            ("console", day.host),
            ("live", day.viewer),
        ):
            await self.take(f"{phase}-{role}", person)


async def before(album: Album, day: Day, behind: Behind) -> None:
    """Logging in, the lists, sealing, the device's check, preparing a lot."""
    first, host = day.bidders[0], day.host
    await album.take("00-login-bidder", first)
    await album.take("00-login-console", host)
    await album.take("01-scheduled-live", day.viewer)
    firm = day.firms[0]
    await first.log_in([firm.sign, firm.enc])
    await first.page.locator("#f-price").wait_for()
    await album.take("02-seal-bidder", first)
    await steps.fill_and_seal(first, OFFERS[0])
    await album.take("03-received-bidder", first)
    await first.page.goto(f"{behind.origin}/bidder#/")
    await first.page.get_by_text(TITLE).first.wait_for()
    await album.take("04-inbox-bidder", first)
    await first.page.goto(f"{behind.origin}/bidder#/check")
    await album.take("05-check-bidder", first)
    await first.page.goto(f"{behind.origin}/bidder#/lot/{LOT}")
    await steps.sign_in(first)


async def room(album: Album, day: Day) -> None:
    host, (first, second, third) = day.host, day.bidders
    await album.all("10-lobby", day)
    await host.page.get_by_role("button", name="公布投标人名单", exact=True).wait_for()
    await album.all("11-sealed", day)
    await host.press("公布投标人名单")
    await first.until(lambda: first.count("RosterPublished") == 1)
    await album.all("12-roster", day)
    await host.press("开始解密")
    await steps.decrypt(second)
    await first.page.get_by_role("button", name="立即解密").wait_for()
    await readme_picture(album, first)
    await album.all("13-decryption", day)
    await asyncio.gather(steps.decrypt(first), steps.decrypt(third))
    await album.all("14-settled", day)
    await host.press("开始唱标")
    await day.viewer.until(lambda: day.viewer.count("OffersReadOut") == 1)
    await album.all("15-read-out", day)
    await host.press("开始结果确认")
    await steps.object_(second)
    await first.page.get_by_role("button", name="核对无误，签名确认").wait_for()
    await album.all("16-confirmation", day)
    await asyncio.gather(*(steps.confirm(bidder) for bidder in day.bidders))
    await album.all("17-objections", day)
    await steps.answer(host)
    await host.page.get_by_role("button", name="签署开标记录", exact=True).wait_for()
    await album.all("18-signing", day)
    await steps.sign(host)
    await steps.sign(day.recorder)
    await steps.close(host)
    await first.page.get_by_role("link", name="开标记录（PDF）", exact=True).wait_for()
    await album.all("19-closed", day)


async def readme_picture(album: Album, bidder: Person) -> None:
    await bidder.page.set_viewport_size(README)  # type: ignore[arg-type]
    await bidder.page.screenshot(path=album.folder / "hall.png", animations="disabled")


async def lists(album: Album, day: Day, behind: Behind) -> None:
    await day.viewer.page.goto(f"{behind.origin}/live")
    await day.viewer.page.get_by_text(TITLE).first.wait_for()
    await album.take("20-board-live", day.viewer)
    await day.host.page.goto(f"{behind.origin}/console#/")
    await day.host.page.get_by_text(TITLE).first.wait_for()
    await album.take("21-today-console", day.host)
    await day.host.page.goto(f"{behind.origin}/console#/new")
    await day.host.page.locator("form, input").first.wait_for()
    await album.take("22-prepare-console", day.host)


async def play(album: Album, behind: Behind, browser: Browser) -> None:
    await announce(behind, LOT, TITLE, LEAD_S)
    day = await Day.begin(browser, behind, behind.centre.firms()[::2])
    await before(album, day, behind)
    async with asyncio.TaskGroup() as tasks:
        for bidder, firm, offer in list(zip(day.bidders, day.firms, OFFERS, strict=True))[1:]:
            tasks.create_task(steps.hand_in(bidder, firm, offer))
        for agent in (day.host, day.recorder):
            key = behind.centre.staff_file(agent.who.id)
            tasks.create_task(steps.sit_down(agent, key))
    await room(album, day)
    await lists(album, day, behind)
    for person in day.everybody:
        for fault in person.faults:
            print(f"{person.name}: {fault}")


async def main(folder: Path, behind: Behind) -> None:
    album = Album(folder)
    uncut = Scissors(0, torn=0, unsent=0, unanswered=0)
    async with cutting(behind.listening, behind.port, uncut), open_browser() as browser:
        await play(album, behind, browser)
    print(f"{album.taken} 张图片 / pictures: {album.folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("用法 / usage: python -m tests.whole_day.pictures FOLDER")
    with hall_behind_proxy() as hall:
        asyncio.run(main(Path(sys.argv[1]), hall))
