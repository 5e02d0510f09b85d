"""Deciding about a frame, and the next one to review. Rules: annotate.review."""

from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from msgspec import Meta, Struct

from ..access import Role, check_role
from ..actions.comments import Pixel
from ..comments import Pin
from ..models import Project, Review, User
from ..review.deciding import Reason, ReviewRefused, decide
from ..review.waiting import take_for_review
from .api import api_view, problem
from .editor import frame_with_project, missing
from .json_body import read_json
from .queue import Leaving, answer_with
from .review_cards import review_card


class WhyReturned(Struct, forbid_unknown_fields=True):
    """``id``: of the comment that is made of it, chosen by the client."""

    id: UUID
    text: Annotated[str, Meta(max_length=2000)]
    box: UUID | None = None
    x: Pixel | None = None
    y: Pixel | None = None


class NewReview(Struct, forbid_unknown_fields=True):
    verdict: Literal["approved", "returned"]
    revision: Annotated[int, Meta(ge=0)]
    reason: WhyReturned | None = None


@require_POST
@api_view
def review_frame(request: HttpRequest, frame_id: int) -> HttpResponse:
    """409 where the frame cannot be decided now, with the reason; nothing is changed then."""
    user = cast(User, request.user)
    frame = frame_with_project(frame_id)
    role = check_role(user, frame.project_id, Role.REVIEWER)
    wanted = read_json(request, NewReview)
    try:
        decide(
            frame.pk,
            user,
            Review.Verdict(wanted.verdict),
            revision=wanted.revision,
            reason=reason_in(wanted.reason),
        )
    except ReviewRefused as refused:
        return problem(409, _("Nothing was decided"), str(refused))
    decided = frame_with_project(frame.pk)
    return JsonResponse({"status": decided.status, "review": review_card(decided, user, role)})


def reason_in(sent: WhyReturned | None) -> Reason | None:
    return Reason(sent.id, sent.text, Pin(sent.box, sent.x, sent.y)) if sent else None


@require_POST
@api_view
def next_review(request: HttpRequest, project_id: int) -> HttpResponse:
    """Claims the next frame to review."""
    user = cast(User, request.user)
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise missing()
    check_role(user, project, Role.REVIEWER)
    leaving = read_json(request, Leaving).frame if request.body else None
    claim = take_for_review(project, user, leaving=leaving)
    if claim is None:
        return JsonResponse({"frame": None, "message": nothing_to_review(project)})
    answer: dict[str, Any] = answer_with(claim)
    return JsonResponse(answer)


def nothing_to_review(project: Project) -> str:
    if project.review == Project.ReviewMode.NONE:
        return _("This project works without review.")
    return _("There is nothing for you to review now.")
