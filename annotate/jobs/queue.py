"""The queue of jobs: rows of Job. Enqueue, claim with a lease, renew, finish, release, cancel.

Whoever claimed a job owns it while ``state`` is running and ``attempts`` is still the number it claimed with;
every write of an owner says so, hence a worker that was away too long can change nothing any more. A queued job
whose ``lease_until`` lies ahead waits until then. Clocks of workers may differ by seconds, not by half a lease.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from ..models import Job, Project, User
from ..signals import job_finished
from . import engine

LEASE_S = 30.0
HEARTBEAT_S = 10.0
MAX_ATTEMPTS = 3
MOST_OVERDUE = 100
RETRY_DELAY_S = 5.0  # times the number of attempts so far

WORKER_LOST = gettext_noop(
    "The worker stopped unexpectedly three times while doing this. What was added stays; send the rest again."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Proof of ownership; see the top of this file."""

    job_id: UUID
    attempt: int


def enqueue(
    kind: str,
    *,
    project: Project | None = None,
    user: User | None = None,
    payload: dict[str, Any] | None = None,
    priority: int = 0,
) -> Job:
    """Adds a job; inside a transaction, it runs only after the commit."""
    job = Job.objects.create(
        kind=kind, project=project, created_by=user, payload=payload or {}, priority=priority
    )
    engine.announce_later(job)
    return job


def claimable(kinds: Collection[str]) -> QuerySet[Job]:
    due = Q(lease_until__isnull=True) | Q(lease_until__lte=timezone.now())
    return Job.objects.filter(due, kind__in=kinds, state=Job.State.QUEUED).order_by(
        "-priority", "created_at", "pk"
    )


def claim(kinds: Collection[str], job_id: UUID | None = None) -> Job | None:
    """Takes the most urgent job of these kinds (or the one named), or None. Two workers never get the same one.

    PostgreSQL: a row that another worker is just taking is skipped. SQLite: the conditional UPDATE decides.
    """
    waiting = claimable(kinds)
    if job_id is not None:
        waiting = waiting.filter(pk=job_id)
    if not waiting.exists():  # most of the time; spares SQLite a write lock
        return None
    with transaction.atomic():
        job = waiting.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        now = timezone.now()
        job.state, job.attempts, job.lease_until = Job.State.RUNNING, job.attempts + 1, lease_from_now()
        job.started_at = job.started_at or now
        taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, attempts=job.attempts - 1).update(
            state=job.state, attempts=job.attempts, lease_until=job.lease_until, started_at=job.started_at
        )
    return job if taken else None


def overdue(kinds: Collection[str], waiting_s: float) -> list[UUID]:
    """Ids of jobs that could have been claimed for this long, and were not."""
    long_ago = timezone.now() - timedelta(seconds=waiting_s)
    due = Q(lease_until__isnull=True) | Q(lease_until__lte=long_ago)
    waiting = claimable(kinds).filter(due, created_at__lte=long_ago)
    return list(waiting.values_list("pk", flat=True)[:MOST_OVERDUE])


def lease_from_now() -> Any:
    return timezone.now() + timedelta(seconds=LEASE_S)


def owned(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, state=Job.State.RUNNING, attempts=claim.attempt)


def renew(claim: Claim, **fields: Any) -> bool:
    """Extends the lease and writes ``fields`` (progress, result); False when the job is no longer ours."""
    return owned(claim).update(lease_until=lease_from_now(), **fields) == 1


def cancel_wanted(claim: Claim) -> bool:
    return owned(claim).filter(cancel_requested=True).exists()


def finish(claim: Claim, state: Job.State, *, error: str = "", **fields: Any) -> bool:
    """Writes the outcome: done, failed or cancelled; False when the job is no longer ours."""
    outcome = {"state": state, "error": error, "lease_until": None, "finished_at": timezone.now()}
    return ended(owned(claim), {**outcome, **fields}) == 1


def ended(rows: QuerySet[Job], outcome: dict[str, Any]) -> int:
    """Writes the end of the one job in ``rows``, if it is still there, and tells of it in the same transaction."""
    with transaction.atomic():
        job = rows.select_for_update().first()
        if job is None:
            return 0
        for name, value in outcome.items():
            setattr(job, name, value)
        job.save(update_fields=list(outcome))
        job_finished.send(ended, job=job)
    return 1


def release(claim: Claim) -> bool:
    """Gives the job back unharmed, as when the worker is asked to stop; the attempt does not count."""
    return owned(claim).update(state=Job.State.QUEUED, lease_until=None, attempts=F("attempts") - 1) == 1


def is_last(attempt: int) -> bool:
    """Attempts are counted on when a person asks for another try, so that no number is ever claimed twice."""
    return attempt % MAX_ATTEMPTS == 0


def retry_later(claim: Claim, error: str) -> bool:
    """After an unexpected error: again after a while, or failed with ``error`` after MAX_ATTEMPTS."""
    if is_last(claim.attempt):
        return finish(claim, Job.State.FAILED, error=error)
    wait = timedelta(seconds=RETRY_DELAY_S * (claim.attempt % MAX_ATTEMPTS))
    return owned(claim).update(state=Job.State.QUEUED, lease_until=timezone.now() + wait) == 1


def requeue_expired() -> int:
    """Takes up jobs whose worker is gone: queued again, or failed after MAX_ATTEMPTS. How many."""
    now, count = timezone.now(), 0
    for job in Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now):
        still_lost = owned(Claim(job.pk, job.attempts)).filter(lease_until__lt=now)
        times = {"lease_until": None, "finished_at": now}
        if job.cancel_requested:
            count += ended(still_lost, {"state": Job.State.CANCELLED, **times})
        elif is_last(job.attempts):
            count += ended(still_lost, {"state": Job.State.FAILED, "error": WORKER_LOST, **times})
        else:
            count += still_lost.update(state=Job.State.QUEUED, lease_until=None)
    return count


def request_cancel(job: Job) -> None:
    """A waiting job is cancelled at once, a running one at its next unit; a finished one stays as it is."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    outcome = {"state": Job.State.CANCELLED, "cancel_requested": True, "finished_at": timezone.now()}
    if not ended(waiting, outcome):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_requested=True)
    job.refresh_from_db()


def requeue_failed(job: Job) -> bool:
    """Queues a failed job once more, for MAX_ATTEMPTS further attempts; whether it was still failed."""
    attempts = -(-job.attempts // MAX_ATTEMPTS) * MAX_ATTEMPTS
    fresh = {"error": "", "result": {}, "done_units": 0, "cancel_requested": False}
    times = {"lease_until": None, "started_at": None, "finished_at": None}
    failed = Job.objects.filter(pk=job.pk, state=Job.State.FAILED, attempts=job.attempts)
    is_queued = failed.update(state=Job.State.QUEUED, attempts=attempts, **fresh, **times) == 1
    if is_queued:
        engine.announce_later(job)
    return is_queued
