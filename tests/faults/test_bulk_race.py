"""An administrator gives 5,000 boxes another label while two people edit the images: all see the same 2 s later, and
nothing of anybody is lost."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.faults.checks import Store, as_json, check_commands, check_log, is_settled
from tests.faults.conftest import store_of
from tests.faults.load import LoadClient, connected, until
from tests.faults.replica import Replica
from tests.faults.site import ROOT, Site, running

pytestmark = pytest.mark.faults

FRAMES, BOXES = 5, 1000
EDITS_PER_SECOND = 2
CONVERGED_WITHIN_S = 2.0
DONE_WITHIN_S = 60.0

DRAW = """
import django
django.setup()
from uuid import uuid4
from annotate.models import Label, User
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
label = Label.objects.order_by("pk").first().pk
for frame in {frames!r}:
    commands = [
        Command(counter=n + 1, kind="create", box=uuid4(), gesture="found", source="model",
                fields=dict(x1=n % 40 * 30.0, y1=n // 40 * 30.0, x2=n % 40 * 30 + 20.0, y2=n // 40 * 30 + 20.0,
                            label=label, status="accepted"))
        for n in range({count})
    ]
    submit(frame, [Submission(uuid4(), None, commands, "model")])
User.objects.create_superuser("root", password=None)
"""
START = """
import django
django.setup()
from annotate.bulk.edit import BulkEdit, preview_of
from annotate.jobs.bulk import BulkRefused, start_bulk
from annotate.models import Box, User
boxes = Box.objects.filter(frame__in={frames!r}, source="model")
edit = BulkEdit("relabel", list(boxes.values_list("pk", flat=True)), "boat")
while True:  # people edit: a preview is old at once
    try:
        start_bulk(edit, User.objects.get(username="root"), digest=preview_of(edit).digest)
        break
    except BulkRefused as refused:
        assert refused.code == "changed", refused
"""


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    name = "sqlite_site" if request.param == "sqlite" else "full_site"
    chosen: Site = request.getfixturevalue(name)
    with running(chosen, 0):
        yield chosen


@pytest.fixture
def worker(site: Site) -> Iterator[None]:
    command = [sys.executable, "manage.py", "worker", "--lanes", "long"]
    with (site.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


async def test_everybody_converges_and_nothing_is_lost(site: Site, worker: None) -> None:
    frames = [site.frames.pop() for _ in range(FRAMES)]
    site.run(DRAW.format(frames=frames, count=BOXES))
    store = store_of(site)
    cookies = [site.sign_in(name) for name in ("ada", "bob")]
    clients = {
        frame: [LoadClient(site.door(frame, one), random.Random(frame)) for one in cookies]
        for frame in frames
    }
    everybody = [client for pair in clients.values() for client in pair]
    quiet = asyncio.Event()
    async with connected(everybody):
        await until(lambda: all(len(client.replica.live()) >= BOXES for client in everybody), "all see all")
        async with asyncio.TaskGroup() as editing:
            for client in everybody:
                editing.create_task(client.edit_at(EDITS_PER_SECOND, quiet))
            try:
                await asyncio.to_thread(site.run, START.format(frames=frames))
                counts = await asyncio.to_thread(counts_at_the_end, store)
            finally:
                quiet.set()
        took = await until(lambda: all(is_settled(pair) for pair in clients.values()), "all see the same")
    assert took < CONVERGED_WITHIN_S, f"{took:.1f} s"
    assert BOXES * FRAMES * 0.9 <= counts["done"] <= sum(counts.values()) <= BOXES * FRAMES, counts
    for frame, pair in clients.items():
        folded = check_all(store, frame, pair)
        labels = [fields["label"] for fields, _versions in folded.live().values()]
        assert labels.count(pair[0].labels[2]) >= 0.9 * BOXES
    assert sum(len(client.made) for client in everybody) >= 2 * FRAMES, "people edited meanwhile"


def check_all(store: Store, frame: int, pair: list[LoadClient]) -> Replica:
    """As ``check_everything``, where an administrator and a model have written too."""
    log = store.operations(frame)
    bases = {
        (client.client, counter): made.message["base"]
        for client in pair
        for counter, made in client.made.items()
        if "base" in made.message
    }
    folded = check_log(store, frame, log, bases)
    check_commands([one for one in log if one["o"] not in {"admin", "model"}], pair)
    for client in pair:
        assert client.undecided == {} and client.replica.live() == folded.live()
    return folded


def counts_at_the_end(store: Store) -> dict[str, int]:
    """Of the job, by outcome; it must come to its end."""
    deadline = time.monotonic() + DONE_WITHIN_S
    while True:
        [(state, result)] = store.rows("SELECT state, result FROM annotate_job WHERE kind = 'bulk'")
        if state not in {"queued", "running"}:
            assert state == "done", state
            counts: dict[str, int] = as_json(result)["counts"]
            return counts
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.2)
