"""Writes what the browser must know of the hall: the wire's types, and the reasons' sentences.

python web/protocol.py            write web/src/protocol.gen.ts and web/src/words.gen.ts anew
python web/protocol.py --check    write nothing, and fail if they aren't what would be written

`bidroom/wire.py` is the source of the first, `bidroom/words.py` of the second. Adding an event
or a command there and running this is all that the browser needs to hear or to say it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from msgspec import inspect

HOME = Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parent))  # a script's own folder is its path; ours is one up

from bidroom import wire, words  # noqa: E402

LINE_MAX = 100
SIMPLE: Mapping[type[inspect.Type], str] = {
    inspect.AnyType: "unknown",
    inspect.RawType: "unknown",
    inspect.BoolType: "boolean",
    inspect.BytesType: "string",  # base64
    inspect.DateTimeType: "string",  # RFC 3339
    inspect.DateType: "string",
    inspect.DecimalType: "string",
    inspect.FloatType: "number",
    inspect.IntType: "number",
    inspect.NoneType: "null",
    inspect.StrType: "string",
    inspect.TimeType: "string",
    inspect.UUIDType: "string",
}


class Page:
    """One TypeScript file in the making: each named type once, in the order of its first use."""

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self._made_of: dict[str, object] = {}
        self._heard: set[str] = set()

    def hears(self, name: str, shape: Any) -> None:
        """`shape` comes down the line: the hall writes every field that isn't left out by rule."""
        text = self._say(inspect.type_info(shape))
        self._heard = set(self.named)
        self.named[name] = f"export type {name} = {text}"

    def says(self, shape: Any) -> None:
        """`shape` goes up the line: the browser may leave out what has a default."""
        self._say(inspect.type_info(shape))

    def _say(self, shape: inspect.Type) -> str:
        match shape:
            case inspect.Metadata(inner):
                return self._say(inner)
            case inspect.UnionType(options):
                return " | ".join(dict.fromkeys(self._say(option) for option in options))
            case inspect.TupleType(items):
                return f"readonly [{', '.join(self._say(item) for item in items)}]"
            case (
                inspect.ListType(item)
                | inspect.VarTupleType(item)
                | inspect.SetType(item)
                | inspect.FrozenSetType(item)
            ):
                return f"readonly {_one(self._say(item))}[]"
            case inspect.DictType(_, value):
                return f"Readonly<Record<string, {self._say(value)}>>"
            case inspect.LiteralType(values):
                return " | ".join(json.dumps(value) for value in values)
            case inspect.EnumType(kind):
                return self._once(kind, lambda: _enum(kind))
            case inspect.StructType(cls):
                return self._once(cls, lambda: self._struct(shape))
            case _:
                return SIMPLE[type(shape)]

    def _once(self, cls: Any, write: Callable[[], str]) -> str:
        name = str(getattr(cls, "__origin__", cls).__name__)
        if self._made_of.setdefault(name, cls) != cls:
            raise TypeError(f"two types of the wire are named {name}")
        if name not in self.named:
            self.named[name] = ""  # known from now on: a struct may hold its own kind
            self.named[name] = write()
        return name

    def _struct(self, shape: inspect.StructType) -> str:
        cls = getattr(shape.cls, "__origin__", shape.cls)
        lines = [f'  readonly type: "{shape.tag}"'] if shape.tag else []
        upward = bool(self._heard)
        for field in shape.fields:
            optional = not field.required and (upward or cls.__struct_config__.omit_defaults)
            mark = "?" if optional else ""
            lines.append(_fit(f"  readonly {field.encode_name}{mark}: {self._say(field.type)}"))
        return f"{_said(cls)}export type {cls.__name__} = {{\n" + "\n".join(lines) + "\n}"


def protocol() -> str:
    page = Page()
    page.hears("Frame", wire.Frame)
    page.says(wire.Hello)
    page.says(wire.Ask)
    page.named["Command"] = 'export type Command = Ask["command"]'
    page.named["Event"] = 'export type Event = Envelope["event"]'
    codes = "".join(f"  {code.name}: {code.value},\n" for code in wire.Hangup)
    page.named["Hangup"] = f"{_said(wire.Hangup)}export const Hangup = {{\n{codes}}} as const"
    page.named["SUBPROTOCOL"] = f"export const SUBPROTOCOL = {json.dumps(wire.SUBPROTOCOL)}"
    page.named["FRAME_BYTES_MAX"] = f"export const FRAME_BYTES_MAX = {wire.FRAME_BYTES_MAX}"
    return _file("bidroom/wire.py", page.named.values())


def sentences() -> str:
    lines = [
        f"  {json.dumps(code)}: [{_text(zh)}, {_text(en)}],"
        for code, (zh, en) in sorted(words.WORDS.items())
    ]
    body = "".join(f"{line}\n" for line in lines)
    return _file("bidroom/words.py", [f"export const WORDS = {{\n{body}}} as const"])


def _file(origin: str, parts: Any) -> str:
    head = f"// Written by web/protocol.py from {origin}. Don't edit."
    return "\n\n".join([head, *parts]) + "\n"


def _enum(cls: type[Enum]) -> str:
    values = ", ".join(json.dumps(member.value) for member in cls)
    name = cls.__name__
    return (
        f"{_said(cls)}export const {name} = [{values}] as const\n"
        f"export type {name} = (typeof {name})[number]"
    )


def _said(cls: type) -> str:
    first = (cls.__dict__.get("__doc__") or "").strip().split("\n\n")[0]
    return f"/** {' '.join(first.split())} */\n" if first else ""


def _fit(line: str) -> str:
    """A union too long for one line has one option a line."""
    name, _, union = line.partition(": ")
    if len(line) <= LINE_MAX or " | " not in union:
        return line
    return f"{name}:" + "".join(f"\n    | {option}" for option in union.split(" | "))


def _one(text: str) -> str:
    return f"({text})" if " " in text else text


def _text(sentence: str) -> str:
    return json.dumps(sentence, ensure_ascii=False)


def main(check: bool) -> int:
    stale = 0
    for name, write in (("protocol.gen.ts", protocol), ("words.gen.ts", sentences)):
        target, text = HOME / "src" / name, write()
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"web/src/{name} is out of date: run `python web/protocol.py`", file=sys.stderr)
            stale = 1
        else:
            target.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
