"""What MLflow was asked to create and did not answer may come true after it was asked again: in the end it is there
once."""

import pytest

from annotate.models import TrackingRelay, TrackingRun
from annotate.tracking import delivery
from annotate.tracking import replay as replay_module
from annotate.tracking.delivery import DOUBT
from annotate.tracking.lease import LEASE
from annotate.tracking.relay import Relay
from annotate.tracking.replay import replay

from .conftest import Clock
from .course import Course
from .fake_mlflow import FakeMlflow
from .relays import Killed, LateMlflow, relay_for, settle
from .test_training import promote, told
from .visit import Visit

BOTH = pytest.mark.parametrize("when", ["before", "after"])


def start_again(mlflow: FakeMlflow) -> None:
    mlflow.wipe()
    TrackingRun.objects.update(delivered=0, mlflow_run="", experiment="", problem="")
    TrackingRelay.objects.all().delete()


def told_late(mlflow: FakeMlflow, clock: Clock, late: LateMlflow) -> Relay:
    """What it was asked first has had no answer; asked again, everything is told."""
    relay = relay_for(mlflow, clock, late)
    relay.round()
    assert relay.failures == 1
    clock.forward(seconds=4)
    settle(relay, clock)
    return relay


@BOTH
def test_a_run(when: str, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    whole = mlflow.picture()
    start_again(mlflow)
    late = LateMlflow(mlflow.url, "runs/create", when)
    relay = told_late(mlflow, clock, late)
    assert late.is_done and len(mlflow.runs) == len(whole) + 1
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    relay.round()
    assert mlflow.picture() == whole
    mlflow.calls.clear()
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    relay.round()
    assert mlflow.calls == [], "it was looked for once"


def test_while_mlflow_is_away_again_the_twin_is_not_forgotten(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.whole()
    relay = told_late(mlflow, clock, LateMlflow(mlflow.url, "runs/create", "after"))
    assert len(mlflow.runs) == 3
    mlflow.is_down = True
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    relay.round()
    assert relay.failures == 1 and len(mlflow.runs) == 3
    mlflow.is_down = False
    clock.forward(seconds=4)
    relay.round()
    assert relay.failures == 0 and len(mlflow.runs) == 2


@BOTH
def test_another_relay_settles_the_doubt_of_one_that_ended(
    when: str, visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.draw()
    relay = told_late(mlflow, clock, LateMlflow(mlflow.url, "runs/create", when))
    relay.lease.give_back()
    assert len(mlflow.runs) == 2
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    relay_for(mlflow, clock).round()
    assert len(mlflow.runs) == 1
    run = TrackingRun.objects.get()
    assert (run.mlflow_run, run.doubt_until) == (next(iter(mlflow.runs)), None)


def test_one_that_ended_before_it_asked_again_leaves_the_doubt_too(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.draw()
    late = LateMlflow(mlflow.url, "runs/create", "after")
    first = relay_for(mlflow, clock, late)
    first.round()
    first.lease.give_back()
    before = TrackingRun.objects.values_list("doubt_until", flat=True).get()
    second = relay_for(mlflow, clock, late)
    settle(second, clock)
    assert late.is_done and len(mlflow.runs) == 2
    after = TrackingRun.objects.values_list("doubt_until", flat=True).get()
    assert before is not None and after is not None and after > before, "from the answer on"
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    second.round()
    assert len(mlflow.runs) == 1


def told_by_the_next(mlflow: FakeMlflow, clock: Clock, part: str, when: str) -> Relay:
    """One was killed before it had an answer; what it asked comes true while the next one tells everything."""
    late = LateMlflow(mlflow.url, part, when, Killed())
    with pytest.raises(Killed):
        relay_for(mlflow, clock, late).round()
    assert not TrackingRun.objects.filter(doubt_until__isnull=False), "it had no time to write anything down"
    clock.forward(seconds=LEASE.total_seconds() + 1)
    following = relay_for(mlflow, clock, late)
    settle(following, clock)
    assert late.is_done
    return following


@BOTH
def test_the_next_relay_doubts_what_one_that_was_killed_may_have_asked(
    when: str, visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    whole = mlflow.picture()
    start_again(mlflow)
    following = told_by_the_next(mlflow, clock, "runs/create", when)
    assert len(mlflow.runs) == len(whole) + 1
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    following.round()
    assert mlflow.picture() == whole
    assert not TrackingRun.objects.filter(doubt_until__isnull=False)


@BOTH
def test_and_what_it_may_have_registered(when: str, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
    """Of a training whose run is known already."""
    training = course.start()
    course.learn(training, 1)
    told(mlflow, clock)
    course.finish(training)
    following = told_by_the_next(mlflow, clock, "model-versions/create", when)
    [model] = mlflow.models.values()
    assert len(model.versions) == 2
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    following.round()
    [(versions, aliases)] = mlflow.registry().values()
    assert (versions, aliases) == ([training.pk.hex], {"challenger": training.pk.hex})


def test_who_follows_one_that_ended_in_good_order_doubts_nothing(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    relay = relay_for(mlflow, clock)
    assert relay.lease.take()
    relay.lease.give_back()
    visit.draw()
    settle(relay_for(mlflow, clock), clock)
    assert not TrackingRun.objects.filter(doubt_until__isnull=False)


def test_many_that_are_in_doubt_are_looked_for_in_several_rounds(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what happens meanwhile has its turn."""
    visit.whole()
    relay = relay_for(mlflow, clock)
    settle(relay, clock)
    monkeypatch.setattr(delivery, "AT_ONCE", 1)
    TrackingRun.objects.update(doubt_until=clock.now())
    doubtful = TrackingRun.objects.filter(doubt_until__isnull=False)
    for left in (1, 0):
        relay.round()
        assert doubtful.count() == left


def test_a_run_that_was_deleted_there_meanwhile_stops_nobody(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.draw()
    relay = told_late(mlflow, clock, LateMlflow(mlflow.url, "runs/create", "after"))
    mlflow.wipe()
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    relay.round()
    visit.draw()
    settle(relay, clock)
    assert len(mlflow.runs) == 1


def test_an_experiment(visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
    """Its name is taken then, by ourselves."""
    visit.whole()
    told_late(mlflow, clock, LateMlflow(mlflow.url, "experiments/create", "before"))
    assert [one["name"] for one in mlflow.experiments.values()] == [visit.lab.world.project.name]


@BOTH
def test_a_version_of_a_model(when: str, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
    promote(course, course.whole())
    told(mlflow, clock)
    whole, registry = mlflow.picture(), mlflow.registry()
    start_again(mlflow)
    late = LateMlflow(mlflow.url, "model-versions/create", when)
    relay = told_late(mlflow, clock, late)
    [model] = mlflow.models.values()
    assert late.is_done and len(model.versions) == 2
    clock.forward(seconds=DOUBT.total_seconds() + 1)
    relay.round()
    assert (mlflow.picture(), mlflow.registry()) == (whole, registry)


def test_a_registered_model(course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
    course.whole()
    told_late(mlflow, clock, LateMlflow(mlflow.url, "registered-models/create", "before"))
    assert [*mlflow.models] == [f"{course.project.name} {course.project.pk}"]


def test_a_replay_ends_when_it_is_sure(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    whole = mlflow.picture()
    start_again(mlflow)
    late = LateMlflow(mlflow.url, "runs/create", "after")
    monkeypatch.setattr(replay_module, "Relay", lambda one: relay_for(mlflow, clock, one))

    def pause(seconds: float) -> None:
        clock.forward(seconds=10)

    assert replay(late, None, lambda line: None, pause) == 0
    assert late.is_done
    assert mlflow.picture() == whole
