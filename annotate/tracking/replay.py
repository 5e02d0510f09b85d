"""Tells MLflow everything again, from the database alone. The same runs come out, whatever MLflow still had."""

import time
from collections.abc import Callable

from django.db.models import F, Max, QuerySet

from ..models import TrackingEvent, TrackingRelay, TrackingRun
from .delivery import doubtful, forget_delivered
from .relay import Relay
from .rest import Mlflow

Say = Callable[[str], None]

PAUSE_S = 1.0
GIVE_UP_AFTER = 4
"""Failures in a row. An empty MLflow makes its tables when it is first asked, longer than an answer may take."""


class Behind(Exception):
    """MLflow went away meanwhile. Nothing is lost: the relay goes on from here."""


def replay(
    mlflow: Mlflow, project_id: int | None, say: Say, pause: Callable[[float], None] = time.sleep
) -> int:
    """Of one project, or of all. How many runs MLflow refused. Raises Behind.

    The relay of a worker that runs meanwhile does the work, or a part of it; here it is then waited for, as long as it
    reaches MLflow.
    """
    chosen = {"project": project_id} if project_id is not None else {}
    runs = TrackingRun.objects.filter(**chosen)
    say(f"{forget_delivered(runs)} runs to tell again")
    unseen = unseen_by_now(chosen)
    if count := unseen.count():
        say(f"{count} events that no worker has seen yet; their runs are told with the others")
    relay, others = Relay(mlflow), Others(say)
    in_doubt = doubtful(runs).filter(problem="")
    try:
        while (is_behind := unseen.exists() or behind(runs).exists()) or in_doubt.exists():
            relay.round()
            if relay.failures >= GIVE_UP_AFTER:
                raise Behind
            if not relay.lease.is_held:
                others.look()
            if relay.failures or not relay.lease.is_held or not is_behind:
                pause(PAUSE_S)
    finally:
        relay.lease.give_back()
    return runs.exclude(problem="").count()


class Others:
    """The relay of a worker, which has the lease: what is known of it, and said of it."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.failures: int | None = None
        """When it was looked at last."""

    def look(self) -> None:
        """Raises Behind where MLflow did not answer it now, and often before. What is said of older failures may be
        over since."""
        other = TrackingRelay.objects.filter(pk=1).first()
        failures = other.failures if other is not None else 0
        before, self.failures = self.failures, failures
        if before is None:
            self.say("A worker is telling MLflow; waiting for it")
        if other is None or failures == 0 or failures == before:
            return
        self.say(f"It does not reach MLflow ({other.problem}); waiting for its next attempt")
        if before is not None and failures >= GIVE_UP_AFTER:
            raise Behind


def unseen_by_now(chosen: dict[str, int]) -> QuerySet[TrackingEvent]:
    """Events without a run: no relay has run since. What happens from now on is for the next one."""
    newest = TrackingEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return TrackingEvent.objects.filter(run__isnull=True, pk__lte=newest, **chosen)


def behind(runs: QuerySet[TrackingRun]) -> QuerySet[TrackingRun]:
    return runs.filter(delivered__lt=F("sequenced"), problem="")
