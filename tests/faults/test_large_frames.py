"""What is larger than one message of the web server arrives all the same, on each of them."""

import random
from collections.abc import Iterator

import pytest

from tests.faults.conftest import store_of
from tests.faults.load import LoadClient, connected, until
from tests.faults.site import PEOPLE, Site, running

pytestmark = pytest.mark.faults

BOXES = 450
FILL = """
import django
django.setup()
from uuid import uuid4
from annotate.models import Label, User
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
label, user = Label.objects.first().pk, User.objects.get(username="bob").pk
notes = {{"first": "x" * 1900, "second": "y" * 1900}}
fields = dict(x1=1, y1=1, x2=20, y2=20, label=label, attributes=notes)
commands = [Command(counter=n, kind="create", box=uuid4(), fields=fields, gesture="fill")
            for n in range(1, {count} + 1)]
submit({frame}, [Submission(uuid4(), user, commands)])
"""


@pytest.fixture(scope="module")
def site(full_site: Site) -> Iterator[Site]:
    full_site.servers = ("daphne", "uvicorn")
    with running(full_site, 0, 1):
        yield full_site


@pytest.mark.parametrize("process", [0, 1], ids=["daphne", "uvicorn"])
async def test_x2_a_frame_of_many_messages_opens_and_is_caught_up_with(site: Site, process: int) -> None:
    frame = site.frames.pop()
    door = site.door(frame, site.sign_in(PEOPLE[0], process), process)
    client = LoadClient(door, random.Random(1))
    async with connected([client]):
        await until(lambda: client.online, "it comes in")
        client.create()
        await until(lambda: client.replica.revision == 1, "a first box")
    site.run(FILL.format(frame=frame, count=BOXES))
    client.stopping = False
    newcomer = LoadClient(door, random.Random(2))
    async with connected([client, newcomer]):
        await until(lambda: client.replica.revision == BOXES + 1, "all operations")
        await until(lambda: newcomer.replica.revision == BOXES + 1, "all boxes")
        newcomer.create()
        await until(
            lambda: client.replica.revision == newcomer.replica.revision == BOXES + 2, "and it goes on"
        )
    assert (client.modes, newcomer.modes) == (["snapshot", "delta"], ["snapshot"])
    assert len(client.closes) == 2, "closed by itself alone"
    assert len(newcomer.replica.live()) == BOXES + 2
    check_snapshot_and_log(site, frame, client, newcomer)


def check_snapshot_and_log(site: Site, frame: int, *clients: LoadClient) -> None:
    """The way by the log and the way by a snapshot lead to the same boxes: those of the table."""
    table = store_of(site).boxes(frame)
    for client in clients:
        assert {
            box: (fields, versions, False) for box, (fields, versions) in client.replica.live().items()
        } == table
