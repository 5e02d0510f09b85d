"""Reviews: a second person approves an image, or returns it with the reason."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Struct

from ..access import Role
from ..actions.comments import Pixel, Text
from ..comments import Pin
from ..models import Frame, Project, Review
from ..review.deciding import Reason, ReviewRefused, decide
from ..review.waiting import take_for_review
from ..sync.protocol import Revision
from .calls import Call, Problem, missing
from .frames import info_of as frame_info
from .paging import Page, PageQuery, rows_of
from .queue import Leaving, Next, claim_info
from .routes import route


class ReviewInfo(Struct):
    """``comment``: id of the comment that says why. ``revision``: of the image at that moment."""

    id: int
    frame: int
    verdict: str
    by: int | None
    comment: UUID | None
    revision: int
    at: datetime


class WhyReturned(Struct, forbid_unknown_fields=True):
    """``id``: of the comment that is made of it, chosen by the sender."""

    id: UUID
    text: Text
    box: UUID | None = None
    x: Pixel | None = None
    y: Pixel | None = None


class NewReview(Struct, forbid_unknown_fields=True):
    """``revision``: what the reviewer has seen. Returning needs a reason."""

    verdict: Literal["approved", "returned"]
    revision: Revision
    reason: WhyReturned | None = None


def info_of(review: Review) -> ReviewInfo:
    return ReviewInfo(
        id=review.pk,
        frame=review.frame_id,
        verdict=review.verdict,
        by=review.reviewer_id,
        comment=review.comment_id,
        revision=review.revision,
        at=review.created_at,
    )


@route("GET", "frames/<id:frame_id>/reviews", role=Role.VIEWER)
def list_reviews(call: Call, frame: Frame, query: PageQuery) -> Page[ReviewInfo]:
    """The reviews of an image, newest first."""
    found, following = rows_of(frame.reviews.all(), query, "-pk")
    return Page([info_of(one) for one in found], following)


@route(
    "POST",
    "frames/<id:frame_id>/reviews",
    role=Role.REVIEWER,
    status=201,
    also={409: "It cannot be decided now, or not by this person."},
)
def create_review(call: Call, frame: Frame, body: NewReview) -> ReviewInfo:
    """Approves or returns an image that is complete. Nobody approves their own work, unless the project allows it; and
    where several people label each image, only once enough of them have and their labels were merged."""
    sent = body.reason
    reason = Reason(sent.id, sent.text, Pin(sent.box, sent.x, sent.y)) if sent else None
    verdict = Review.Verdict(body.verdict)
    try:
        return info_of(decide(frame.pk, call.user, verdict, revision=body.revision, reason=reason))
    except ReviewRefused as refused:
        if refused.code == "missing":
            raise missing() from refused
        raise Problem(409, str(refused), code=refused.code) from refused


@route("POST", "projects/<id:project_id>/reviews/next", role=Role.REVIEWER)
def next_review(call: Call, project: Project, body: Leaving) -> Next:
    """Claims the next image for me to review."""
    claim = take_for_review(project, call.user, leaving=body.leaving)
    if claim is None:
        off = project.review == Project.ReviewMode.NONE
        why = _("This project works without review.") if off else _("There is nothing for you to review now.")
        return Next(None, None, why)
    return Next(frame_info(Frame.objects.get(pk=claim.frame_id)), claim_info(claim), "")
