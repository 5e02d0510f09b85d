"""Tells MLflow everything again, from the database alone. The same runs come out, whatever MLflow still had."""

import time
from collections.abc import Callable

from django.db.models import F, QuerySet

from ..models import TrackingRun
from .delivery import forget_delivered
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

    The relay of a worker that runs meanwhile does the work, or a part of it; here it is then waited for.
    """
    runs = TrackingRun.objects.filter(**({"project": project_id} if project_id is not None else {}))
    say(f"{forget_delivered(runs)} runs to tell again")
    relay = Relay(mlflow)
    try:
        while (is_behind := behind(runs).exists()) or relay.delivery.twins:
            relay.round()
            if relay.failures >= GIVE_UP_AFTER:
                raise Behind
            if relay.failures or not relay.lease.is_held or not is_behind:
                pause(PAUSE_S)
    finally:
        relay.lease.give_back()
    return runs.exclude(problem="").count()


def behind(runs: QuerySet[TrackingRun]) -> QuerySet[TrackingRun]:
    return runs.filter(delivered__lt=F("sequenced"), problem="")
