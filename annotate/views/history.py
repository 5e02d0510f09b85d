"""The operation log of a frame as JSON, newest first, for the history panel."""

from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from ..access import Role, check_role
from ..models import Detection, Frame, Operation, User
from .api import api_view
from .editor import frame_with_project
from .json_body import BadBody

PAGE = 100
"""Operations in one answer."""


def as_json(operation: Operation, models: Mapping[str, str]) -> dict[str, Any]:
    """``r`` revision, ``k`` kind, ``o`` origin, ``f`` values, ``b`` values before, ``at`` milliseconds since 1970;
    ``e`` the edges of the box as they are now, deleted or not: what is older follows by going back. ``model``: of the
    detection that was rated; there is no box then."""
    user, box = operation.user, operation.box
    about = (
        {
            "box": str(operation.box_id),
            "label": box.label_id,
            "e": {"x1": box.x1, "y1": box.y1, "x2": box.x2, "y2": box.y2},
        }
        if box
        else {"box": "", "label": None, "e": None, "model": models.get(operation.fields["detection"], "")}
    )
    return {
        "r": operation.revision,
        "k": operation.kind,
        "o": operation.origin,
        "by": operation.user_id,
        "name": user.display_name if user else "",
        **about,
        "f": operation.fields,
        "b": operation.before,
        "g": operation.gesture,
        "rv": operation.reverts,
        "at": int(operation.created_at.timestamp() * 1000),
    }


def operations_before(frame: Frame, revision: int | None) -> list[Operation]:
    """Up to PAGE operations below ``revision`` (None: from the newest), newest first."""
    log = frame.operations.select_related("user", "box").order_by("-revision")
    return list(log.filter(revision__lt=revision)[:PAGE] if revision is not None else log[:PAGE])


def models_of(operations: list[Operation]) -> dict[str, str]:
    """The names of the models whose detections were rated, by the id of the detection."""
    rated = [one.fields["detection"] for one in operations if one.kind == Operation.Kind.RATE]
    found = Detection.objects.filter(pk__in=rated).select_related("model_version") if rated else ()
    return {str(one.pk): str(one.model_version) for one in found}


@require_safe
@api_view
def frame_history(request: HttpRequest, frame_id: int) -> HttpResponse:
    frame = frame_with_project(frame_id)
    check_role(cast(User, request.user), frame.project_id, Role.VIEWER)
    below = request.GET.get("below", "")
    if below and not (below.isascii() and below.isdecimal() and len(below) < 16):
        raise BadBody("below: a revision is a whole number")
    operations = operations_before(frame, int(below) if below else None)
    more = bool(operations) and operations[-1].revision > 1
    models = models_of(operations)
    return JsonResponse({"operations": [as_json(one, models) for one in operations], "more": more})
