"""One relay at a time, also where MLflow takes so long that a lease runs out in the middle of one run."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.models import TrackingRelay, TrackingRun
from annotate.tracking.relay import Relay
from annotate.tracking.rest import Mlflow

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle
from .visit import Visit


class SlowMlflow(Mlflow):
    """Does ``meanwhile``, which is told the number of the call, after MLflow did it and before we hear so."""

    def __init__(self, url: str, meanwhile: Callable[[int], None]) -> None:
        super().__init__(url)
        self.meanwhile, self.calls = meanwhile, 0

    def _call(self, *words: Any, **more: Any) -> bytes:
        answer = super()._call(*words, **more)
        self.calls += 1
        self.meanwhile(self.calls)
        return answer


def expected(visit: Visit, mlflow: FakeMlflow, clock: Clock) -> dict[str, Any]:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    return mlflow.picture()


def start_again(mlflow: FakeMlflow) -> None:
    mlflow.wipe()
    mlflow.calls.clear()
    TrackingRun.objects.update(delivered=0, mlflow_run="", experiment="", problem="")
    TrackingRelay.objects.all().delete()


@pytest.mark.parametrize("seconds", [4, 10, 16, 20])
def test_whoever_tells_a_run_keeps_the_lease_however_slow_the_answers_are(
    seconds: float, visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    whole = expected(visit, mlflow, clock)
    start_again(mlflow)
    other = relay_for(mlflow, clock)

    def wait(call: int) -> None:
        clock.forward(seconds=seconds)
        other.round()

    slow = SlowMlflow(mlflow.url, wait)
    relay_for(mlflow, clock, slow).round()
    assert mlflow.picture() == whole
    assert len(mlflow.calls) == slow.calls > 10, "the other one told nothing"


@pytest.mark.parametrize("is_given_back", [False, True])
@pytest.mark.parametrize("last", range(1, 7))
def test_whoever_lost_the_lease_says_nothing_more(
    last: int, is_given_back: bool, visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    """One answer outlasts it. That it is free again when the answer comes changes nothing."""
    whole = expected(visit, mlflow, clock)
    start_again(mlflow)
    other = relay_for(mlflow, clock)

    def outlast(call: int) -> None:
        if call == last:
            clock.forward(seconds=31)
            settle(other, clock)
            if is_given_back:
                other.lease.give_back()

    slow = SlowMlflow(mlflow.url, outlast)
    relay: Relay = relay_for(mlflow, clock, slow)
    assert not relay.round()
    assert (slow.calls, relay.failures, relay.lease.is_held) == (last, 0, False)
    assert mlflow.picture() == whole
    clock.forward(seconds=61)
    settle(relay, clock)
    assert mlflow.picture() == whole


def test_while_it_is_young_the_database_is_not_asked_of_it(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    relay = relay_for(mlflow, clock)
    visit.draw()
    settle(relay, clock)
    visit.whole()
    relay.place()
    mlflow.calls.clear()
    with CaptureQueriesContext(connection) as seen:
        relay.deliver()
    assert len(mlflow.calls) > 5
    assert not [one for one in seen if TrackingRelay._meta.db_table in one["sql"]]
