"""The record as a sheet to print and file (开标记录表, PDF/A-2b): the JSON record, made readable.

It says nothing of its own: every cell is read from the record, whose digest stands at its foot.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import cn2an
import manimgx_fonts_cjk
import typst

from bidroom.opening import record as r
from bidroom.opening.minutes import Line, Minutes
from bidroom.opening.policy import Field, FieldKind, Silence
from bidroom.publish.bundle import Published, decode

TEMPLATE = Path(__file__).with_name("record.typ")
FONTS = Path(manimgx_fonts_cjk.__file__).parent
SHANGHAI = ZoneInfo("Asia/Shanghai")
ENDINGS = {"not_opened": "不得开标（流标）", "terminated": "终止招标", "closed": "开标结束"}


def record_pdf(record: bytes) -> bytes:
    """The PDF of a published record (canonical JSON, as bundle() made it)."""
    published = decode(record)
    return typst.compile(
        str(TEMPLATE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(_sheet(published, record), ensure_ascii=False)},
        pdf_standards="a-2b",
    )


def _sheet(published: Published, record: bytes) -> dict[str, Any]:
    contents = published.contents
    said = contents.minutes
    events = [entry.envelope for entry in contents.entries]
    ended = next(
        (
            name
            for entry in reversed(events)
            for name, kind in (
                ("not_opened", r.OpeningNotOpened),
                ("terminated", r.OpeningTerminated),
                ("closed", r.OpeningClosed),
            )
            if isinstance(entry.event, kind)
        ),
        "closed",
    )
    names = {line.bidder: line.name for line in said.lines}
    people = {person.id: person.name for person in (*said.hosts, said.recorder)}
    return {
        "title": said.title,
        "project": said.project,
        "lot": said.lot,
        "opens_at": moment(said.opens_at),
        "ended": ENDINGS[ended],
        "ended_why": said.ended_why or "",
        "hosts": "、".join(person.name for person in said.hosts),
        "recorder": said.recorder.name,
        "supervisors": "、".join(person.name for person in said.supervisors),
        "notary": said.notary.name if said.notary else "",
        "labels": [_label(field) for field in said.fields],
        "lines": [_line(said, line) for line in said.lines],
        "tenders_count": len(said.seals),
        "seals": list(said.seals) if not said.lines else [],
        "extensions": [f"延长 {e.seconds} 秒：{e.reason}" for e in said.extensions],
        "objections": [
            {
                "number": it.number,
                "by": names.get(it.bidder, "") if it.bidder else "",
                "text": it.text or "（未公开）",
                "answer": it.answer or "（未答复）",
            }
            for it in said.objections
        ],
        "signatures": [
            {
                "duty": "主持人" if entry.event.duty is r.Duty.HOST else "记录人",
                "name": people.get(entry.event.person, entry.event.person),
                "at": moment(entry.at),
                "certificate": fingerprint(entry.event.act.certificate),
            }
            for entry in events
            if isinstance(entry.event, r.RecordSigned)
        ],
        "confirmations": [
            {"name": names[entry.event.bidder], "at": moment(entry.at)}
            for entry in events
            if isinstance(entry.event, r.ReadOutConfirmed)
        ],
        "sha256": sha256(record).hexdigest(),
        "log_size": contents.log_size,
        "log_root": contents.log_root,
    }


def _line(said: Minutes, line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "code": line.bidder,
        "received": moment(line.received_at),
        "seal": line.seal[:16],
        "intact": "完好" if line.intact else "异常",
        "values": [shown(field, line.values.get(field.name)) for field in said.fields],
        "words": "；".join(
            in_words(value)
            for field in said.fields
            if field.kind is FieldKind.PRICE_FEN
            and isinstance(value := line.values.get(field.name), int)
        ),
        "note": _note(said, line),
    }


def _note(said: Minutes, line: Line) -> str:
    notes = {
        "read_out": "",
        "unreadable": "密钥有效而内容不能读取",
        "left_sealed": "未解密，原因待认定",
        "sealed": "未解密",
    }[line.outcome]
    if line.confirmed:
        return notes + "已确认"
    if line.silent:
        silent = "未回应，视为认可" if said.silence is Silence.ACCEPTS else "未回应"
        return f"{notes}；{silent}" if notes else silent
    return notes


def moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def unit(field: Field) -> str:
    units = {FieldKind.PRICE_FEN: "元", FieldKind.DISCOUNT_BP: "%", FieldKind.DAYS: "日历天"}
    return units.get(field.kind, "")


def _label(field: Field) -> str:
    return f"{field.label_zh}（{unit(field)}）" if unit(field) else field.label_zh


def shown(field: Field, value: int | str | None) -> str:
    """A value of `field` as people read it."""
    if value is None:
        return "—"
    if field.kind is FieldKind.PRICE_FEN and isinstance(value, int):
        return f"{value // 100:,}.{value % 100:02}"
    if field.kind is FieldKind.DISCOUNT_BP and isinstance(value, int):
        return f"{value // 100}.{value % 100:02}"
    return str(value)


def in_words(fen: int) -> str:
    """人民币大写."""
    words: str = cn2an.an2cn(f"{fen // 100}.{fen % 100:02}", "rmb")
    return words


def fingerprint(certificate: str) -> str:
    return sha256(base64.b64decode(certificate)).hexdigest()[:16]
