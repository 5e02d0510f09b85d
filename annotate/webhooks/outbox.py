"""What happens in the product becomes rows of WebhookDelivery, in the transaction in which it happens; nothing more."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from .. import signals
from ..models import (
    DatasetVersion,
    Frame,
    Job,
    Promotion,
    Review,
    Training,
    User,
    Webhook,
    WebhookDelivery,
)

Event = Webhook.Event


def connect() -> None:
    signals.status_changed.connect(on_status, dispatch_uid="webhooks")
    signals.frame_reviewed.connect(on_review, dispatch_uid="webhooks")
    signals.job_finished.connect(on_job, dispatch_uid="webhooks")
    signals.dataset_versioned.connect(on_version, dispatch_uid="webhooks")
    signals.training_finished.connect(on_training, dispatch_uid="webhooks")
    signals.model_promoted.connect(on_promotion, dispatch_uid="webhooks")


def tell(project_id: int, event: str, data: dict[str, Any], at: datetime | None = None) -> None:
    """A row per webhook of the project that wants the event."""
    now = timezone.now()
    payload = {"type": event, "timestamp": (at or now).isoformat(), "data": {"project": project_id, **data}}
    hooks = [one for one in Webhook.objects.filter(project=project_id, is_active=True) if event in one.events]
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(webhook=hook, event=event, payload=payload, due_at=now) for hook in hooks
    )


def on_status(frame: Frame, user: User | None, at: datetime, **_: object) -> None:
    if frame.status == Frame.Status.COMPLETE:
        data = {"frame": frame.pk, "name": frame.name, "revision": frame.revision}
        tell(frame.project_id, Event.FRAME_COMPLETED, {**data, "by": user.pk if user else None}, at)


def on_review(review: Review, **_: object) -> None:
    frame = review.frame
    data = {"frame": frame.pk, "name": frame.name, "verdict": review.verdict, "revision": review.revision}
    tell(frame.project_id, Event.FRAME_REVIEWED, data)


def on_job(job: Job, **_: object) -> None:
    if job.project_id is not None and job.kind != Job.Kind.THUMBNAIL:
        tell(job.project_id, Event.JOB_FINISHED, {"job": str(job.pk), "kind": job.kind, "state": job.state})


def on_version(version: DatasetVersion, **_: object) -> None:
    data = {"number": version.number, "digest": version.digest, "commit": version.git_commit}
    tell(version.project_id, Event.DATASET_VERSIONED, {**data, "counts": version.counts})


def on_training(training: Training, **_: object) -> None:
    data = {"training": str(training.pk), "outcome": training.outcome, "model": training.model_version_id}
    tell(training.project_id, Event.TRAINING_FINISHED, data)


def on_promotion(promotion: Promotion, **_: object) -> None:
    data = {"model": promotion.model_version_id, "kind": promotion.kind, "reason": promotion.reason}
    tell(promotion.project_id, Event.MODEL_PROMOTED, data)
