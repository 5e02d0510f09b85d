"""Asking a model for proposals, and seeing how far it is."""

from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..access import Role, check_role
from ..actions.detections import STATUS, BadTarget, DetectBody, frame_cards, project_of
from ..detection.request import DetectionRefused
from ..jobs import detect as detections
from ..models import ApiToken, Detection, User
from .api import api_view, open_to_tokens, problem
from .detection_cards import card_of
from .editor import frame_with_project
from .json_body import BadBody, read_json
from .tracking_links import is_away, visits_to, with_runs


@open_to_tokens(ApiToken.Scope.WRITE)
@require_POST
@api_view
def detect(request: HttpRequest) -> HttpResponse:
    """202 with the ids of the detection and its job, and how many images it looks at. Annotators for chosen images,
    reviewers for whole projects, whose complete images are left out."""
    user = cast(User, request.user)
    body = read_json(request, DetectBody)
    try:
        project = project_of(body)
    except BadTarget as bad:
        raise BadBody(str(bad)) from bad
    check_role(user, project, Role.ANNOTATOR if body.project is None else Role.REVIEWER)
    try:
        detection = detections.start_detection(
            project, body.wish(), user=user, trigger=Detection.Trigger.EDITOR
        )
    except DetectionRefused as refused:
        return problem(STATUS.get(refused.code, 400), _("This was not done"), str(refused))
    count = detections.frames_wanted(detection).count()
    return JsonResponse({"detection": detection.pk, "job": detection.job_id, "frames": count}, status=202)


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
    cards = with_runs(frame_cards(frame, user), user)
    return JsonResponse({"detections": cards, "visits": visits_to(frame, user), "mlflow_away": is_away(user)})
