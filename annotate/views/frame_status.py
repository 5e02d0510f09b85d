"""Declaring a frame complete, or open again."""

from typing import Literal, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods
from msgspec import Struct

from ..access import check_role
from ..actions.frames import role_to_change
from ..frames import set_status
from ..models import User
from .api import api_view
from .editor import frame_with_project, missing
from .json_body import read_json


class NewStatus(Struct, forbid_unknown_fields=True):
    status: Literal["to_annotate", "in_progress", "complete"]


@require_http_methods(["PUT"])
@api_view
def frame_status(request: HttpRequest, frame_id: int) -> HttpResponse:
    """Whoever may draw on a frame may say that it is done."""
    user = cast(User, request.user)
    frame = frame_with_project(frame_id)
    check_role(user, frame.project_id, role_to_change(frame))
    written = set_status(frame.pk, read_json(request, NewStatus).status, user)
    if written is None:
        raise missing()
    return JsonResponse({"status": written.status})
