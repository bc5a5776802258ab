"""A draw at real pages: a notary commits in its browser, reveals at the desk, a viewer computes."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path

from msgspec import json
from playwright.async_api import ViewportSize

from bidroom.cli import draw as verb
from bidroom.cli.client import Client
from bidroom.envelope import PUBLIC, Actor, Role
from bidroom.opening.drawing import Stage
from bidroom.opening.plan import Contributor, DrawPlan
from tests.browser import open_browser
from tests.edge.centre import Doors
from tests.edge.test_draw import LOT, NOTARY, ROUNDS, SUPERVISOR, DrawHour, called
from tests.whole_day.persons import PATIENCE_MS, Person
from tests.whole_day.pictures import Album

WIDE: ViewportSize = {"width": 1280, "height": 800}


class PagesHour(DrawHour):
    """The notary's share comes from the console's page."""

    def __init__(self, doors: Doors, stack: AsyncExitStack, notary: Person, folder: Path) -> None:
        super().__init__(doors, stack)
        self.notary, self.folder = notary, folder

    async def planned(self, host: Client) -> DrawPlan:
        call = await called(self.doors, host)
        path = self.folder / "call.json"
        path.write_bytes(json.encode(call))
        page = self.notary.page
        await page.get_by_role("link", name="抽取份额", exact=True).click()
        await page.set_input_files("#call", path)
        await self.notary.press("生成份额并签名")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="保存份额文件", exact=True).click()
        file = await (await download.value).path()
        made = [
            json.decode(file.read_bytes(), type=Contributor),
            verb.contributed(call, SUPERVISOR, self.doors.centre.staff_keys(SUPERVISOR).sign),
        ]
        return await verb.planned(host, call, ROUNDS, made)


async def picture(person: Person, name: str) -> None:
    """For people to look at, where BIDROOM_PICTURES names a folder."""
    if folder := os.environ.get("BIDROOM_PICTURES"):
        await Album(Path(folder)).take(name, person)


async def test_a_notary_reveals_at_its_desk_and_a_viewer_computes_every_ball(
    doors: Doors, tmp_path: Path
) -> None:
    origin, centre = doors.house.settings.origin, doors.centre
    async with open_browser() as browser, AsyncExitStack() as stack:
        who = Actor(Role.NOTARY, NOTARY)
        notary = await Person.come(browser, "钱公证", who, f"{origin}/console", viewport=WIDE)
        await notary.log_in([centre.staff_file(NOTARY), centre.sealing_file(NOTARY)])
        hour = PagesHour(doors, stack, notary, tmp_path)
        await hour.begin()
        await notary.page.goto(f"{origin}/console#/openings/{LOT}")
        viewer = await Person.come(
            browser, "观众", PUBLIC, f"{origin}/live?opening={LOT}", viewport=WIDE
        )
        await viewer.read("待公开")
        await picture(viewer, "1-revealing-live")
        await picture(notary, "1-revealing-console")
        assert (await hour.reveal(SUPERVISOR))["type"] == "Done"
        await notary.press("公开我的抽取份额")
        await hour.until_stage(Stage.MADE)
        check = viewer.page.get_by_role("button", name="在本机复算", exact=True)
        await check.click(timeout=PATIENCE_MS)
        await viewer.read("复算一致：3 份份额与承诺相符")
        await viewer.press("English")
        await viewer.read("The same: 3 shares as committed to")
        await viewer.press("中文")
        await picture(viewer, "2-made-live")
        await picture(notary, "2-made-console")
        assert [*notary.faults, *viewer.faults] == []
