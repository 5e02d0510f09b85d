"""W23: people whose computer reads slowly, not at all, or has gone without a word."""

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from tests.faults.checks import check_everything, is_settled
from tests.faults.conftest import store_of
from tests.faults.load import LoadClient, connected, until
from tests.faults.site import PEOPLE, Site, running

pytestmark = pytest.mark.faults

WRITERS = 6
DEAF = 6
EDITS_PER_SECOND = 20
NOTE = "x" * 1900
MORE_MEMORY = 60 * 2**20
"""Twice what the hub's memory of the log's end takes here; half of what the queues of the deaf would take."""
GONE_WITHIN_S = 40.0
"""Not seen for 10 s, or pinged after 8 s and given up after 8 more; the rest is for a slow machine."""


class Writer(LoadClient):
    """Makes large operations, about 8 KB each with what they replace."""

    def edit(self) -> int:
        live = self.replica.live()
        if len(live) < WRITERS:
            return self.create()
        box = self.dice.choice(list(live))
        notes = {"first": NOTE, "second": f"{self.dice.random()}{NOTE}"}
        return self.command("set", box=box, set={"attributes": notes})


@pytest.fixture(scope="module")
def site(full_site: Site) -> Iterator[Site]:
    full_site.servers = ("daphne", "uvicorn")
    with running(full_site, 0, 1):
        yield full_site


async def test_w23_those_who_read_nothing_hold_up_nobody_and_are_let_go(site: Site) -> None:
    """On both web servers, and on several frames, at the same time: it is mostly waiting."""
    cookies = [site.sign_in(name) for name in PEOPLE]
    async with asyncio.TaskGroup() as group:
        for process in (0, 1):
            group.create_task(deaf_people(site, process, cookies))
            group.create_task(somebody_who_vanished(site, process, cookies))


async def deaf_people(site: Site, process: int, cookies: list[str]) -> None:
    """Some never read again; one reads on after a while and is brought up to date in place."""
    frame = site.frames.pop()
    doors = [site.door(frame, cookies[number % 4], process) for number in range(WRITERS + DEAF + 1)]
    writers = [Writer(door, random.Random(number)) for number, door in enumerate(doors[:WRITERS])]
    deaf = [LoadClient(door, random.Random(7), receive_buffer=4096) for door in doors[WRITERS:-1]]
    paused = LoadClient(doors[-1], random.Random(8))
    everybody = [*writers, *deaf, paused]
    quiet = asyncio.Event()
    async with connected(everybody):
        await until(lambda: len(writers[0].people) == len(everybody), "all are there")
        for client in (*deaf, paused):
            client.pause_reading()
        before = site.resident_bytes(process)
        async with asyncio.TaskGroup() as editing:
            for client in writers:
                editing.create_task(client.edit_at(EDITS_PER_SECOND, quiet))
            await until(lambda: writers[0].newest > 500, "far more than may be on its way unseen")
            paused.resume_reading()
            await until(lambda: paused.replica.revision >= writers[0].newest, "it catches up")
            assert paused.closes == []
            await until(
                lambda: len(writers[0].people) == WRITERS + 1, "the deaf are gone", within_s=GONE_WITHIN_S
            )
            now = time.monotonic()
            await until(
                lambda: all(client.acked_at > now for client in writers), "the others go on", within_s=5
            )
            assert site.resident_bytes(process) - before < MORE_MEMORY
            quiet.set()
        await until(lambda: is_settled([*writers, paused]), "everybody has everything")
        assert all(client.closes == [] for client in writers)
        for client in deaf:
            client.resume_reading()
        await until(lambda: is_settled(everybody), "those who were let go come back and have everything too")
        assert all(client.welcomed == 2 for client in deaf)
    check_everything(store_of(site), frame, everybody)


async def somebody_who_vanished(site: Site, process: int, cookies: list[str]) -> None:
    """Nothing is sent that could go unseen: only the server's pings tell. As when a cable is pulled."""
    frame = site.frames.pop()
    here, vanished = (
        LoadClient(site.door(frame, site.sign_in(name)), random.Random(1)) for name in PEOPLE[:2]
    )
    async with connected([here, vanished]):
        await until(lambda: len(here.people) == 2, "both are there")
        vanished.pause_reading()
        await until(lambda: len(here.people) == 1, "one is gone", within_s=GONE_WITHIN_S)
        assert here.closes == []
