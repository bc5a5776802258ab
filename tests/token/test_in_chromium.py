"""Keys on tokens, from real pages in a real Chromium: all a bidder does, and all that can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
import pytest_asyncio
from pkcs11 import TokenFlag
from playwright.async_api import Browser

from bidroom.envelope import Actor, PersonId, Role
from tests.browser import open_browser
from tests.token import story
from tests.token.softhsm import Slots
from tests.token.story import (
    LEAD_S,
    LEAVE,
    OFFERS,
    PIN,
    Place,
    announce,
    asked_of,
    come,
    log_in,
    play,
)
from tests.whole_day.persons import Person

OTHER_LOT: Final = "UKEY-002"
STAFF_LOT: Final = "UKEY-003"
# What Chromium notes by itself of a request that failed; our page says it in words.
NOTED: Final = ("net::ERR_FAILED", "net::ERR_CONNECTION_REFUSED", "CORS policy", "status of 40")


@pytest.fixture(scope="module")
def here() -> Iterator[Place]:
    with story.place() as made:
        yield made


async def test_two_bidders_seal_open_and_confirm_with_keys_that_stay_on_their_tokens(
    here: Place,
) -> None:
    await announce(here, LEAD_S)
    with here.program() as program:
        async with open_browser(here.public) as browser:
            bidders = [await come(browser, here, number) for number in (0, 1)]
            asked = [asked_of(program, bidder) for bidder in bidders]
            opening = await play(here, bidders)

            for bidder, requests in zip(bidders, asked, strict=True):
                names = [request.url.rpartition("/")[2] for request in requests]
                assert names[:4] == ["info", "info", "open", "sign"], "until logged in"
                assert names.count("sign") == 4, "log-in, seal, opening, confirmation"
                assert names.count("unwrap") >= 3, "self-test, rehearsal, opening"
                assert bidder.faults == []
                _no_pin_was_sent(bidder, requests)
        prices = {offer.offer.values["price"] for offer in opening.offers.values() if offer.offer}
        assert prices == {9_876_543_210, 9_760_000_000, 9_912_000_005}
        assert opening.decrypted_count == len(OFFERS) + 1
        binding = [one for one in program.holder.asked if "asks for a signature" in one]
        assert len(binding) == 6, "each seal, opening and confirmation was agreed to"
        assert PIN not in program.holder.seen


def _no_pin_was_sent(bidder: Any, requests: list[Any]) -> None:
    assert not [one for one in requests if PIN in (one.post_data or "")]


@pytest_asyncio.fixture
async def browser(here: Place) -> AsyncIterator[Browser]:
    async with open_browser(here.public) as opened:
        yield opened


def nothing_but_noted(person: Person) -> bool:
    return not [fault for fault in person.faults if not any(word in fault for word in NOTED)]


async def told(person: Person, what: str, advice: str) -> None:
    """The page says what happened, and what to do."""
    alert = person.page.get_by_role("alert").filter(has_text=what)
    await alert.wait_for()
    assert advice in await alert.inner_text()
    assert nothing_but_noted(person), person.faults


async def test_without_the_program_the_page_says_what_to_start(
    here: Place, browser: Browser
) -> None:
    person = await come(browser, here, 0)
    await person.read(f"http://127.0.0.1:{here.port}")

    await person.press("登录")

    await told(person, "没有找到本机的 UKey 程序。", "请启动 UKey 程序")


async def test_a_program_that_serves_another_site_is_told_apart(
    here: Place, browser: Browser
) -> None:
    with here.program(origin="https://other.example") as program:
        person = await come(browser, here, 0)
        await person.press("登录")
        await told(person, "UKey 程序不接受本网站的请求。", "--origin")
        assert program.holder.asked == []


async def test_a_browser_that_was_told_no_is_named(here: Place, browser: Browser) -> None:
    with here.program() as program:
        person = await come(browser, here, 0, allowed=False)
        cdp = await browser.new_browser_cdp_session()
        (context,) = [
            one for one in (await cdp.send("Target.getBrowserContexts"))["browserContextIds"]
        ]
        for name in ("loopback-network", "local-network-access"):
            await cdp.send(
                "Browser.setPermission",
                {
                    "permission": {"name": name},
                    "setting": "denied",
                    "origin": here.house.url,
                    "browserContextId": context,
                },
            )
        await person.press("登录")
        await told(person, "浏览器未允许本页访问本机的 UKey 程序。", "点击地址栏左侧的图标")
        assert program.holder.asked == []


async def test_a_wrong_pin_no_pin_and_no_token_are_told_and_may_be_put_right(
    here: Place, browser: Browser
) -> None:
    with here.program() as program:
        person = await come(browser, here, 0)
        program.holder.pin = "11111111"
        await log_in(person)
        await told(person, "UKey 口令不正确。", "连续输错会锁定 UKey")
        program.holder.pin = ""
        await person.press("登录")
        await person.read("上次口令输错过")
        await told(person, "没有输入 UKey 口令。", "120 秒")
        here.slots.pull_out()
        await person.press("登录")
        await told(person, "没有找到 UKey。", "请插紧 UKey")
        here.slots.plug_in()
        program.holder.pin = PIN
        await person.press("登录")
        await person.read(here.firms[0].name)


async def test_a_locked_token_cannot_be_chosen(here: Place, browser: Browser) -> None:
    locked = here.slots.copy(here.house.data / "locked")
    locked.mark(TokenFlag.USER_PIN_LOCKED)
    with here._replace(slots=locked).program() as program:
        person = await come(browser, here, 0)
        await person.press("登录")
        await person.read("口令已锁定")
        assert await person.page.get_by_label(person.name).is_disabled()
        assert program.holder.asked == []


async def test_one_locked_token_is_told_with_what_remains_possible(
    here: Place, browser: Browser
) -> None:
    alone = here.slots.copy(here.house.data / "alone")
    next(alone.tokens.iterdir()).rename(alone.away / "other")
    alone.mark(TokenFlag.USER_PIN_LOCKED)
    with here._replace(slots=alone).program():
        person = await come(browser, here, 0)
        await person.press("登录")
        await told(person, "UKey 口令已锁定。", "请联系 CA 机构解锁")


async def test_a_refused_signature_and_a_pulled_token_stop_the_sealing_and_no_more(
    here: Place, browser: Browser
) -> None:
    await announce(here, 3600, OTHER_LOT)
    with here.program() as program:
        person = await come(browser, here, 0, OTHER_LOT)
        await log_in(person)
        program.holder.leave = "n"
        await _fill(person)
        await told(person, "持有人没有在 UKey 程序中同意签名。", "按 y 同意")
        await person.press("重试")
        here.slots.pull_out()
        await _fill(person)
        await person.read("UKey 已被拔出或关闭。")
        here.slots.plug_in()
        program.holder.leave = "y"
        await person.press("打开证书")
        await person.page.get_by_label(person.name).check()
        await person.press("打开证书")
        await person.press("重试")
        await _fill(person)
        await person.read("已签收，投标有效")
        assert nothing_but_noted(person), person.faults


async def _fill(person: Person) -> None:
    page, offer = person.page, OFFERS[0]
    await page.fill("#f-price", offer.price)
    await page.fill("#f-duration", offer.days)
    await page.fill("#f-quality", "合格")
    await page.fill("#f-manager", offer.manager)
    await person.press("封装并递交")


async def test_a_host_logs_in_and_acts_with_a_token(here: Place, browser: Browser) -> None:
    slots = Slots(here.house.data / "staff")
    slots.add("HOST", PIN, here.house.centre.folder, "agent-host")
    await announce(here, 3600, STAFF_LOT)
    with here._replace(slots=slots).program() as program:
        host = await Person.come(
            browser, "HOST", Actor(Role.AGENT, PersonId("agent-host")),
            f"{here.house.url}/console#/openings/{STAFF_LOT}", permissions=[LEAVE],
        )  # fmt: skip
        await host.page.get_by_label("UKey（CA 锁）").check()
        await host.press("登录")
        await host.page.get_by_role("heading", name="您现在要做的", exact=True).wait_for()
        assert nothing_but_noted(host), host.faults
        assert len(program.holder.asked) == 1


async def test_the_device_check_has_a_line_for_it(here: Place, browser: Browser) -> None:
    person = await come(browser, here, 0)
    with here.program():
        await log_in(person)
        await person.read(here.firms[0].name)
        await person.page.goto(f"{here.house.url}/bidder#/check")
        row = person.page.get_by_role("row").filter(has_text="UKey 程序")
        await row.get_by_text("可以访问，找到 2 个 UKey").wait_for()
        here.slots.pull_out()
        await person.press("重新检查")
        await row.get_by_text("没有插 UKey").wait_for()
        here.slots.plug_in()
    await person.press("重新检查")
    await row.get_by_text("没有找到本机的 UKey 程序。").wait_for()


async def test_the_page_may_reach_the_programs_port_and_no_other(
    here: Place, browser: Browser
) -> None:
    person = await come(browser, here, 0)
    policy = await person.page.evaluate(
        "fetch('/bidder').then(answer => answer.headers.get('content-security-policy'))"
    )
    origin = here.house.url

    assert (
        f"connect-src 'self' {origin.replace('http', 'ws')} http://127.0.0.1:{here.port};" in policy
    )
    with here._replace(port=0).program() as elsewhere:
        said = await person.page.evaluate(
            "address => fetch(address, {mode: 'no-cors'}).then(() => 'reached', () => 'stopped')",
            elsewhere.url,
        )
        assert said == "stopped"
