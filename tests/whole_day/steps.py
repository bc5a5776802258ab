"""What bidders, host and recorder do at their pages, from logging in to the closed record."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from playwright.async_api import FilePayload

from bidroom.cli.centre import Firm
from tests.whole_day.persons import Person

BODY: Final = b"technical proposal " * 120_000  # more than two parts
OBJECTION: Final = "请核对我方工期：唱标与投标函是否一致？"
ANSWER: Final = "经核对一致，唱标内容准确。"


class Offer(NamedTuple):
    """What a bidder types, and what is then read out."""

    price: str
    days: str
    manager: str


async def hand_in(bidder: Person, firm: Firm, offer: Offer) -> None:
    """Log in, seal and upload in the browser, and sign in."""
    await bidder.log_in([firm.sign, firm.enc])
    await fill_and_seal(bidder, offer)
    await bidder.page.get_by_role("link", name="返回本标段", exact=True).click()
    await sign_in(bidder)


async def fill_and_seal(bidder: Person, offer: Offer) -> None:
    page = bidder.page
    await page.fill("#f-price", offer.price)
    await page.fill("#f-duration", offer.days)
    await page.fill("#f-quality", "合格")
    await page.fill("#f-manager", offer.manager)
    file = FilePayload(name="技术标.pdf", mimeType="application/pdf", buffer=BODY)
    await page.set_input_files("#tender-files", [file])
    await bidder.press("封装并递交")
    await bidder.read("已签收，投标有效")


async def sign_in(bidder: Person) -> None:
    await bidder.press("签到")
    await bidder.read("已签到")


async def decrypt(bidder: Person) -> None:
    await bidder.press("立即解密")
    await bidder.until(lambda: bidder.has_heard("TenderDecrypted"))
    await bidder.page.get_by_role("button", name="立即解密").wait_for(state="detached")


async def object_(bidder: Person) -> None:
    await bidder.press("提出异议")
    await bidder.page.fill("#objection", OBJECTION)
    await bidder.press("签名并提出异议")
    await bidder.read("已记入，等待答复")


async def confirm(bidder: Person) -> None:
    await bidder.read("与您封装的内容逐项一致")
    await bidder.press("核对无误，签名确认")
    await bidder.until(lambda: bidder.has_heard("ReadOutConfirmed"))
    await bidder.page.get_by_role("button", name="核对无误，签名确认").wait_for(state="detached")


async def answer(host: Person) -> None:
    await host.page.fill("#answer-1", ANSWER)
    await host.press("答复并记入记录")
    await host.page.locator("#answer-1").wait_for(state="detached")


async def sit_down(agent: Person, key: Path) -> None:
    """Log in at the console; the desk of the opening that its address names is shown."""
    await agent.log_in([key])
    await agent.page.get_by_role("heading", name="您现在要做的", exact=True).wait_for()


async def sign(agent: Person) -> None:
    await agent.press("签署开标记录")


async def close(host: Person) -> None:
    """Ask for the effect, then do it."""
    await host.press("结束开标并公布记录")
    dialog = host.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="结束开标并公布记录", exact=True).click()
    await dialog.wait_for(state="detached")


async def check_the_record(viewer: Person) -> None:
    """Anybody verifies what was published, in their own browser."""
    await viewer.page.locator("summary", has_text="自行核验").click()
    await viewer.press("在本浏览器中核验")
    await viewer.read("核验通过")
    if shots := os.environ.get("BIDROOM_SHOTS"):  # to be looked at
        await viewer.page.screenshot(path=f"{shots}/check.png", full_page=True)
