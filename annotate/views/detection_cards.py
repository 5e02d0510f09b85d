"""What the pages show of a detection."""

from typing import Any, TypedDict

from django.utils import timezone

from ..access import Role, at_least, role_of
from ..actions.jobs import message_about
from ..ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from ..detection.mapping import mapping_for
from ..detection.request import IOU, no_model_text
from ..detection.versions import default_for, usable_for
from ..models import Detection, Job, Project, User
from .job_cards import rate_of


class DetectionCard(TypedDict):
    """``rate``: images per second, ``eta_s``: seconds left; None where they cannot be told yet."""

    id: str
    state: str
    done: int
    total: int
    proposed: int
    replaced: int
    left_out: dict[str, int]
    timings: dict[str, float]
    rate: float | None
    eta_s: float | None
    message: str
    may_cancel: bool


def card_of(detection: Detection, user: User) -> DetectionCard:
    job = detection.job
    if job is None:  # cleared away in the admin
        job = Job(state=Job.State.DONE if detection.finished_at else Job.State.FAILED)
    is_active = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    rate = rate_of(job, timezone.now())
    may = detection.created_by_id == user.pk or at_least(role_of(user, detection.project_id), Role.REVIEWER)
    return {
        "id": str(detection.pk),
        "state": job.state,
        "done": job.done_units,
        "total": job.total_units,
        "proposed": job.result.get("proposed", 0),
        "replaced": job.result.get("replaced", 0),
        "left_out": job.result.get("left_out", {}),
        "timings": job.result.get("timings", {}),
        "rate": rate,
        "eta_s": round((job.total_units - job.done_units) / rate, 1) if rate else None,
        "message": message_about(job),
        "may_cancel": is_active and not job.cancel_requested and may,
    }


def page_data(project: Project, role: str) -> dict[str, Any]:
    """What the editor needs to offer detections."""
    usable = usable_for(project)
    default = default_for(project, usable)
    labels = mapping_for(project, {name for one in usable for name in one.classes})
    return {
        "models": [
            {
                "id": one.pk,
                "name": str(one),
                "classes": one.classes,
                "image_size": one.image_size,
                "open_vocabulary": one.is_open_vocabulary,
                "labels": {name: labels[name] for name in one.classes},
            }
            for one in usable
        ],
        "model": default.pk if default else None,
        "confidence": project.confidence,
        "iou": IOU,
        "sizes": [MIN_IMAGE_SIZE, MAX_IMAGE_SIZE],
        "may": role in {Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER},
        "may_all": role in {Role.REVIEWER, Role.MANAGER},
        "message": "" if usable else no_model_text(),
    }
