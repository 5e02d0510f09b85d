"""How far MLflow is behind what happened, for the health page."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Min, Sum

from ..models import TrackingEvent, TrackingRelay, TrackingRun


@dataclass(frozen=True, slots=True)
class Lag:
    """``oldest_s``: age in seconds of the oldest event that MLflow does not have. ``refused``: runs put aside."""

    waiting: int
    oldest_s: float
    refused: int
    failures: int
    problem: str


def lag_at(now: datetime) -> Lag:
    unplaced = TrackingEvent.objects.filter(run__isnull=True)
    behind = TrackingRun.objects.filter(delivered__lt=F("sequenced"), problem="")
    waiting = behind.aggregate(count=Sum(F("sequenced") - F("delivered")))["count"] or 0
    first = TrackingEvent.objects.filter(
        run__delivered__lt=F("run__sequenced"), run__problem="", seq__gt=F("run__delivered")
    )
    times = [rows.aggregate(oldest=Min("at"))["oldest"] for rows in (unplaced, first)]
    oldest = min((at for at in times if at is not None), default=now)
    relay = TrackingRelay.objects.filter(pk=1).first()
    return Lag(
        waiting=waiting + unplaced.count(),
        oldest_s=round(max(0.0, (now - oldest).total_seconds()), 1),
        refused=TrackingRun.objects.exclude(problem="").count(),
        failures=relay.failures if relay else 0,
        problem=relay.problem if relay else "",
    )


def lag_report(now: datetime) -> dict[str, Any]:
    """For JSON. Empty where nothing is tracked."""
    return asdict(lag_at(now)) if settings.TRACKING else {}
