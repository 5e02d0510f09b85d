"""Asking a model for proposals, how far it is, and what people think of what it did."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ..access import Role, check_role
from ..actions.detections import STATUS, BadTarget, DetectBody, frame_cards, project_of
from ..actions.jobs import message_about
from ..detection.request import DetectionRefused
from ..feedback import RatingRefused, rate
from ..jobs import detect as detections
from ..models import Detection, Frame, Job, Project
from ..sync.submit import FrameMissing
from .calls import Call, Problem, missing
from .paging import Page, PageQuery, rows_of
from .routes import route

ALSO = {409: "The whole project is being looked at already.", 503: "No model is installed."}


class DetectionInfo(Struct):
    """``state`` and ``done`` of ``total`` images are those of its job. ``result``: how many were proposed, replaced,
    left out, and why."""

    id: UUID
    project: int
    model: int
    job: UUID | None
    scope: str
    trigger: str
    confidence: float
    iou: float
    image_size: int
    prompts: list[str]
    state: str
    done: int
    total: int
    message: str
    result: dict[str, Any]
    by: int | None
    created_at: datetime
    finished_at: datetime | None


class FrameOpinions(Struct):
    """How many rated it how, and my own rating."""

    positive: int
    negative: int
    neutral: int
    mine: str
    note: str


class FrameDetection(Struct):
    """What a detection did on one image. ``is_silent``: of the blind sample, shown to nobody."""

    id: UUID
    model: str
    at: datetime
    by: str
    confidence: float
    proposed: int
    left_out: dict[str, int]
    is_silent: bool
    feedback: FrameOpinions


class FrameDetections(Struct):
    items: list[FrameDetection]


class Rating(Struct, forbid_unknown_fields=True):
    """An empty verdict takes the rating back."""

    verdict: Literal["", "positive", "negative", "neutral"]
    note: Annotated[str, Meta(max_length=2000)] = ""


def info_of(detection: Detection) -> DetectionInfo:
    job = detection.job
    ended = Job.State.DONE if detection.finished_at else Job.State.FAILED
    return DetectionInfo(
        id=detection.pk,
        project=detection.project_id,
        model=detection.model_version_id,
        job=job.pk if job else None,
        scope=detection.scope,
        trigger=detection.trigger,
        confidence=detection.confidence,
        iou=detection.iou,
        image_size=detection.image_size,
        prompts=detection.prompts,
        state=job.state if job else ended,
        done=job.done_units if job else 0,
        total=job.total_units if job else 0,
        message=message_about(job) if job else "",
        result=job.result if job else {},
        by=detection.created_by_id,
        created_at=detection.created_at,
        finished_at=detection.finished_at,
    )


@route("POST", "detections", status=202, also=ALSO)
def start_detection(call: Call, body: DetectBody) -> DetectionInfo:
    """Looks at chosen images (annotators) or at a whole project (reviewers). The same at work already is that one."""
    try:
        project = project_of(body)
    except BadTarget as bad:
        raise Problem(422, str(bad), code="target") from bad
    check_role(call.user, project, Role.ANNOTATOR if body.project is None else Role.REVIEWER)
    try:
        started = detections.start_detection(
            project, body.wish(), user=call.user, trigger=Detection.Trigger.API
        )
    except DetectionRefused as refused:
        raise Problem(STATUS.get(refused.code, 422), str(refused), code=refused.code) from refused
    call.headers["Location"] = f"/api/v1/detections/{started.pk}"
    return info_of(started)


@route("GET", "projects/<id:project_id>/detections", role=Role.VIEWER)
def list_detections(call: Call, project: Project, query: PageQuery) -> Page[DetectionInfo]:
    """The detections of a project, newest first."""
    rows = project.detections.select_related("job")
    found, following = rows_of(rows, query, "-created_at", "-pk")
    return Page([info_of(one) for one in found], following)


def detection_for(call: Call, detection_id: UUID, role: str) -> Detection:
    found = Detection.objects.select_related("job").filter(pk=detection_id).first()
    if found is None:
        raise missing()
    check_role(call.user, found.project_id, role)
    return found


@route("GET", "detections/<uuid:detection_id>")
def get_detection(call: Call, detection_id: UUID) -> DetectionInfo:
    """One detection, and how far it is."""
    return info_of(detection_for(call, detection_id, Role.VIEWER))


@route("POST", "detections/<uuid:detection_id>/cancel")
def cancel_detection(call: Call, detection_id: UUID) -> DetectionInfo:
    """By whoever started it, or a reviewer. What was proposed so far stays."""
    found = detection_for(call, detection_id, Role.ANNOTATOR)
    if found.created_by_id != call.user.pk:
        check_role(call.user, found.project_id, Role.REVIEWER)
    detections.cancel(found)
    return info_of(found)


@route("GET", "frames/<id:frame_id>/detections", role=Role.VIEWER)
def list_frame_detections(call: Call, frame: Frame) -> FrameDetections:
    """The newest detections of an image, and what people say of them."""
    return FrameDetections([frame_info(card) for card in frame_cards(frame, call.user)])


def frame_info(card: dict[str, Any]) -> FrameDetection:
    opinions = FrameOpinions(**card["feedback"])
    at = datetime.fromisoformat(card["at"])
    return FrameDetection(**{**card, "id": UUID(card["id"]), "at": at, "feedback": opinions})


@route("PUT", "frames/<id:frame_id>/detections/<uuid:detection_id>/feedback", role=Role.ANNOTATOR)
def rate_detection(call: Call, frame: Frame, detection_id: UUID, body: Rating) -> FrameDetections:
    """My rating of a detection of this image as a whole: an operation of the image, live on open screens."""
    found = Detection.objects.filter(pk=detection_id, frames__frame=frame).first()
    if found is None:
        raise missing()
    if "\0" in body.note:
        raise Problem(422, _("The text holds a character that cannot be stored."), code="text")
    try:
        rate(frame, found, call.user, body.verdict, body.note)
    except RatingRefused as refused:
        raise Problem(422, str(refused), code="rating") from refused
    except FrameMissing as error:
        raise missing() from error
    return list_frame_detections(call, frame)
