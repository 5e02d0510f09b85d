"""The loop of a worker: claim a job, keep its lease, run it, write the outcome, one log line per job."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils.translation import gettext_noop

from .. import pulse
from ..models import Job
from . import queue
from .registry import handler_of, kinds_of
from .run import Cancelled, JobFailed, JobRun, LeaseLost, Stopping

logger = logging.getLogger(__name__)

POLL_S = 0.5
EXPIRED_EVERY_S = 2.0
DATABASE_PAUSE_S = 2.0

UNEXPECTED = gettext_noop("Something went wrong on the server three times. What was added stays.")


class Runner:
    """Runs the jobs of one lane, one after the other, until ``stop`` is set."""

    def __init__(self, lane: str, stop: threading.Event) -> None:
        self.lane = lane
        self.part = f"lane-{lane}"
        self.kinds = kinds_of(lane)
        self.stop = stop
        self.wake = threading.Event()
        self._expired_checked = float("-inf")

    def loop(self) -> None:
        """For a thread of its own. A database that is away is waited for."""
        while not self.stop.is_set():
            pulse.beat(self.part)
            try:
                close_old_connections()
                self.take_up_expired()
                idle = not self.run_one()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("the database cannot be reached, trying again: %s", error)
                connections.close_all()
                self.stop.wait(DATABASE_PAUSE_S)
                continue
            if idle:
                self.wake.wait(POLL_S)
                self.wake.clear()
        connections.close_all()

    def take_up_expired(self) -> None:
        if time.monotonic() - self._expired_checked >= EXPIRED_EVERY_S:
            self._expired_checked = time.monotonic()
            count = queue.requeue_expired()
            if count:
                logger.warning("%d jobs were left by a worker that is gone", count)

    def run_one(self) -> bool:
        """Runs the next job, if there is one; whether there was."""
        job = queue.claim(self.kinds)
        if job is not None:
            pulse.rest(self.part)
            run_claimed(job, self.stop)
        return job is not None


def run_claimed(job: Job, stop: threading.Event) -> None:
    """Runs a job that was claimed just now, to whatever end."""
    started = time.monotonic()
    run = JobRun(job, stop)
    with heartbeat(run):
        outcome = perform(run)
    seconds = time.monotonic() - started
    logger.info("job %s %s: %s after %.1f s, %d units", job.pk, job.kind, outcome, seconds, run.done)


def perform(run: JobRun) -> str:
    """Runs the function of the job and writes how it ended; one word for the log."""
    claim = run.claim
    try:
        handler_of(run.job.kind)(run)
        is_ours = queue.finish(claim, Job.State.DONE, **run.fields())
    except Cancelled:
        is_ours = queue.finish(claim, Job.State.CANCELLED, **run.fields())
        return "cancelled" if is_ours else "lost"
    except Stopping:
        queue.release(claim)
        return "given back"
    except LeaseLost:
        return "lost"
    except JobFailed as failure:
        run.result["problem"] = failure.said
        queue.finish(claim, Job.State.FAILED, error=str(failure), **run.fields())
        return f"failed ({failure})"
    except (DatabaseError, InterfaceError):
        raise  # not about this job; its lease runs out and it is taken up again
    except Exception:
        logger.exception("job %s %s, attempt %d", run.job.pk, run.job.kind, claim.attempt)
        queue.retry_later(claim, UNEXPECTED)
        return "error"
    return "done" if is_ours else "lost"


@contextmanager
def heartbeat(run: JobRun) -> Iterator[None]:
    """Keeps the lease while a unit takes long. Sets ``run.lost`` when it could not be kept."""
    ended = threading.Event()
    thread = threading.Thread(target=beat, args=(run, ended), daemon=True, name=f"lease-{run.job.pk}")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(queue.HEARTBEAT_S)


def beat(run: JobRun, ended: threading.Event) -> None:
    renewed = time.monotonic()
    pause = queue.HEARTBEAT_S
    while not ended.wait(pause):
        try:
            # With how far it is, for those whose unit is long (the dictionary of results is theirs alone).
            if not queue.renew(run.claim, done_units=run.done, total_units=run.total):
                run.lost.set()
                break
            renewed, pause = time.monotonic(), queue.HEARTBEAT_S
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the lease of job %s could not be renewed: %s", run.job.pk, error)
            connections.close_all()
            pause = 1.0
            if time.monotonic() - renewed > queue.LEASE_S and not run.is_alone:
                run.lost.set()
                break
    connections.close_all()
