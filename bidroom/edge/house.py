"""What the doors lead to: everything that a request may need, put together by the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import HTTPConnection

from bidroom.hall.hall import Hall
from bidroom.people.draws import PlatformDraws
from bidroom.people.people import People
from bidroom.people.sessions import Sessions
from bidroom.publiclog.heads import Heads
from bidroom.publish.publisher import Publisher
from bidroom.settings import Settings
from bidroom.tenders.bodies import Bodies
from bidroom.tenders.box import TenderBox
from bidroom.tenders.stamps import Stamps
from bidroom.vault import HallKey

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool


class House(NamedTuple):
    """Lies in `app.state.house`."""

    settings: Settings
    pool: Pool
    hall: Hall
    people: People
    sessions: Sessions
    box: TenderBox
    bodies: Bodies
    publisher: Publisher
    key: HallKey
    heads: Heads
    stamps: Stamps
    draws: PlatformDraws


def house_of(connection: HTTPConnection) -> House:
    house: House = connection.app.state.house
    return house
