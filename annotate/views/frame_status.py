"""Declaring a frame complete, or open again."""

from typing import Literal, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from msgspec import Struct

from ..access import check_role
from ..actions.frames import role_to_change
from ..frames import set_status
from ..models import Box, Frame, User, locked_frames
from .api import api_view, problem
from .editor import frame_with_project, missing
from .json_body import read_json


class NewStatus(Struct, forbid_unknown_fields=True):
    """``is_empty``: the person says that there is nothing to find, having seen no box."""

    status: Literal["to_annotate", "in_progress", "complete"]
    is_empty: bool = False


@require_http_methods(["PUT"])
@api_view
def frame_status(request: HttpRequest, frame_id: int) -> HttpResponse:
    """Whoever may draw on a frame may say that it is done."""
    user = cast(User, request.user)
    frame = frame_with_project(frame_id)
    check_role(user, frame.project_id, role_to_change(frame))
    body = read_json(request, NewStatus)
    with transaction.atomic():  # what is drawn meanwhile waits for the row, or is seen
        locked_frames(Frame.objects.filter(pk=frame.pk)).first()
        if body.is_empty and has_boxes(frame):
            return problem(409, _("There are boxes"), has_boxes_text())
        written = set_status(frame.pk, body.status, user)
    if written is None:
        raise missing()
    return JsonResponse({"status": written.status})


def has_boxes(frame: Frame) -> bool:
    """As whoever works on it sees it: nothing that was rejected, and on a frame labelled blind no proposals."""
    boxes = Box.objects.filter(frame=frame, deleted_revision__isnull=True).exclude(status=Box.Status.REJECTED)
    return (boxes.exclude(status=Box.Status.PROPOSED) if frame.is_blind else boxes).exists()


def has_boxes_text() -> str:
    return _(
        "There are boxes on this image, so it was not marked complete as an image without objects. Look at them first."
    )
