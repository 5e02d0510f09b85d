"""What no MLflow answers, what it answers about one run alone, and our own errors: they stop nobody else."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from annotate.models import TrackingRun
from annotate.tracking import relay as relay_module
from annotate.tracking.detection_run import DetectionFold
from annotate.tracking.lag import lag_at
from annotate.tracking.registry import Registry
from annotate.tracking.relay import RETRY_AFTER, STUMBLES, Relay, relay_until
from annotate.tracking.rest import Mlflow, Unavailable

from .conftest import Clock
from .course import Course
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle
from .test_relay import run_of_kind
from .visit import Visit

ANSWERS: list[dict[str, Any] | bytes] = [
    {"hello": "world"},
    b"[]",
    b"null",
    {"experiments": [{}], "runs": [{}], "registered_models": [{}], "model_versions": [{}]},
    {"experiments": ["x"], "runs": ["x"], "registered_models": ["x"], "model_versions": ["x"]},
    {"experiments": [{"experiment_id": "x"}], "runs": [{"info": "x"}], "run": {"info": []}},
]


@pytest.mark.parametrize("part", ["experiments/search", "experiments/create", "runs/search", "runs/create"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_somebody_else_who_answers_is_waited_out(
    part: str, answer: dict[str, Any] | bytes, visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.draw()
    relay = relay_for(mlflow, clock)
    mlflow.odd = lambda path, body: (200, answer) if part in path else None
    assert not relay.round()
    mlflow.odd = lambda path, body: None
    clock.forward(seconds=61)
    settle(relay, clock)
    assert run_of_kind(mlflow, "annotation_session").metrics
    assert lag_at(clock.now()).refused == 0


@pytest.mark.parametrize("answer", ANSWERS)
def test_so_is_one_in_place_of_the_registry(
    answer: dict[str, Any] | bytes, course: Course, mlflow: FakeMlflow, clock: Clock
) -> None:
    course.whole()
    relay = relay_for(mlflow, clock)
    mlflow.odd = lambda path, body: (200, answer) if "registered-models/" in path else None
    relay.round()
    assert relay.failures == 1
    mlflow.odd = lambda path, body: None
    clock.forward(seconds=61)
    settle(relay, clock)
    assert lag_at(clock.now()).refused == 0 and mlflow.registry()


def test_a_version_without_a_name_is_none_of_mlflow(mlflow: FakeMlflow) -> None:
    mlflow.odd = lambda path, body: (200, {"model_versions": [{}]})
    with pytest.raises(Unavailable, match="not MLflow"):
        Registry(Mlflow(mlflow.url)).versions_of("a")


class TestAnErrorOfOurs:
    def test_it_stops_its_run_alone(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(fold: DetectionFold, event: Any) -> None:
            raise ZeroDivisionError("/home/somebody")

        monkeypatch.setattr(DetectionFold, "take", broken)
        visit.whole()
        settle(relay_for(mlflow, clock), clock)
        assert run_of_kind(mlflow, "annotation_session").status == "FINISHED"
        problem = TrackingRun.objects.get(kind="detection").problem
        assert "ZeroDivisionError" in problem and "/home" not in problem
        assert lag_at(clock.now()).refused == 1

    def test_the_thread_goes_on(
        self, mlflow: FakeMlflow, settings: Settings, monkeypatch: pytest.MonkeyPatch, db: None
    ) -> None:
        settings.MLFLOW_URL = mlflow.url
        stop, errors = threading.Event(), [KeyError("x"), DatabaseError(), TypeError()]

        def failing(relay: Relay) -> bool:
            if not errors:
                stop.set()
                return False
            raise errors.pop()

        monkeypatch.setattr(Relay, "round", failing)
        monkeypatch.setattr(relay_module, "EVERY_S", 0.01)
        monkeypatch.setattr(relay_module, "LONGEST_PAUSE_S", 0.01)
        monkeypatch.setattr("annotate.tracking.relay.connections.close_all", lambda: None)
        relay_until(stop)
        assert errors == []


def failing_for(mlflow: FakeMlflow, run_id: str) -> None:
    """MLflow answers 500 to whatever is said of this run."""
    words = {"error_code": "INTERNAL_ERROR", "message": "it broke"}
    mlflow.odd = lambda path, body: (500, words) if run_id.encode() in body or run_id in path else None


def rounds(relay: Relay, clock: Clock, count: int) -> None:
    for _ in range(count):
        relay.round()
        clock.forward(seconds=61)


class TestARunThatAlwaysFails:
    @pytest.fixture
    def relay(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> Relay:
        """Two people are there; MLflow fails at what the first one in order does."""
        visit.draw()
        visit.lab.draw(visit.frame, who="second", left=400)
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        first = TrackingRun.objects.order_by("pk")[0]
        failing_for(mlflow, first.mlflow_run)
        visit.draw()
        visit.lab.draw(visit.frame, who="second", left=300)
        return relay

    def test_it_keeps_others_waiting_for_a_while_only(
        self, relay: Relay, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        rounds(relay, clock, STUMBLES)
        bad, good = TrackingRun.objects.order_by("pk")
        assert mlflow.last(mlflow.runs[good.mlflow_run])["created"] == 2
        assert "it broke" in bad.problem and good.problem == ""
        assert bad.retry_at is not None
        lag = lag_at(clock.now())
        assert (lag.refused, lag.waiting, lag.failures) == (1, 0, 0)

    def test_it_is_told_later(self, relay: Relay, mlflow: FakeMlflow, clock: Clock) -> None:
        rounds(relay, clock, STUMBLES)
        clock.forward(seconds=RETRY_AFTER.total_seconds())
        rounds(relay, clock, 1)
        bad = TrackingRun.objects.order_by("pk")[0]
        assert bad.retry_at is not None and bad.retry_at > clock.now(), "it failed again, alone"
        assert lag_at(clock.now()).failures == 0
        mlflow.odd = lambda path, body: None
        rounds(relay, clock, 1)
        assert mlflow.last(mlflow.runs[bad.mlflow_run])["created"] == 1, "not at once"
        clock.forward(seconds=RETRY_AFTER.total_seconds())
        rounds(relay_for(mlflow, clock), clock, 1)
        bad.refresh_from_db()
        assert bad.problem == "" and bad.delivered == bad.sequenced
        assert TrackingRun.objects.filter(retry_at__isnull=True).count() == 2
        assert mlflow.last(mlflow.runs[bad.mlflow_run])["created"] == 2

    def test_where_everything_fails_no_run_is_blamed(
        self, relay: Relay, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        mlflow.odd = lambda path, body: (500, {})
        rounds(relay, clock, 30)
        lag = lag_at(clock.now())
        assert lag.refused == 0 and lag.waiting > 0
        assert lag.failures == 30
        mlflow.odd = lambda path, body: None
        settle(relay, clock)
        assert lag_at(clock.now()).waiting == 0

    def test_where_mlflow_is_not_well_no_run_is_blamed(
        self, relay: Relay, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Mlflow, "is_well", lambda self: False)
        rounds(relay, clock, 2 * STUMBLES)
        assert lag_at(clock.now()).refused == 0
