"""The next frame for a person, and what keeps it theirs while they are on it. Rules: annotate.queue."""

from typing import Annotated, Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from msgspec import Meta, Struct

from ..access import Role, check_role
from ..models import Claim, Frame, Project, User
from ..models.claim import WINDOW_LENGTH
from ..queue import claims
from ..queue.picking import take
from ..queue.words import card_of, nothing_left
from .api import api_view
from .editor import before, cards, frame_with_project, missing
from .json_body import BadBody, read_json


class Leaving(Struct, forbid_unknown_fields=True):
    """``frame``: what the person looks at now; it is not given again."""

    frame: int | None = None


class Held(Struct, forbid_unknown_fields=True):
    """``window``: of the page that asks, another one each time it is loaded."""

    frame: int
    window: Annotated[str, Meta(max_length=WINDOW_LENGTH)] = ""


@require_POST
@api_view
def next_frame(request: HttpRequest, project_id: int) -> HttpResponse:
    """Claims the next frame of the queue. Whoever may draw may ask."""
    user = cast(User, request.user)
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise missing()
    check_role(user, project, Role.ANNOTATOR)
    leaving = read_json(request, Leaving).frame if request.body else None
    claim = take(project, user, leaving=leaving)
    if claim is None:
        return JsonResponse({"frame": None, "message": nothing_left(project)})
    return JsonResponse(answer_with(claim))


def answer_with(claim: Claim) -> dict[str, Any]:
    frame = Frame.objects.select_related("source").get(pk=claim.frame_id)
    position = Frame.objects.filter(before(frame), project=frame.project_id).count() + 1
    [card] = cards(frame.project_id, [frame], position)
    return {"frame": card, "claim": card_of(claim), "reasons": claim.reasons}


@require_POST
@api_view
def hold(request: HttpRequest) -> HttpResponse:
    """Renews the claim on a frame that is open in an editor, or takes it where nobody has it. ``by``: who has it."""
    user = cast(User, request.user)
    body = read_json(request, Held)
    frame = frame_with_project(body.frame)
    check_role(user, frame.project_id, Role.ANNOTATOR)
    claim = claims.hold(frame.pk, user, body.window)
    if claim is not None:
        return JsonResponse({"claim": card_of(claim), "by": None})
    holder = claims.holder_of(frame.pk)
    return JsonResponse({"claim": None, "by": holder.display_name if holder else None})


@require_POST
@api_view
def release(request: HttpRequest) -> HttpResponse:
    """Gives a frame back, by ``claim`` or ``frame``. A form, not JSON: a page that goes away can send nothing else with
    its token."""
    user = cast(User, request.user)
    claim, frame = number_in(request.POST, "claim"), number_in(request.POST, "frame")
    window = str(request.POST.get("window", ""))[:WINDOW_LENGTH]
    if claim is not None:
        released = claims.release(claim, user, window)
    elif frame is not None:
        released = claims.release_mine(frame, user, window)
    else:
        raise BadBody(_("claim: the number of the claim. Nothing was changed."))
    return JsonResponse({"released": released})


def number_in(form: QueryDict, name: str) -> int | None:
    """None unless it is a number that a database has."""
    text = form.get(name, "")
    return (
        int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19 else None
    )
