"""F2, F3, F4: Redis, PostgreSQL or one of two web processes is away for a while; people on both go on editing."""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from redis import Redis

from tests.faults.checks import check_everything, is_settled
from tests.faults.conftest import LONG, store_of
from tests.faults.load import LoadClient, connected, until
from tests.faults.site import PEOPLE, Door, Site, running
from tests.services import PostgresServer, RedisServer

pytestmark = pytest.mark.faults

EDITS_PER_SECOND = 5
AWAY_S = 30.0 if LONG else 10.0
BACK_WITHIN_S = 15.0


@pytest.fixture(scope="module")
def site(full_site: Site) -> Iterator[Site]:
    full_site.servers = ("daphne", "uvicorn")
    with running(full_site, 0, 1):
        yield full_site


@pytest.fixture(scope="module")
def cookies(site: Site) -> list[str]:
    return [site.sign_in(name) for name in PEOPLE]


class Crowd:
    """Three people on each of two processes, all on one frame."""

    def __init__(self, site: Site, cookies: list[str]) -> None:
        self.site = site
        self.cookies = cookies
        self.frame = site.frames.pop()
        self.seed = random.randrange(1_000_000)
        self.quiet = asyncio.Event()
        self.here = [self.client(process=0) for _ in range(3)]
        self.there = [self.client(process=1) for _ in range(3)]

    @property
    def clients(self) -> list[LoadClient]:
        return self.here + self.there

    def client(self, *, process: int) -> LoadClient:
        self.seed += 1
        door = self.site.door(self.frame, self.cookies[self.seed % len(self.cookies)], process)
        return LoadClient(door, random.Random(self.seed), asks_again=self.seed % 2 == 0)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """All edit while the body runs; afterwards everything must add up."""
        print(f"seed {self.seed}")  # noqa: T201  (shown when the test fails)
        async with connected(self.clients):
            await until(lambda: all(client.online for client in self.clients), "all come in")
            await until(self.all_see_all, "all see all")
            async with asyncio.TaskGroup() as editing:
                for client in self.clients:
                    editing.create_task(client.edit_at(EDITS_PER_SECOND, self.quiet))
                try:
                    yield
                finally:
                    self.quiet.set()
            await until(lambda: is_settled(self.clients), "everybody has everything", within_s=30)
        check_everything(store_of(self.site), self.frame, self.clients)

    def all_see_all(self) -> bool:
        return all(len(client.people) == len(self.clients) for client in self.clients)

    async def live_again(self, *, readers: list[LoadClient] | None = None) -> None:
        """An edit of everybody who does not rest is taken, and then seen by ``readers`` (else all)."""
        now = time.monotonic()
        readers = readers or self.clients
        authors = [client for client in readers if not client.rests]
        is_taken = lambda: all(client.acked_at > now for client in authors)  # noqa: E731
        await until(is_taken, "an edit of everybody is taken", within_s=BACK_WITHIN_S)
        newest = max(client.newest for client in authors)
        is_seen = lambda: all(client.replica.revision >= newest for client in readers)  # noqa: E731
        await until(is_seen, "all have seen it", within_s=BACK_WITHIN_S)

    @property
    def closed(self) -> list[str]:
        """Why sockets were closed, if any were."""
        return [close for client in self.clients for close in client.closes]


@pytest.fixture
def crowd(site: Site, cookies: list[str]) -> Crowd:
    return Crowd(site, cookies)


async def blocking(work: Callable[[], object]) -> None:
    """Servers are stopped and started in a thread: the clients go on meanwhile."""
    await asyncio.get_running_loop().run_in_executor(None, work)


@pytest.mark.parametrize("how", ["shut down", "stopped"])
async def test_f2_without_redis_edits_are_saved_and_seen_and_nobody_is_thrown_out(
    crowd: Crowd, redis: RedisServer, how: str
) -> None:
    async with crowd.working():
        await crowd.live_again()
        await blocking(redis.stop if how == "shut down" else redis.pause)
        try:
            ends = time.monotonic() + AWAY_S
            for client in crowd.there:
                client.rests = True  # or its process would find out when it commits
            while time.monotonic() < ends:
                await crowd.live_again()
            for client in crowd.there:
                client.rests = False
            newcomer = crowd.client(process=0)
            crowd.here.append(newcomer)
            async with asyncio.TaskGroup() as group:
                coming = group.create_task(newcomer.run())
                await until(lambda: newcomer.online, "somebody comes in meanwhile")
                await blocking(redis.start if how == "shut down" else redis.resume)
                await until(crowd.all_see_all, "presence comes back", within_s=BACK_WITHIN_S)
                assert crowd.closed == []
                await until(lambda: is_settled([newcomer]), "the newcomer has everything")
                crowd.here.remove(newcomer)
                await newcomer.stop()
                coming.cancel()
        finally:
            if redis.process is None:
                redis.start()
            redis.resume()
        await crowd.live_again()
        assert crowd.closed == []


async def test_f2_emptying_redis_costs_nothing(crowd: Crowd, redis: RedisServer, site: Site) -> None:
    async with crowd.working():
        await crowd.live_again()
        with Redis.from_url(redis.url) as client:
            client.flushall()
        await crowd.live_again()
        assert crowd.closed == []


async def test_f3_while_postgresql_is_away_nothing_is_acknowledged_and_afterwards_everything_is_saved_once(
    crowd: Crowd, postgres: PostgresServer
) -> None:
    async with crowd.working():
        await crowd.live_again()
        await blocking(lambda: postgres.stop("immediate"))
        try:
            made = [len(client.made) for client in crowd.clients]
            await asyncio.sleep(AWAY_S)
            for client, before in zip(crowd.clients, made, strict=True):
                assert len(client.made) > before
                assert not any(
                    client.made[counter].acked for counter in range(before + 1, len(client.made) + 1)
                )
        finally:
            await blocking(postgres.start)
        await crowd.live_again()
        assert crowd.closed == []


async def test_f3_a_restart_of_postgresql_is_hardly_noticed(crowd: Crowd, postgres: PostgresServer) -> None:
    async with crowd.working():
        for mode in ("immediate", "fast"):
            await crowd.live_again()
            await blocking(lambda how=mode: postgres.restart(how))  # type: ignore[misc]
            await crowd.live_again()
            for door in [crowd.here[0].door, crowd.there[0].door] * 6:
                assert await page(door) == 200
        assert crowd.closed == []


async def page(door: Door) -> int:
    async with httpx.AsyncClient() as browser:
        return (await browser.get(door.origin, cookies={"hitl_session": door.cookie})).status_code


async def test_f4_a_process_that_hung_writes_nothing_from_a_stale_state(crowd: Crowd, site: Site) -> None:
    async with crowd.working():
        await crowd.live_again()
        site.signal(signal.SIGSTOP, 1)
        try:
            ends = time.monotonic() + AWAY_S
            while time.monotonic() < ends:
                await crowd.live_again(readers=crowd.here)
        finally:
            site.signal(signal.SIGCONT, 1)
        await crowd.live_again()
