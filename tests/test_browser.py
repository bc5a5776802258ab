"""The browser that the pages' tests drive can show what the pages need of it."""

from __future__ import annotations

from tests.browser import open_browser


async def test_the_browser_has_a_font_for_chinese() -> None:
    async with open_browser() as browser:
        page = await browser.new_page()
        await page.set_content("<h1>开标大厅</h1>")
        assert await page.inner_text("h1") == "开标大厅"
        sums = await page.evaluate(
            "['开','标','\\u{10ffff}'].map(c => {const x = document.createElement('canvas')"
            ".getContext('2d'); x.font = '40px sans-serif'; x.fillText(c, 0, 40);"
            "return [...x.getImageData(0, 0, 60, 60).data].reduce((a, b) => a + b)})"
        )
        assert len(set(sums)) == 3, "no font for Chinese: all characters are the same empty box"
