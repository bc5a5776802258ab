"""What is fixed before an opening begins: the notice, which gives tenders their meaning, and
the policy, which gives the opening its windows and limits.

Every number here is a value that a centre sets per regime and lot. None is a constant of the
rules, since the laws behind them are amended and differ from one regime to another.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from bidroom.opening.plan import DrawPlan

Seconds: TypeAlias = Annotated[int, Meta(ge=1, le=7 * 24 * 3600)]
Limit: TypeAlias = Annotated[int, Meta(ge=0, le=1000)]
Title: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
LotCode: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$")]


class Regime(StrEnum):
    BIDDING_LAW = "bidding_law"  # 招标投标法
    GOV_PROCUREMENT = "gov_procurement"  # 政府采购法
    ENTERPRISE = "enterprise"  # 企业采购


class Silence(StrEnum):
    """What a bidder's silence counts as once confirmation has ended."""

    ACCEPTS = "accepts"  # deemed to accept the opening's result (87号令 §42)
    NOTED = "noted"  # put on the record as silent, and nothing more


class DrawOrder(StrEnum):
    """When the draw is made. Before decryption no price is known to anybody: that is fairer."""

    BEFORE_DECRYPTION = "before_decryption"
    AFTER_READ_OUT = "after_read_out"


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """Windows and limits of one opening. Units stand last in each name."""

    regime: Regime = Regime.BIDDING_LAW
    silence: Silence = Silence.ACCEPTS
    tenders_min: Annotated[int, Meta(ge=1, le=10)] = 3  # 招标投标法实施条例 §44
    sign_in_s: Seconds = 3600  # the lobby opens this long before the deadline
    host_grace_s: Seconds = 180  # how long a silent host is waited for at each step
    window_s: Seconds = 1800  # 解密时限
    extensions_max: Limit = 3
    extension_total_s_max: Seconds = 3600
    key_attempts_max: Limit = 20  # refused keys that are put on the record, per bidder
    confirmation_s: Seconds = 600  # objections end with it
    objections_each_max: Limit = 5  # per bidder, so that nobody silences the others
    draw_order: DrawOrder = DrawOrder.BEFORE_DECRYPTION
    draw_s: Seconds = 600  # to reveal shares; as long again to restore one, or for a ball machine


class FieldKind(StrEnum):
    """What a read-out field counts in."""

    PRICE_FEN = "price_fen"  # 投标报价, whole fen
    DISCOUNT_BP = "discount_bp"  # 下浮率, hundredths of a per cent: 8.25 % is 825
    DAYS = "days"  # 工期, calendar days
    TEXT = "text"  # 质量目标 and the like
    PERSON = "person"  # 项目负责人


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the 开标一览表."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    kind: FieldKind
    label_zh: Title
    label_en: Title
    required: bool = True


Suite = Literal["INT1", "SM1"]  # SEAL/1; SM1 is the national one (国密)


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """What gives a sealed tender its meaning. It holds no dates: postponing leaves tenders good.

    `draw` is null where nothing is drawn. `escrow` and `control` are null until an opening can
    have them; they stand here already because the notice's hash is sealed into every tender.
    """

    lot: LotCode
    fields: Annotated[tuple[Field, ...], Meta(min_length=1, max_length=20)]
    suite: Suite = "INT1"
    sections: tuple[str, ...] = ("letter", "body")
    body_bytes_max: Annotated[int, Meta(ge=1, le=4 << 30)] = 2 << 30
    ceiling_fen: Annotated[int, Meta(ge=1, le=10**15)] | None = None  # 最高投标限价
    version: Annotated[int, Meta(ge=1, le=1000)] = 1
    draw: DrawPlan | None = None
    escrow: None = None
    control: None = None


def canonical(value: object) -> bytes:
    """RFC 8785 for what we write: sorted ASCII keys, no floats, no spaces.

    (`crypto.canonical` reads and writes any such text; a test holds the two together. The rules
    may not import it.)
    """
    return msgspec.json.encode(value, order="sorted")


def digest(value: object) -> str:
    return sha256(canonical(value)).hexdigest()


def standard_fields() -> tuple[Field, ...]:
    """The lines that most construction lots read out."""
    return (
        Field("price", FieldKind.PRICE_FEN, "投标报价", "Price"),
        Field("duration", FieldKind.DAYS, "工期", "Duration"),
        Field("quality", FieldKind.TEXT, "质量目标", "Quality"),
        Field("manager", FieldKind.PERSON, "项目负责人", "Project manager"),
    )
