"""What the loop of a worker does with a job that ends well, badly, too late or not at all."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from pytest_django.fixtures import Settings

from annotate import pulse
from annotate.jobs import queue, registry, runner
from annotate.jobs.registry import kinds_of, lanes
from annotate.jobs.run import JobFailed, JobRun
from annotate.jobs.runner import Runner
from annotate.models import Job
from tests.media.conftest import World
from tests.media.site import until

Handle = Callable[[JobRun], None]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Handle]]:
    """Put a function in: it does the jobs of the kind INGEST."""
    handlers: list[Handle] = []
    monkeypatch.setattr(runner, "handler_of", lambda kind: handlers[0])
    yield handlers


def run_one(stop: threading.Event | None = None) -> Job:
    job = queue.enqueue(Job.Kind.INGEST)
    assert Runner("long", stop or threading.Event()).run_one()
    return Job.objects.get(pk=job.pk)


def test_every_kind_of_job_is_done_by_a_function_that_exists() -> None:
    assert set(registry.WORK) == set(Job.Kind)
    for kind in registry.WORK:
        assert callable(registry.handler_of(kind))
    assert {kind for lane in lanes() for kind in kinds_of(lane)} == set(Job.Kind)


def test_a_long_job_does_not_keep_thumbnails_waiting() -> None:
    lane_of = {kind: lane for lane in lanes() for kind in kinds_of(lane)}
    assert lane_of[Job.Kind.INGEST] != lane_of[Job.Kind.THUMBNAIL]


def test_the_outcome_and_the_progress_are_written(world: World, handler: list[Handle]) -> None:
    def work(run: JobRun) -> None:
        run.total = 3
        for _ in range(3):
            run.advance()
        run.result = {"added": 3}

    handler.append(work)
    job = run_one()
    assert (job.state, job.done_units, job.total_units, job.result) == (Job.State.DONE, 3, 3, {"added": 3})
    assert job.finished_at and job.lease_until is None


def test_one_line_per_job_is_logged(
    world: World, handler: list[Handle], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="annotate.jobs.runner")
    handler.append(lambda run: run.advance(2))
    job = run_one()
    [record] = [each for each in caplog.records if str(job.pk) in each.getMessage()]
    assert "ingest: done after" in record.getMessage() and "2 units" in record.getMessage()


def test_a_known_failure_is_told_and_not_tried_again(world: World, handler: list[Handle]) -> None:
    def work(run: JobRun) -> None:
        raise JobFailed("There is no model.")

    handler.append(work)
    job = run_one()
    assert (job.state, job.error, job.attempts) == (Job.State.FAILED, "There is no model.", 1)


def test_an_unexpected_error_is_logged_and_tried_again(
    world: World, handler: list[Handle], caplog: pytest.LogCaptureFixture
) -> None:
    def work(run: JobRun) -> None:
        raise ZeroDivisionError("secret detail")

    handler.append(work)
    job = run_one()
    assert (job.state, job.error) == (Job.State.QUEUED, "") and job.lease_until is not None
    assert "ZeroDivisionError" in caplog.text


def test_a_cancelled_job_ends_at_its_next_unit_and_keeps_its_result(
    world: World, handler: list[Handle]
) -> None:
    def work(run: JobRun) -> None:
        run.result = {"added": 1}
        queue.request_cancel(run.job)
        run._last_write = 0.0
        run.advance()
        pytest.fail("it went on")

    handler.append(work)
    job = run_one()
    assert (job.state, job.result) == (Job.State.CANCELLED, {"added": 1})


def test_a_worker_that_is_asked_to_stop_gives_the_job_back(world: World, handler: list[Handle]) -> None:
    stop = threading.Event()

    def work(run: JobRun) -> None:
        stop.set()
        run.advance()
        pytest.fail("it went on")

    handler.append(work)
    job = run_one(stop)
    assert (job.state, job.attempts, job.lease_until) == (Job.State.QUEUED, 0, None)


def test_a_job_that_another_worker_has_meanwhile_is_left_alone(world: World, handler: list[Handle]) -> None:
    def work(run: JobRun) -> None:
        Job.objects.filter(pk=run.job.pk).update(attempts=2, done_units=5)
        run.advance()
        pytest.fail("it went on")

    handler.append(work)
    job = run_one()
    assert (job.state, job.attempts, job.done_units) == (Job.State.RUNNING, 2, 5)


def test_the_lease_is_kept_while_one_unit_takes_long(
    committed_world: World, handler: list[Handle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "HEARTBEAT_S", 0.05)
    leases: set[object] = set()

    def work(run: JobRun) -> None:
        def renewed() -> bool:
            leases.add(Job.objects.get(pk=run.job.pk).lease_until)
            return len(leases) >= 3

        until(renewed, "the lease is renewed twice", seconds=10)

    handler.append(work)
    assert run_one().state == Job.State.DONE


def test_the_loop_waits_for_a_database_that_is_away_and_does_not_spin(
    committed_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runner, "DATABASE_PAUSE_S", 0.05)
    calls: list[float] = []
    stop = threading.Event()

    def away() -> int:
        calls.append(time.monotonic())
        if len(calls) == 4:
            stop.set()
        raise OperationalError("no route to host")

    monkeypatch.setattr(queue, "requeue_expired", away)
    monkeypatch.setattr(runner, "EXPIRED_EVERY_S", 0.0)
    Runner("long", stop).loop()
    assert len(calls) == 4
    assert all(later - earlier >= 0.04 for earlier, later in zip(calls, calls[1:], strict=False))
    assert "the database cannot be reached" in caplog.text


def test_an_idle_loop_sleeps_between_looks(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    looks = 0

    def nothing(self: Runner) -> bool:
        nonlocal looks
        looks += 1
        if looks == 3:
            stop.set()
        return False

    waits: list[float | None] = []

    def note(seconds: float | None = None) -> bool:
        waits.append(seconds)
        return stop.is_set()

    monkeypatch.setattr(Runner, "run_one", nothing)
    monkeypatch.setattr(Runner, "take_up_expired", lambda self: None)
    idle = Runner("long", stop)
    monkeypatch.setattr(idle.wake, "wait", note)
    idle.loop()
    assert waits == [runner.POLL_S] * 3


def test_a_lane_is_not_expected_to_be_heard_of_while_it_has_a_job(
    world: World, handler: list[Handle], settings: Settings, tmp_path: Path
) -> None:
    settings.PULSE_DIR = tmp_path / "pulse"
    heard: list[bool] = []
    handler.append(lambda run: heard.append((settings.PULSE_DIR / "lane-long").exists()))
    pulse.beat("lane-long")
    assert (settings.PULSE_DIR / "lane-long").exists()
    run_one()
    assert heard == [False]


def test_a_pulse_that_cannot_be_written_stops_nobody(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.PULSE_DIR = tmp_path / "file" / "pulse"
    pulse.beat("worker")
    pulse.rest("worker")
    settings.PULSE_DIR = None
    pulse.beat("worker")
    assert (tmp_path / "file").is_file()
