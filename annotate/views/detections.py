"""Asking a model for proposals, seeing how far it is, and what people think of what it did."""

from typing import Annotated, Literal, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from msgspec import Meta, Struct

from ..access import Role, check_role
from ..detection.request import DetectionRefused, Wish
from ..feedback import rate
from ..jobs import detect as detections
from ..models import Detection, Frame, Project, User
from .api import api_view, problem
from .detection_cards import card_of, frame_cards
from .editor import frame_with_project, missing
from .json_body import BadBody, read_json

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
    image_size: Annotated[int, Meta(ge=32, le=2048)] | None = None

    def wish(self) -> Wish:
        frames = None if self.frames is None else tuple(self.frames)
        return Wish(frames, self.model, tuple(self.prompts), self.confidence, self.iou, self.image_size)


class RatingBody(Struct, forbid_unknown_fields=True):
    verdict: Literal["", "positive", "negative", "neutral"]
    note: Annotated[str, Meta(max_length=2000)] = ""


@require_POST
@api_view
def detect(request: HttpRequest) -> HttpResponse:
    """202 with the ids of the detection and its job. Annotators for chosen images, reviewers for whole projects."""
    user = cast(User, request.user)
    body = read_json(request, DetectBody)
    project = project_of(body)
    check_role(user, project, Role.ANNOTATOR if body.project is None else Role.REVIEWER)
    try:
        detection = detections.start_detection(
            project, body.wish(), user=user, trigger=Detection.Trigger.EDITOR
        )
    except DetectionRefused as refused:
        return problem(STATUS.get(refused.code, 400), _("This was not done"), str(refused))
    count = len(detection.frame_ids) or project.frames.count()
    return JsonResponse({"detection": detection.pk, "job": detection.job_id, "frames": count}, status=202)


def project_of(body: DetectBody) -> Project:
    """Raises BadBody, Http404."""
    if (body.frames is None) == (body.project is None):
        raise BadBody(_("Name either frames or a project. Nothing was changed."))
    if body.project is not None:
        project = Project.objects.filter(pk=body.project).first()
    else:
        first = Frame.objects.filter(pk=(body.frames or [0])[0]).select_related("project").first()
        project = first.project if first else None
    if project is None:
        raise missing()
    return project


def detection_of(request: HttpRequest, detection_id: UUID, role: str) -> Detection:
    """Raises Http404, Refused."""
    found = Detection.objects.select_related("job", "model_version").filter(pk=detection_id).first()
    if found is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    check_role(cast(User, request.user), found.project_id, role)
    return found


@require_safe
@api_view
def detection(request: HttpRequest, detection_id: UUID) -> HttpResponse:
    return JsonResponse(card_of(detection_of(request, detection_id, Role.VIEWER), cast(User, request.user)))


@require_POST
@api_view
def cancel(request: HttpRequest, detection_id: UUID) -> HttpResponse:
    """By whoever started it, or a reviewer. What was proposed so far stays."""
    user = cast(User, request.user)
    found = detection_of(request, detection_id, Role.ANNOTATOR)
    if found.created_by_id != user.pk:
        check_role(user, found.project_id, Role.REVIEWER)
    detections.cancel(found)
    return JsonResponse(card_of(found, user))


@require_safe
@api_view
def frame_detections(request: HttpRequest, frame_id: int) -> HttpResponse:
    frame = frame_with_project(frame_id)
    user = cast(User, request.user)
    check_role(user, frame.project_id, Role.VIEWER)
    return JsonResponse({"detections": frame_cards(frame, user)})


@require_http_methods(["PUT"])
@api_view
def feedback(request: HttpRequest, frame_id: int, detection_id: UUID) -> HttpResponse:
    """My rating of a detection of this frame as a whole; an empty verdict takes it back."""
    frame = frame_with_project(frame_id)
    user = cast(User, request.user)
    check_role(user, frame.project_id, Role.ANNOTATOR)
    body = read_json(request, RatingBody)
    found = Detection.objects.filter(pk=detection_id, frames__frame=frame).first()
    if found is None:
        raise missing()
    rate(frame, found, user, body.verdict, body.note)
    return JsonResponse(next(one for one in frame_cards(frame, user) if one["id"] == str(detection_id)))
