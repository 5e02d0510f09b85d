"""A real MLflow that is stopped, hangs or is slow in the middle of a delivery. Afterwards its own client reads back
everything, each thing once."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from annotate.models import Box
from annotate.tracking import server
from annotate.tracking.relay import Relay
from annotate.tracking.rest import TIMEOUT_S, Mlflow

from .between import Between
from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .real import RealMlflow
from .relays import relay_for, settle
from .test_health import tracking_part
from .test_read_back import check_whole
from .test_real_mlflow import start_again
from .visit import Visit

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
    ),
    pytest.mark.usefixtures("nothing_of_this_project"),
]

SLOW_S = 10.0
"""Of an answer, and twice as long as the relay waits first."""
SHORTER = 20.0
"""By which both are divided where every call is slow, so that twenty of them take ten seconds and not minutes."""

Check = Callable[[], None]
Tracking = dict[str, Any]
Lose = Callable[[Relay, str, Callable[[], None]], Tracking]


@pytest.fixture
def check(
    visit: Visit, real: RealMlflow, mlflow: FakeMlflow, clock: Clock, settings: Settings, tmp_path: Path
) -> Check:
    """That MLflow has all of the visit, by its own client against the rows, and point by point as one that was always
    well."""

    def checked() -> None:
        part = tracking_part(settings)
        assert (part["waiting"], part["failures"], part["problem"], part["refused"]) == (0, 0, "", 0)
        [detection] = visit.lab.world.project.detections.all()
        check_whole(visit, detection, real.url, tmp_path)
        told = real.picture(visit.lab.world.project.pk)
        start_again()
        settle(relay_for(mlflow, clock), clock)
        assert told == mlflow.picture()

    return checked


def relay_through(between: Between, clock: Clock, timeout_s: float) -> Relay:
    return Relay(Mlflow(between.url, timeout_s=timeout_s), now=clock.now, clock=clock.seconds)


def go_on(visit: Visit) -> None:
    """Drawing, rating, completing and signing out, whatever MLflow does."""
    before = Box.objects.count()
    visit.draw()
    visit.lab.rate(visit.frame, "positive")
    visit.complete()
    visit.sign_out()
    assert Box.objects.count() == before + 1


@pytest.fixture
def lose(visit: Visit, between: Between, clock: Clock, settings: Settings) -> Lose:
    """MLflow is lost in the middle of a call, and people go on; what the health page says then."""

    def lost(relay: Relay, call: str, how: Callable[[], None]) -> Tracking:
        visit.detect()
        visit.judge()
        between.meanwhile[call] = how
        relay.round()
        assert not between.meanwhile, "it was in the middle of it"
        assert relay.failures == 1
        go_on(visit)
        clock.forward(seconds=4)
        relay.round()
        part = tracking_part(settings)
        assert part["failures"] == 2 and part["waiting"] > 0
        return part

    return lost


@pytest.mark.parametrize("call", ["runs/create", "runs/log-batch", "mlflow-artifacts"])
def test_it_is_stopped_in_the_middle_of_a_delivery_and_started_again(
    call: str, between: Between, clock: Clock, lose: Lose, check: Check
) -> None:
    relay = relay_through(between, clock, timeout_s=30)
    assert lose(relay, call, between.real.stop)["problem"]
    between.real.start()
    clock.forward(seconds=61)
    settle(relay, clock)
    check()


@pytest.mark.parametrize("call", ["runs/create", "runs/log-batch"])
def test_it_hangs_in_the_middle_of_a_delivery_and_goes_on(
    call: str, between: Between, clock: Clock, lose: Lose, check: Check
) -> None:
    """What it was asked while it hung comes true when it goes on, after the relay has given up on it."""
    relay = relay_through(between, clock, timeout_s=1.0)
    assert "timed out" in lose(relay, call, between.real.freeze)["problem"]
    between.real.thaw()
    clock.forward(seconds=61)
    settle(relay, clock)
    between.wait_until_idle()
    clock.forward(seconds=61)
    settle(relay, clock)
    check()


@pytest.mark.parametrize("which", ["call_late_s", "answer_late_s"])
def test_every_call_takes_twice_as_long_as_the_relay_waits_first(
    which: str, visit: Visit, between: Between, clock: Clock, settings: Settings, check: Check
) -> None:
    """Ten seconds and five, divided by SHORTER."""
    setattr(between, which, SLOW_S / SHORTER)
    relay = relay_through(between, clock, timeout_s=TIMEOUT_S / SHORTER)
    visit.detect()
    visit.judge()
    relay.round()
    assert relay.failures == 1
    assert "timed out" in tracking_part(settings)["problem"]
    go_on(visit)
    settle(relay, clock)
    between.wait_until_idle()
    clock.forward(seconds=61)
    settle(relay, clock)
    check()


def test_a_run_that_is_created_ten_seconds_late_is_no_second_one(
    visit: Visit, real: RealMlflow, between: Between, clock: Clock, check: Check
) -> None:
    """Not shortened: the relay waits five seconds, asks again, finds none and creates it; then the first one comes."""
    relay = relay_through(between, clock, timeout_s=TIMEOUT_S)
    visit.detect()
    visit.judge()
    between.before["runs/create"] = lambda: time.sleep(SLOW_S)
    relay.round()
    assert relay.failures == 1
    clock.forward(seconds=4)
    settle(relay, clock)
    between.wait_until_idle()
    assert len(real.runs(visit.lab.world.project.pk)) == 3, "a session, a detection, and one of them twice"
    go_on(visit)
    clock.forward(seconds=61)
    settle(relay, clock)
    check()
