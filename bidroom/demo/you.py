"""Lot 4, which waits for whoever runs the demo: two robots bid, the third tender is yours."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

from bidroom import clock
from bidroom.cli.centre import PIN
from bidroom.cli.line import open_line
from bidroom.demo.house import House
from bidroom.demo.parties import (
    OVER,
    PATIENCE_S,
    Bid,
    Desk,
    attend,
    hand_in,
    said,
)
from bidroom.demo.stories import ANSWER, Story, schedule
from bidroom.opening.record import Phase

WINDOW_S = 600
HOST_WAITS_S = 60.0  # the robots sign and answer if nobody at the console has by then


async def wait_for_you(house: House, people: Desk, lot: str, minutes: int) -> None:
    """Announce lot 4, hand in two tenders, say how to take part, and play the others' part."""
    a, b, *_, you = house.centre.firms()
    bids = [Bid(a, 8_800_000_00, 1_000_000), Bid(b, 8_650_000_00, 500_000)]
    story = Story(lot, "滨河小学教学楼施工（四标段，等您投标）", bids, WINDOW_S)
    opens_at = clock.now() + timedelta(minutes=minutes)
    await schedule(people, house.centre, story, opens_at)
    local = opens_at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M:%S")
    host, recorder = (house.centre.staff_file(p) for p in ("agent-host", "agent-recorder"))
    print(
        f"""
开标大厅已就绪 / the hall is ready

  公众观看 live      {house.url}/
  投标人 bidder      {house.url}/bidder
  主持人 console     {house.url}/console

四标段 {lot} 于北京时间 {local} 截标开标，等您参加。
Lot 4 ({lot}) opens at {local} Beijing time, and waits for you.

  1. 打开投标人页面，选这两个文件，PIN {PIN} / open the bidder's page, choose both files, PIN {PIN}
       {you.sign}
       {you.enc}
     或当作 UKey 使用：另开终端运行下行，页面上选“UKey” / or as if on a UKey: in another terminal
       ./run token --origin {house.url} --p12 {you.sign} --p12 {you.enc}
  2. 填写、加密并递交投标文件（{you.name}）/ fill in, seal and hand in a tender
  3. 到时解密、确认、提异议 / decrypt it in the window, confirm, object

主持人与记录人（可选，同一 PIN）/ the host and the recorder, if you like (same PIN)
       {host}
       {recorder}

按 Ctrl-C 结束 / Ctrl-C ends the demo
""",
        flush=True,
    )
    clients = [
        await hand_in(house.url, lot, bid, house.data / "sealed" / bid.firm.code, clock.now())
        for bid in bids
    ]
    async with asyncio.TaskGroup() as tasks:
        for client, bid in zip(clients, bids, strict=True):
            tasks.create_task(attend(client, lot, bid))
        tasks.create_task(_stand_in(people, lot))


async def _stand_in(people: Desk, lot: str) -> None:
    """The steps go on by themselves; what only people can do, robots do when nobody else has."""
    async with open_line(people.host, lot) as line, open_line(people.recorder, lot) as other:
        while True:
            now = await line.until(
                lambda now: now.phase in {Phase.OBJECTIONS, Phase.SIGNING, *OVER}, PATIENCE_S
            )
            if now.phase in OVER:
                break
            await asyncio.sleep(HOST_WAITS_S)
            assert line.state is not None, "the line has heard the record"
            now = line.state
            if now.phase is Phase.OBJECTIONS and now.unanswered:
                number = now.unanswered[0]
                await line.ask({"type": "AnswerObjection", "number": number, "text": ANSWER})
            elif now.phase is Phase.SIGNING:
                assert now.minutes_sha256 is not None, "signing has begun"
                await line.ask(await people.host.signature(lot, now.minutes_sha256))
                await other.ask(await people.recorder.signature(lot, now.minutes_sha256))
                await said(line, {"type": "Close", "version": line.state.version})
    await asyncio.Event().wait()  # the pages stay up until Ctrl-C
