"""The disk of a real MLflow is full: that of its database, or that of its files."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_django.fixtures import Settings

from annotate.models import Box
from annotate.tracking import server

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .real import RealMlflow
from .relays import relay_for, settle
from .small_disk import CannotMount, SmallDisk
from .test_health import tracking_part
from .test_real_mlflow import relay_to, start_again
from .visit import Visit

pytestmark = pytest.mark.skipif(
    not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
)

DATABASE, FILES = "mlflow", "mlflow/artifacts"
SAID = {DATABASE: "database or disk is full", FILES: "MLflow answered 500 to PUT"}

Disks = dict[str, SmallDisk]


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disks]:
    folder = tmp_path_factory.mktemp("full")
    with ExitStack() as stack:
        found: Disks = {}
        for name in (DATABASE, FILES):
            try:
                found[name] = SmallDisk(folder / name, megabytes=16)
            except CannotMount as error:
                pytest.skip(f"no small file system for MLflow to fill: {error}")
            stack.callback(found[name].unmount)
        yield found


@pytest.fixture(scope="module")
def real(disks: Disks) -> Iterator[RealMlflow]:
    running = RealMlflow(disks[DATABASE].folder.parent)
    running.start()
    yield running
    running.kill()


@pytest.mark.parametrize("which", [DATABASE, FILES])
def test_edits_go_on_and_it_catches_up_once_there_is_room(
    which: str,
    disks: Disks,
    real: RealMlflow,
    visit: Visit,
    mlflow: FakeMlflow,
    clock: Clock,
    settings: Settings,
) -> None:
    relay, project = relay_to(real, clock), visit.lab.world.project.pk
    real.delete_runs(project)  # of the case before
    visit.detect()
    settle(relay, clock)

    disks[which].fill()
    visit.judge()
    visit.complete()
    before = Box.objects.count()
    for failures in (1, 2, 3):
        relay.round()
        relay.round()  # too early: it is not asked
        assert relay.failures == failures
        visit.draw()
        clock.forward(seconds=3 * 2 ** (failures - 1))
    assert Box.objects.count() == before + 3
    part = tracking_part(settings)
    assert SAID[which] in part["problem"]
    assert "INSERT" not in part["problem"]
    assert (part["failures"], part["refused"]) == (3, 0)
    assert part["waiting"] >= 5

    disks[which].make_room()
    clock.forward(seconds=61)
    visit.sign_out()
    settle(relay, clock)
    part = tracking_part(settings)
    assert (part["waiting"], part["failures"], part["problem"]) == (0, 0, "")
    told = real.picture(project)
    start_again()
    settle(relay_for(mlflow, clock), clock)
    assert told == mlflow.picture()
