"""What happened that nobody sends a signal for: the relay looks for it now and then, and records it as an event."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ..models import Detection, Job, TrackingEvent, TrackingRun, Training
from .epochs import number_of
from .handlers import decision_of
from .outbox import EventRow

STOPPED = (Job.State.FAILED, Job.State.CANCELLED)


def happened_since(now: datetime) -> list[EventRow]:
    """When every event has its place: what is recorded and not placed yet would be recorded again."""
    return [*stopped_detections(now), *epochs_since(now), *stopped_trainings(now), *decided_trainings(now)]


def open_runs(kind: str) -> QuerySet[TrackingRun, UUID]:
    return TrackingRun.objects.filter(kind=kind, is_open=True).values_list("pk", flat=True)


def stopped_detections(now: datetime) -> list[EventRow]:
    """Detections that were cancelled or failed."""
    stopped = Detection.objects.filter(job__state__in=STOPPED, pk__in=open_runs("detection"))
    return [
        EventRow("stopped", one.project_id, None, ended_at(one.job, now), {"state": one.job.state}, one.pk)
        for one in stopped.select_related("job")
        if one.job is not None
    ]


def epochs_since(now: datetime) -> Iterator[EventRow]:
    """Of trainings that go on."""
    for training in Training.objects.filter(finished_at__isnull=True):
        told = TrackingEvent.objects.filter(run=training.pk, kind="epoch").order_by("-seq")
        last = told.values_list("payload", flat=True).first()
        newest = number_of(last, 0) if last else 0
        for place, entry in enumerate(training.epochs, start=1):
            if isinstance(entry, dict) and (number := number_of(entry, place)) > newest:
                payload = {**entry, "epoch": number}
                yield EventRow("epoch", training.project_id, None, now, payload, training.pk)


def stopped_trainings(now: datetime) -> Iterator[EventRow]:
    """Whose job ended and left them unfinished: killed too often, or cancelled before a worker took it up."""
    left = Training.objects.filter(
        finished_at__isnull=True, job__state__in=STOPPED, pk__in=open_runs("training")
    )
    for one in left.select_related("job"):
        if one.job is not None:
            at, payload = ended_at(one.job, now), {"state": one.job.state}
            yield EventRow("stopped", one.project_id, None, at, payload, one.pk)


def decided_trainings(now: datetime) -> Iterator[EventRow]:
    """Whose model waited for a decision, and does no more."""
    done = Training.objects.filter(finished_at__isnull=False, pk__in=open_runs("training"))
    for one in done.exclude(outcome=Training.Outcome.CHALLENGER):
        yield EventRow("decided", one.project_id, None, now, decision_of(one), one.pk)


def ended_at(job: Job, now: datetime) -> datetime:
    return job.finished_at or now
