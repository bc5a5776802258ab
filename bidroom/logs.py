"""What this process says about itself: lines of JSON on its standard error.

Of a fault it tells where it happened and what kind it is, and never what stood in it: a message, a
database's DETAIL or a variable may hold a key, or tie a bidder to a lot.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

CALM: Final = (
    "uvicorn.error",
    "uvicorn",
    "websockets",
    "asyncio",
)  # at INFO they tell who is where
FRAMES_MAX: Final = 30


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_contents,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[Forward()], level=logging.WARNING, force=True)
    for name in CALM:
        logging.getLogger(name).setLevel(logging.WARNING)


class Forward(logging.Handler):
    """Brings what libraries say into the same shape: the sentence without what was put into it."""

    def emit(self, record: logging.LogRecord) -> None:
        said = str(record.msg)
        structlog.get_logger().log(
            record.levelno, said.splitlines()[0] if said else "", by=record.name,
            exc_info=record.exc_info,
        )  # fmt: skip


def without_contents(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """An exception as its kinds and places."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    fault = given[1] if isinstance(given, tuple) else given
    if isinstance(fault, BaseException):
        event["fault"] = _told(fault)
    return event


def _told(fault: BaseException) -> list[str]:
    """`fault` and what it came of, each with its frames, innermost last."""
    lines: list[str] = []
    seen: set[int] = set()
    at: BaseException | None = fault
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        frames = traceback.extract_tb(at.__traceback__)[-FRAMES_MAX:]
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        lines += [type(at).__qualname__, *places]
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return lines
