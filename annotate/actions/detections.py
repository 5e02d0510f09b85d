"""Asking for detections: the body that the editor and programs send, and what they are told of a frame's detections."""

from collections import Counter
from typing import Annotated, Any

from django.http import Http404
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ..ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from ..detection.request import Wish
from ..models import DetectionFrame, Feedback, Frame, Project, User

MOST_SHOWN = 20
STATUS = {"no_model": 503, "busy": 409}
"""HTTP statuses of refusals by their code; all others are 400."""

FrameId = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class DetectBody(Struct, forbid_unknown_fields=True):
    """Either ``frames`` or ``project``."""

    frames: Annotated[list[FrameId], Meta(min_length=1, max_length=10_000)] | None = None
    project: FrameId | None = None
    model: FrameId | None = None
    prompts: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=100)] = []
    confidence: Share | None = None
    iou: Share | None = None
    image_size: Annotated[int, Meta(ge=MIN_IMAGE_SIZE, le=MAX_IMAGE_SIZE)] | None = None

    def wish(self) -> Wish:
        frames = None if self.frames is None else tuple(self.frames)
        return Wish(frames, self.model, tuple(self.prompts), self.confidence, self.iou, self.image_size)


class BadTarget(Exception):
    """Neither frames nor a project are named, or both. The text is for the person."""


def project_of(body: DetectBody) -> Project:
    """Raises BadTarget, Http404."""
    if (body.frames is None) == (body.project is None):
        raise BadTarget(_("Name either frames or a project. Nothing was changed."))
    if body.project is not None:
        project = Project.objects.filter(pk=body.project).first()
    else:
        first = Frame.objects.filter(pk=(body.frames or [0])[0]).select_related("project").first()
        project = first.project if first else None
    if project is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    return project


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
