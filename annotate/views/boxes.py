"""The boxes of a frame as JSON, for what the editor takes from a frame that is not open."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ..access import Role, check_role
from ..models import User
from ..sync.protocol import encode, wire_box
from ..sync.snapshot import snapshot_of
from .api import api_view
from .editor import frame_with_project


@require_safe
@api_view
def frame_boxes(request: HttpRequest, frame_id: int) -> HttpResponse:
    """All live boxes, as in a ``snapshot`` of docs/protocol.md, and the revision they are of."""
    frame = frame_with_project(frame_id)
    check_role(cast(User, request.user), frame.project_id, Role.VIEWER)
    snapshot = snapshot_of(frame.pk)
    body = {"revision": snapshot.revision, "boxes": [wire_box(box) for box in snapshot.boxes]}
    return HttpResponse(encode(body), content_type="application/json")
