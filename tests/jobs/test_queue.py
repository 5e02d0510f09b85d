"""The queue of jobs: who owns a job, until when, and what a worker that was away too long can do: nothing."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotate.jobs import queue
from annotate.jobs.queue import MAX_ATTEMPTS, Claim
from annotate.models import Job
from tests.media.conftest import World

INGEST, THUMBNAIL = Job.Kind.INGEST, Job.Kind.THUMBNAIL


def claim(kind: str = INGEST) -> Job:
    job = queue.claim([kind])
    assert job is not None
    return job


def claim_of(job: Job) -> Claim:
    return Claim(job.pk, job.attempts)


def expire(job: Job) -> None:
    """As if its worker had been gone for a minute."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=60))


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_it_takes_the_most_urgent_and_then_the_oldest(world: World) -> None:
    jobs = [queue.enqueue(INGEST, priority=priority) for priority in (0, 0, 5)]
    assert [claim().pk for _ in jobs] == [jobs[2].pk, jobs[0].pk, jobs[1].pk]
    assert queue.claim([INGEST]) is None


def test_it_takes_only_the_kinds_that_are_asked_for(world: World) -> None:
    queue.enqueue(THUMBNAIL)
    assert queue.claim([INGEST]) is None
    assert claim(THUMBNAIL).state == Job.State.RUNNING


def test_a_job_of_a_transaction_that_fails_never_was(world: World) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queue.enqueue(INGEST)
        raise RuntimeError
    assert queue.claim([INGEST]) is None


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(6) as pool:
        yield pool


def test_many_workers_never_get_the_same_job(committed_world: World, threads: ThreadPoolExecutor) -> None:
    jobs = {queue.enqueue(INGEST).pk for _ in range(30)}
    start = threading.Barrier(6)

    def work(_: int) -> list[object]:
        start.wait()
        taken: list[object] = []
        try:
            while (job := queue.claim([INGEST])) is not None or Job.objects.filter(
                state=Job.State.QUEUED
            ).exists():
                if job is not None:
                    taken.append(job.pk)
            return taken
        finally:
            connection.close()

    taken = [pk for each in threads.map(work, range(6)) for pk in each]
    assert len(taken) == 30 and set(taken) == jobs
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


def test_an_expired_lease_is_taken_up_again(world: World) -> None:
    queue.enqueue(INGEST)
    lost = claim()
    assert queue.requeue_expired() == 0, "its lease still runs"
    expire(lost)
    assert queue.requeue_expired() == 1
    again = claim()
    assert (again.pk, again.attempts) == (lost.pk, 2)


def test_a_worker_that_was_away_can_change_nothing_any_more(world: World) -> None:
    queue.enqueue(INGEST)
    lost = claim()
    expire(lost)
    queue.requeue_expired()
    again = claim()
    old = claim_of(lost)
    assert not queue.renew(old, done_units=99)
    assert not queue.finish(old, Job.State.DONE)
    assert not queue.release(old)
    assert not queue.retry_later(old, "late")
    assert not queue.cancel_wanted(old)
    assert (fresh(again).state, fresh(again).done_units) == (Job.State.RUNNING, 0)
    assert queue.finish(claim_of(again), Job.State.DONE)


def test_a_renewed_lease_is_not_taken_away(world: World) -> None:
    queue.enqueue(INGEST)
    job = claim()
    expire(job)
    assert queue.renew(claim_of(job), done_units=3)
    assert queue.requeue_expired() == 0 and fresh(job).done_units == 3


def test_after_three_lost_workers_it_has_failed(world: World) -> None:
    queue.enqueue(INGEST)
    for _ in range(MAX_ATTEMPTS):
        job = claim()
        expire(job)
        queue.requeue_expired()
    assert (fresh(job).state, fresh(job).error) == (Job.State.FAILED, queue.WORKER_LOST)
    assert fresh(job).finished_at is not None and queue.claim([INGEST]) is None


def test_giving_a_job_back_does_not_count_as_an_attempt(world: World) -> None:
    queue.enqueue(INGEST)
    for _ in range(MAX_ATTEMPTS + 2):
        job = claim()
        assert job.attempts == 1
        assert queue.release(claim_of(job))


def test_an_error_is_tried_again_after_a_while_and_then_given_up(world: World) -> None:
    queue.enqueue(INGEST)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        job = claim()
        assert job.attempts == attempt
        assert queue.retry_later(claim_of(job), "broken")
        assert queue.claim([INGEST]) is None, "not at once"
        Job.objects.filter(state=Job.State.QUEUED).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert (fresh(job).state, fresh(job).error) == (Job.State.FAILED, "broken")


def test_a_waiting_job_is_cancelled_at_once(world: World) -> None:
    job = queue.enqueue(INGEST)
    queue.request_cancel(job)
    assert job.state == Job.State.CANCELLED and job.finished_at is not None
    assert queue.claim([INGEST]) is None


def test_a_running_job_is_asked_to_stop(world: World) -> None:
    queue.enqueue(INGEST)
    job = claim()
    assert not queue.cancel_wanted(claim_of(job))
    queue.request_cancel(job)
    assert queue.cancel_wanted(claim_of(job)) and job.state == Job.State.RUNNING


def test_a_finished_job_stays_as_it_is(world: World) -> None:
    queue.enqueue(INGEST)
    job = claim()
    queue.finish(claim_of(job), Job.State.DONE)
    queue.request_cancel(job)
    assert (job.state, job.cancel_requested) == (Job.State.DONE, False)


def test_a_job_that_was_to_be_cancelled_is_not_taken_up_again(world: World) -> None:
    queue.enqueue(INGEST)
    job = claim()
    queue.request_cancel(job)
    expire(job)
    queue.requeue_expired()
    assert fresh(job).state == Job.State.CANCELLED


def test_a_failed_job_gets_three_further_attempts_when_a_person_asks(world: World) -> None:
    queue.enqueue(INGEST)
    job = claim()
    queue.finish(claim_of(job), Job.State.FAILED, error="broken", result={"refused": 2}, done_units=7)
    assert queue.requeue_failed(fresh(job))
    waiting = fresh(job)
    assert (waiting.state, waiting.error, waiting.result, waiting.done_units) == (Job.State.QUEUED, "", {}, 0)
    for _ in range(MAX_ATTEMPTS):
        again = claim()
        assert again.attempts > MAX_ATTEMPTS, "no number is claimed twice: an old worker may still hold it"
        assert fresh(again).state == Job.State.RUNNING
        expire(again)
        queue.requeue_expired()
    assert fresh(job).state == Job.State.FAILED


def test_only_what_failed_can_be_tried_again(world: World) -> None:
    job = queue.enqueue(INGEST)
    assert not queue.requeue_failed(job)
    queue.finish(claim_of(claim()), Job.State.DONE)
    assert not queue.requeue_failed(fresh(job))
