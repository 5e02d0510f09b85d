"""F1: the web process is killed with kill -9 while 20 people edit, again and again."""

import asyncio
import random
import time

import pytest

from tests.faults.checks import Store, check_acked_are_there, check_everything, is_settled
from tests.faults.conftest import LONG
from tests.faults.load import LoadClient, connected, until
from tests.faults.site import PEOPLE, Site, running

pytestmark = pytest.mark.faults

CLIENTS = 20
EDITS_PER_SECOND = 10
ROUNDS = 200 if LONG else 20
BACK_WITHIN_S = 20.0


@pytest.mark.parametrize(("kind", "server"), [("sqlite", "daphne"), ("postgres", "uvicorn")])
async def test_f1_no_acked_edit_is_lost_or_doubled_when_the_server_is_killed(
    kind: str, server: str, request: pytest.FixtureRequest
) -> None:
    site: Site = request.getfixturevalue("sqlite_site" if kind == "sqlite" else "full_site")
    site.servers = (server, server)
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201  (shown when the test fails)
    dice = random.Random(seed)
    frame = site.frames.pop()
    store = Store(site.folder, site.settings.get("HITL_DATABASE_URL", ""))
    with running(site, 0):
        cookies = [site.sign_in(name) for name in PEOPLE]
        clients = [
            LoadClient(
                site.door(frame, cookies[n % len(cookies)]),
                random.Random(dice.random()),
                asks_again=n % 2 == 0,
            )
            for n in range(CLIENTS)
        ]
        async with connected(clients):
            await until(lambda: all(client.online for client in clients), "20 clients come in")
            quiet = asyncio.Event()
            async with asyncio.TaskGroup() as editing:
                for client in clients:
                    editing.create_task(client.edit_at(EDITS_PER_SECOND, quiet))
                await killing(site, store, frame, clients, dice)
                quiet.set()
            await until(lambda: is_settled(clients), "everybody has everything", within_s=30)
        assert sum(client.resent for client in clients) > 0, "no edit was ever caught by a crash"
        assert min(client.welcomed for client in clients) > ROUNDS / 2
        folded = check_everything(store, frame, clients)
        assert folded.revision > CLIENTS * ROUNDS


async def killing(
    site: Site, store: Store, frame: int, clients: list[LoadClient], dice: random.Random
) -> None:
    """Kill it, start it at once, wait until all are back and an edit of everybody has been taken, work on a little."""
    checked = 0
    for _ in range(ROUNDS):
        await asyncio.sleep(dice.uniform(0.1, 0.6))
        welcomed = [client.welcomed for client in clients]
        site.kill()
        check_acked_are_there(store, frame, clients, checked)
        checked = max(client.newest for client in clients)
        killed = time.monotonic()
        site.start()
        await until(
            lambda before=welcomed: all(  # type: ignore[misc]
                client.online and client.welcomed > count
                for client, count in zip(clients, before, strict=True)
            ),
            "all are back",
            within_s=BACK_WITHIN_S,
        )
        await until(
            lambda since=killed: all(client.acked_at > since for client in clients),  # type: ignore[misc]
            "an edit of everybody is taken",
            within_s=BACK_WITHIN_S,
        )
