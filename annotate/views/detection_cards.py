"""What the pages show of a detection."""

from collections import Counter
from typing import Any, TypedDict

from django.utils import timezone

from ..access import Role, at_least, role_of
from ..detection.mapping import mapping_for
from ..detection.request import no_model_text
from ..detection.versions import default_for, usable_for
from ..models import Detection, DetectionFrame, Feedback, Frame, Job, Project, User
from .job_cards import message_about

MOST_SHOWN = 20


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
    rate = rate_of(job)
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


def rate_of(job: Job) -> float | None:
    if job.state != Job.State.RUNNING or job.started_at is None or not job.done_units:
        return None
    seconds = (timezone.now() - job.started_at).total_seconds()
    return round(job.done_units / seconds, 2) if seconds >= 1 else None


def frame_cards(frame: Frame, user: User) -> list[dict[str, Any]]:
    """The newest detections of a frame, the newest first. Of the blind sample nobody is told what was found."""
    rows = (
        DetectionFrame.objects.filter(frame=frame)
        .select_related("detection__model_version", "detection__created_by")
        .order_by("-pk")[:MOST_SHOWN]
    )
    ratings = Feedback.objects.filter(frame=frame, detection__in=[row.detection_id for row in rows])
    by_detection: dict[Any, list[Feedback]] = {}
    for one in ratings:
        by_detection.setdefault(one.detection_id, []).append(one)
    return [frame_card(row, by_detection.get(row.detection_id, []), user) for row in rows]


def frame_card(row: DetectionFrame, ratings: list[Feedback], user: User) -> dict[str, Any]:
    detection = row.detection
    counts = Counter(one.verdict for one in ratings)
    mine = next((one for one in ratings if one.user_id == user.pk), None)
    by = detection.created_by
    return {
        "id": str(detection.pk),
        "model": str(detection.model_version),
        "at": row.created_at.isoformat(),
        "by": by.display_name if by else "",
        "confidence": detection.confidence,
        "proposed": row.proposed,
        "left_out": {} if row.is_silent else row.left_out,
        "is_silent": row.is_silent,
        "feedback": {
            **{verdict: counts[verdict] for verdict in ("positive", "negative", "neutral")},
            "mine": mine.verdict if mine else "",
            "note": mine.note if mine else "",
        },
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
        "may": role in {Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER},
        "may_all": role in {Role.REVIEWER, Role.MANAGER},
        "message": "" if usable else no_model_text(),
    }
