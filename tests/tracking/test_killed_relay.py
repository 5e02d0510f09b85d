"""A real worker is killed while MLflow creates a run for it: what was asked has no answer, and is done all the same, at
once or long after. In the end MLflow's own client finds each run once, and everything in it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from annotate.tracking import server
from tests.media.site import ROOT, Site, until

from .between import PATIENCE_S, Between, Deed
from .real import RealMlflow
from .visited_site import PROJECT, RUNS, is_told, prepare_visited

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
    ),
]
CHECK = """
import sys
from pathlib import Path
import django
django.setup()
from annotate.models import Detection, Frame
from tests.figures.factory import Lab
from tests.sync.world import World
from tests.tracking.test_read_back import check_whole
from tests.tracking.visit import Visit
frame, detection = Frame.objects.get(), Detection.objects.get()
world = World(frame.project, frame.source, {}, {"annotator": detection.created_by})
check_whole(Visit(Lab(world), frame), detection, sys.argv[1], Path(sys.argv[2]))
"""
SESSION_AND_DETECTION = pytest.mark.parametrize("which", [1, 2], ids=["session", "detection"])


@pytest.fixture
def site(tmp_path: Path, real: RealMlflow, between: Between) -> Iterator[Site]:
    """Somebody has worked, and MLflow knows nothing of it. No process runs."""
    real.delete_runs(PROJECT)
    site = Site(tmp_path / "data", "daphne")
    prepare_visited(site)
    site.settings["HITL_MLFLOW_URL"] = between.url
    yield site
    for process in list(site.processes):
        site.stop(process, signal.SIGKILL)


def with_creation(number: int, deeds: dict[str, Deed], deed: Deed) -> None:
    """``deed`` is done with the ``number``-th run that is created."""
    next_one = partial(with_creation, number - 1, deeds, deed)
    deeds["runs/create"] = deed if number == 1 else next_one


def start_and_kill(site: Site, number: int, deeds: dict[str, Deed], then: Deed = lambda: None) -> None:
    """The worker, in the middle of that creation. ``then`` is done before it goes on without the worker."""
    worker, is_dead = site.start("worker"), threading.Event()

    def kill() -> None:
        assert site.stop(worker, signal.SIGKILL) == -signal.SIGKILL
        is_dead.set()
        then()

    with_creation(number, deeds, kill)
    until(is_dead.is_set, "the worker has asked for the run, and is dead")


def start_again(site: Site) -> None:
    """When its lease of 30 s is over."""
    site.rows("UPDATE annotate_trackingrelay SET lease_until = '2020-01-01 00:00:00'")
    site.start("worker")
    until(partial(is_told, site), "everything is told", 60)


def let_a_minute_pass(site: Site) -> None:
    """As for the worker: what it doubted is due, and then looked for."""
    doubted = "SELECT COUNT(doubt_until) FROM annotate_trackingrun"
    assert site.value(doubted) > 0
    site.rows(
        "UPDATE annotate_trackingrun SET doubt_until = '2020-01-01 00:00:00' WHERE doubt_until IS NOT NULL"
    )
    until(lambda: site.value(doubted) == 0, "it has looked again", 60)


def check_whole(site: Site, real: RealMlflow, folder: Path) -> None:
    """In a process with the site's database."""
    words = [sys.executable, "-c", CHECK, real.url, str(folder)]
    done = subprocess.run(words, cwd=ROOT, env=site.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@SESSION_AND_DETECTION
def test_of_a_run_that_was_made_for_a_dead_worker_there_is_no_second_one(
    which: int, site: Site, real: RealMlflow, between: Between, tmp_path: Path
) -> None:
    start_and_kill(site, which, between.meanwhile)
    between.wait_until_idle()
    assert len(real.runs(PROJECT)) == which, "it was made"
    start_again(site)
    assert len(real.runs(PROJECT)) == RUNS
    check_whole(site, real, tmp_path)


@SESSION_AND_DETECTION
def test_one_that_is_made_after_the_next_worker_has_looked_for_it_does_not_stay(
    which: int, site: Site, real: RealMlflow, between: Between, tmp_path: Path
) -> None:
    may_go_on = threading.Event()
    start_and_kill(site, which, between.before, lambda: may_go_on.wait(PATIENCE_S))
    assert len(real.runs(PROJECT)) == which - 1, "MLflow has not heard of it"
    start_again(site)
    may_go_on.set()
    between.wait_until_idle()
    assert len(real.runs(PROJECT)) == RUNS + 1, "it came true"
    let_a_minute_pass(site)
    assert len(real.runs(PROJECT)) == RUNS
    check_whole(site, real, tmp_path)
