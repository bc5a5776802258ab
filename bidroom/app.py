"""Where everything is put together, and the only place that is: settings in, a running hall out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from bidroom import clock
from bidroom.edge import bidder, certificates, console, line, log, login, public
from bidroom.edge.house import House
from bidroom.edge.pages import Guarded, Pages, say_fault, say_no
from bidroom.envelope import HALL, StreamId
from bidroom.hall import board
from bidroom.hall.alarm import Alarm
from bidroom.hall.bus import Bus, NotifyBus, RedisBus
from bidroom.hall.hall import Hall
from bidroom.opening.commands import NoteBody, NoteUnreadableBody
from bidroom.people.challenges import Challenges
from bidroom.people.draws import PlatformDraws
from bidroom.people.people import People
from bidroom.people.sessions import Sessions
from bidroom.people.trust import TrustFolder
from bidroom.postgres.pool import open_pool
from bidroom.publiclog.heads import Heads
from bidroom.publish.bundle import PUBLISHED_IN, Authorities, Head, Logged
from bidroom.publish.publisher import Publisher
from bidroom.settings import Settings
from bidroom.tenders.bodies import Bodies
from bidroom.tenders.box import TenderBox
from bidroom.tenders.slips import Slips
from bidroom.tenders.stamps import Stamps
from bidroom.tenders.store import PartStore
from bidroom.tenders.uploads import Uploads
from bidroom.vault import HallKey, Vault, log_key, share_key
from crypto import notes
from crypto.certificates import Certificate

if TYPE_CHECKING:
    from bidroom.postgres.pool import Pool

CLOSE_S_MAX: Final = 10.0
AGAIN_S: Final = 1.0  # before something that must always run, and ended, is begun again
logger = structlog.get_logger()


class Parts(NamedTuple):
    """A hall, not yet running: what the doors lead to, and what runs beside them."""

    house: House
    bus: Bus
    alarm: Alarm


def compose(settings: Settings, pool: Pool, dsn: str, hall_key: HallKey) -> Parts:
    bus: Bus = RedisBus(settings.redis_url) if settings.redis_url else NotifyBus(dsn)
    vault = Vault.load(settings.secrets)
    trust = TrustFolder(settings.trust)
    people = People(pool, Challenges(pool, vault), trust, settings.origin)
    slips = Slips(vault)
    store = PartStore(settings.data / "tenders", settings.storage)
    stamps = Stamps(pool, vault, settings.tsa, _stampers(settings))
    uploads = Uploads(pool, slips, store, trust.now, stamps)
    box = TenderBox(pool, vault, slips, uploads, people)
    draws = PlatformDraws(
        share_key(settings.secrets, clock.now()), hall_key, trust.check, settings.origin
    )
    hall = Hall(pool, box, people, bus, draws)
    bodies = Bodies(pool, box, _note_by(hall))
    heads = Heads(
        pool,
        log_key(settings.secrets),
        settings.place,
        [notes.Key.parse(key) for key in settings.witnesses.split()],
        lambda: board.heads(pool),
        _root_of(hall),
    )
    publisher = Publisher(
        pool,
        hall_key,
        lambda: Authorities((*trust.authorities(), *hall_key.authorities), trust.crls()),
        _log_of(hall),
        box.published_papers,
        lambda phases: board.in_phases(pool, phases),
        _head_of(heads),
    )
    hall.after.append(
        lambda opening: publisher.news.set() if opening.phase in PUBLISHED_IN else None
    )
    hall.after.append(lambda _: heads.news.set())
    house = House(
        settings,
        pool,
        hall,
        people,
        Sessions(pool, vault),
        box,
        bodies,
        publisher,
        hall_key,
        heads,
        stamps,
        draws,
    )
    return Parts(house, bus, Alarm(pool, hall))


def app_of(parts: Parts) -> Starlette:
    doors = [
        *public.routes,
        *log.routes,
        *login.routes,
        *bidder.routes,
        *certificates.routes,
        *console.routes,
        *line.routes,
    ]
    app = Starlette(
        routes=[*doors, *Pages().routes()],
        middleware=[Middleware(Guarded, settings=parts.house.settings)],
        exception_handlers={HTTPException: say_no, Exception: say_fault},
    )
    app.state.house, app.state.settings = parts.house, parts.house.settings
    app.state.hall, app.state.tickets = parts.house.hall, parts.house.people
    return app


@asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[None]:
    """While this lasts the hall hears its bus, rings its alarms, and does what runs by itself."""
    house = parts.house
    works: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "bus": lambda: parts.bus.listen(house.hall.hear),
        "rooms": house.hall.follow,
        "beat": house.hall.beat,
        "alarm": parts.alarm.run,
        "bodies": house.bodies.run,
        "publisher": house.publisher.run,
        "public log": house.heads.run,
        "stamps": house.stamps.run,
    }
    tasks = [asyncio.create_task(_keep(name, work), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.bus.close()


@asynccontextmanager
async def opened(settings: Settings, dsn: str, hall_key: HallKey) -> AsyncIterator[Starlette]:
    """A running hall on a migrated database, as an app to be served."""
    pool = await open_pool(dsn)
    try:
        parts = compose(settings, pool, dsn, hall_key)
        await parts.house.box.require_secret()
        async with running(parts):
            yield app_of(parts)
    finally:
        await asyncio.wait_for(pool.close(), CLOSE_S_MAX)


async def _keep(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` for ever, whatever becomes of it."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("something that must always run has ended", work=name)
        await asyncio.sleep(AGAIN_S)


def _note_by(hall: Hall) -> Callable[[str, NoteBody | NoteUnreadableBody], Awaitable[object]]:
    def note(lot: str, found: NoteBody | NoteUnreadableBody) -> Awaitable[object]:
        stream = StreamId(board.PREFIX + lot)
        return hall.answer(stream, f"body-{found.bidder}", found, HALL)

    return note


def _stampers(settings: Settings) -> list[Certificate]:
    """The roots that the time-stamping authority's certificates lead to."""
    if settings.tsa_roots is None:
        return []
    found = x509.load_pem_x509_certificates(settings.tsa_roots.read_bytes())
    return [Certificate(one.public_bytes(Encoding.DER)) for one in found]


def _root_of(hall: Hall) -> Callable[[StreamId, int], Awaitable[bytes]]:
    async def root(stream: StreamId, size: int) -> bytes:
        found = await hall.log.root(stream, size)
        assert found is not None, "a record has a root at every size that it had"
        return found

    return root


def _head_of(heads: Heads) -> Callable[[StreamId, int], Awaitable[Head]]:
    async def head(stream: StreamId, size: int) -> Head:
        await heads.tell(stream, size)  # unless it was told already
        return Head(str(heads.key(stream)), str(await heads.head(stream, size)))

    return head


def _log_of(hall: Hall) -> Callable[[StreamId], Awaitable[Sequence[Logged]]]:
    async def read(stream: StreamId) -> Sequence[Logged]:
        return [Logged(*entry) for entry in await hall.log.read(stream)]

    return read
