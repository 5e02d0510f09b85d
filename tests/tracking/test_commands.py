"""What whoever runs the installation types, and what they are told."""

import io
import re
import time

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from annotate.models import TrackingRelay, TrackingRun
from annotate.tracking import relay, replay
from annotate.tracking.rest import Mlflow

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle
from .visit import Visit


def replayed(*words: str) -> str:
    output = io.StringIO()
    call_command("tracking_replay", *words, stdout=output)
    return output.getvalue()


def test_it_replays_one_project(visit: Visit, mlflow: FakeMlflow, clock: Clock, settings: Settings) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    whole = mlflow.picture()
    mlflow.wipe()
    TrackingRelay.objects.all().delete()
    settings.MLFLOW_URL = mlflow.url
    assert replayed("--project", str(visit.lab.world.project.pk)).endswith("Done\n")
    assert mlflow.picture() == whole


def test_what_no_worker_has_seen_yet_is_told_too(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, settings: Settings
) -> None:
    """It begins with events alone: which runs they make is for whoever tells them."""
    visit.whole()
    assert not TrackingRun.objects.exists()
    settings.MLFLOW_URL = mlflow.url
    first, second, *_, last = replayed("--project", str(visit.lab.world.project.pk)).splitlines()
    assert first == "0 runs to tell again"
    assert re.fullmatch(r"\d+ events that no worker has seen yet; .+", second)
    assert last == "Done"
    assert [run.status for run in mlflow.runs.values()] == ["FINISHED", "FINISHED"]
    whole = mlflow.picture()
    mlflow.wipe()
    TrackingRelay.objects.all().delete()
    assert replayed().splitlines() == ["2 runs to tell again", "Done"]
    assert mlflow.picture() == whole


def test_where_nothing_is_recorded_that_is_said(mlflow: FakeMlflow, settings: Settings, db: None) -> None:
    settings.MLFLOW_URL, settings.TRACKING = mlflow.url, False
    first, *rest = replayed().splitlines()
    assert "HITL_TRACKING is off" in first
    assert rest == ["0 runs to tell again", "Done"]


@pytest.mark.parametrize(("url", "said"), [("", "HITL_MLFLOW_URL"), ("ftp://x", "http://host:port")])
def test_it_says_what_is_wrong_with_the_address(url: str, said: str, db: None, settings: Settings) -> None:
    settings.MLFLOW_URL = url
    with pytest.raises(CommandError, match=said):
        replayed()


def test_it_knows_no_such_project(db: None) -> None:
    with pytest.raises(CommandError, match="no project 7"):
        replayed("--project", "7")


def test_an_mlflow_that_is_away_loses_nothing(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "EVERY_S", 0.01)
    monkeypatch.setattr(replay, "PAUSE_S", 0.01)
    visit.draw()
    settle(relay_for(mlflow, clock), clock)
    TrackingRelay.objects.all().delete()
    mlflow.wipe()
    mlflow.is_down = True
    mlflow.calls.clear()
    settings.MLFLOW_URL = mlflow.url
    with pytest.raises(CommandError, match="when it is back"):
        replayed()
    assert len([one for one in mlflow.calls if one != "/health"]) == replay.GIVE_UP_AFTER
    assert TrackingRun.objects.get().delivered == 0
    mlflow.is_down = False
    clock.forward(seconds=61)
    settle(relay_for(mlflow, clock), clock)
    assert len(mlflow.runs) == 1


class TestAWorkerThatTellsMeanwhile:
    """Its relay has the lease, and what it knows of MLflow is in the database."""

    @pytest.fixture
    def worker(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> relay.Relay:
        visit.draw()
        running = relay_for(mlflow, clock)
        settle(running, clock)
        return running

    def test_where_it_does_not_reach_mlflow_that_is_said_and_is_the_end(
        self, worker: relay.Relay, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        mlflow.is_down = True
        said: list[str] = []

        def pause(seconds: float) -> None:
            clock.forward(seconds=20)
            worker.round()

        with pytest.raises(replay.Behind):
            replay.replay(Mlflow(mlflow.url), None, said.append, pause)
        assert said[1] == "A worker is telling MLflow; waiting for it"
        assert "503" in said[2] and "waiting" in said[2]
        assert worker.failures == replay.GIVE_UP_AFTER
        assert TrackingRun.objects.get().delivered == 0

    def test_what_it_suffered_before_ends_nothing(
        self, worker: relay.Relay, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """MLflow is back, which the worker has not seen yet."""
        mlflow.is_down = True
        visit.draw()
        for _ in range(2 * replay.GIVE_UP_AFTER):
            clock.forward(seconds=20)
            worker.round()
        assert worker.failures >= replay.GIVE_UP_AFTER
        mlflow.is_down = False
        mlflow.wipe()

        def pause(seconds: float) -> None:
            clock.forward(seconds=20)
            worker.round()

        assert replay.replay(Mlflow(mlflow.url), None, lambda line: None, pause) == 0
        assert len(mlflow.runs) == 1


def test_it_waits_for_an_mlflow_that_starts(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "EVERY_S", 0.01)
    visit.draw()
    settle(relay_for(mlflow, clock), clock)
    TrackingRelay.objects.all().delete()
    whole = mlflow.picture()
    mlflow.wipe()
    mlflow.is_down = True
    paused: list[float] = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        mlflow.is_down = False
        time.sleep(0.02)

    assert replay.replay(Mlflow(mlflow.url), None, lambda line: None, pause) == 0
    assert paused
    assert mlflow.picture() == whole


def test_what_mlflow_refuses_is_said(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, settings: Settings
) -> None:
    visit.draw()
    settle(relay_for(mlflow, clock), clock)
    TrackingRelay.objects.all().delete()
    [run] = mlflow.runs.values()
    run.params["user"] = "somebody else"
    settings.MLFLOW_URL = mlflow.url
    with pytest.raises(CommandError, match="refused 1 runs"):
        replayed()


def test_the_relay_needs_an_address(db: None, settings: Settings) -> None:
    settings.MLFLOW_URL = ""
    with pytest.raises(CommandError, match="HITL_MLFLOW_URL"):
        call_command("tracking_relay")
