"""The same words, held against a real MLflow server."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.fixtures import Settings

from annotate.detection.versions import path_of
from annotate.models import TrackingRelay, TrackingRun, Training
from annotate.tracking import server
from annotate.tracking.relay import Relay
from annotate.tracking.replay import replay
from annotate.tracking.rest import Mlflow
from annotate.tracking.weights import connection, fetch_alias, fetch_missing

from .conftest import Clock
from .course import Course
from .fake_mlflow import FakeMlflow
from .real import RealMlflow
from .relays import CutMlflow, Killed, relay_for, settle
from .test_training import everything
from .visit import Visit

pytestmark = [
    pytest.mark.skipif(
        not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
    ),
    pytest.mark.usefixtures("nothing_of_this_project"),
]

CUTS = (1, 3, 4, 5, 8, 11, 14)
"""Calls of the relay; every one of them is cut with the fake in test_relay.py."""


def relay_to(real: RealMlflow, clock: Clock, mlflow: Mlflow | None = None) -> Relay:
    return Relay(mlflow or Mlflow(real.url, timeout_s=30), now=clock.now, clock=clock.seconds)


def start_again() -> None:
    TrackingRun.objects.update(delivered=0, mlflow_run="", experiment="", problem="")
    TrackingRelay.objects.all().delete()


def test_the_fake_and_the_real_one_are_told_the_same(
    visit: Visit, mlflow: FakeMlflow, real: RealMlflow, clock: Clock
) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    start_again()
    settle(relay_to(real, clock), clock)
    assert real.picture(visit.lab.world.project.pk) == mlflow.picture()


def test_what_is_no_number_any_more_is_nan_there(
    visit: Visit, mlflow: FakeMlflow, real: RealMlflow, clock: Clock
) -> None:
    detection = visit.detect()
    visit.lab.change(visit.frame, visit.boxes[0], status="accepted")
    visit.lab.world.author(visit.frame).do("undo")
    settle(relay_for(mlflow, clock), clock)
    for _ in range(2):
        start_again()
        settle(relay_to(real, clock), clock)
        told = real.picture(visit.lab.world.project.pk)
        assert told == mlflow.picture()
        values = [value for key, value, *_ in told[detection.pk.hex]["metrics"] if key == "precision"]
        assert sorted(values, key=str) == [1.0, "NaN"], "each once, also when it is told again"


def test_it_was_killed_and_came_back_in_the_middle_of_a_session(
    visit: Visit, mlflow: FakeMlflow, real: RealMlflow, clock: Clock
) -> None:
    relay = relay_to(real, clock)
    detection = visit.detect()
    settle(relay, clock)
    visit.judge()
    real.kill()
    relay.round()
    assert relay.failures == 1
    visit.draw()
    visit.lab.rate(visit.frame, "negative")
    relay.round()
    real.start()
    clock.forward(seconds=61)
    settle(relay, clock)
    visit.complete()
    visit.sign_out()
    settle(relay, clock)
    told = real.picture(visit.lab.world.project.pk)
    start_again()
    settle(relay_for(mlflow, clock), clock)
    assert told == mlflow.picture()
    assert detection.pk.hex in told


def test_a_relay_that_is_killed_leaves_no_trace(
    visit: Visit, mlflow: FakeMlflow, real: RealMlflow, clock: Clock
) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    project = visit.lab.world.project.pk
    for cut in CUTS:
        for is_done in (False, True):
            start_again()
            real.delete_runs(project)
            with pytest.raises(Killed):
                settle(relay_to(real, clock, CutMlflow(real.url, cut, is_done=is_done)), clock)
            clock.forward(seconds=31)
            settle(relay_to(real, clock), clock)
            assert real.picture(project) == mlflow.picture(), f"cut at call {cut}, done: {is_done}"


def test_a_replay_is_byte_identical(visit: Visit, real: RealMlflow, clock: Clock) -> None:
    visit.whole()
    settle(relay_to(real, clock), clock)
    project = visit.lab.world.project.pk
    before = real.picture(project)
    real.delete_runs(project)
    assert real.runs(project) == []
    TrackingRelay.objects.all().delete()
    assert replay(Mlflow(real.url, timeout_s=30), project, lambda line: None) == 0
    assert real.picture(project) == before


def test_a_training_its_model_and_what_serves(
    course: Course, mlflow: FakeMlflow, real: RealMlflow, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    """Twice, and then by its alias into the folder of models of another machine."""
    everything(course, mlflow, clock)
    project = course.project.pk
    for _ in range(2):
        start_again()
        settle(relay_to(real, clock), clock)
        assert real.picture(project) == mlflow.picture()
        assert real.registry(project) == mlflow.registry()
    [(name, (_, aliases))] = real.registry(project).items()
    champion = Training.objects.get(pk=aliases["champion"]).model_version
    assert champion is not None
    was = path_of(champion).read_bytes()
    settings.MODELS_DIR, settings.MLFLOW_URL = tmp_path / "elsewhere", real.url
    path, sha256 = fetch_alias(connection(), f"models:/{name}@champion")
    assert (path, sha256) == (path_of(champion), champion.sha256)
    assert path.read_bytes() == was
    path.unlink()
    assert fetch_missing(champion)


def test_l6_it_answers_under_its_own_names_alone(real: RealMlflow) -> None:
    foreign: dict[str, Any] = {"headers": {"Host": "evil.example"}, "timeout": 30}
    search = f"{real.url}/api/2.0/mlflow/experiments/search"
    assert httpx.post(search, json={"max_results": 1}, **foreign).status_code == httpx.codes.FORBIDDEN


def test_l4_it_keeps_runs_in_a_database(real: RealMlflow, tmp_path: Path) -> None:
    assert (real.folder / "mlflow" / "mlflow.sqlite3").is_file()
    assert not (real.folder / "mlflow" / "mlruns").exists()
