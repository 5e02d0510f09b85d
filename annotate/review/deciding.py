"""A second person says whether a frame is right: approved, or returned with the reason, pinned where it applies."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ..comments import CommentRefused, Pin, add_comment
from ..frames import set_status
from ..models import Frame, Project, Review, User, locked_frames
from ..signals import frame_reviewed
from .independent import labelled_for, what_is_missing
from .own_work import labelled_by

VERDICTS = {Review.Verdict.APPROVED: Frame.Status.APPROVED, Review.Verdict.RETURNED: Frame.Status.RETURNED}


class ReviewRefused(Exception):
    """Nothing was decided. The text is for the person; ``code`` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a frame is returned. ``id`` is made by the client, so that sending it twice writes it once."""

    id: UUID
    text: str
    pin: Pin = field(default_factory=Pin)


def decide(
    frame_id: int, reviewer: User, verdict: Review.Verdict, *, revision: int, reason: Reason | None = None
) -> Review:
    """One transaction with the frame locked. ``revision``: what the reviewer has seen; anything newer is to be looked
    at first. Raises ReviewRefused."""
    with transaction.atomic():
        found = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if found is None:
            raise ReviewRefused("missing", _("The image was deleted meanwhile."))
        check_may_decide(found, reviewer, verdict)
        if found.revision != revision:
            raise ReviewRefused(
                "changed",
                _("Somebody changed this image while you looked at it. Nothing was decided; look once more."),
            )
        review = Review.objects.create(
            frame=found,
            reviewer=reviewer,
            verdict=verdict,
            comment_id=written(found, reviewer, verdict, reason),
            revision=found.revision,
        )
        set_status(found.pk, VERDICTS[verdict], reviewer)
        frame_reviewed.send(decide, review=review)
    return review


def written(frame: Frame, reviewer: User, verdict: Review.Verdict, reason: Reason | None) -> UUID | None:
    """The reason as a comment, so that it can be answered and resolved; its id. Raises ReviewRefused."""
    if reason is None or not reason.text.strip():
        if verdict == Review.Verdict.RETURNED:
            raise ReviewRefused("reason", _("Say what is to be changed. Nothing was decided."))
        return None
    try:
        return add_comment(frame.pk, reviewer, reason.id, reason.text, reason.pin).pk
    except CommentRefused as refused:
        raise ReviewRefused("reason", str(refused)) from refused


def check_may_decide(frame: Frame, reviewer: User, verdict: Review.Verdict | None = None) -> None:
    """The rules, for somebody who has the role. Raises ReviewRefused."""
    if frame.project.review == Project.ReviewMode.NONE:
        raise ReviewRefused("off", _("This project works without review."))
    is_open_to = frame.status == Frame.Status.COMPLETE or (
        frame.status == Frame.Status.APPROVED and verdict != Review.Verdict.APPROVED
    )
    if not is_open_to:
        raise ReviewRefused("status", _("Only an image that is complete can be reviewed."))
    if verdict == Review.Verdict.RETURNED:
        return
    if not frame.project.reviews_own_work and labelled_by(frame, reviewer):
        raise ReviewRefused("own", _("You labelled this image yourself; somebody else has to review it."))
    found = labelled_for([frame]).get(frame.pk)
    if found is not None and (missing := what_is_missing(found)):
        raise ReviewRefused("independent", missing)


def why_not(frame: Frame, reviewer: User) -> str:
    """Why this person cannot approve the frame now; empty when they can."""
    try:
        check_may_decide(frame, reviewer)
    except ReviewRefused as refused:
        return str(refused)
    return ""


def last_review(frame: Frame) -> Review | None:
    return frame.reviews.select_related("reviewer", "comment").order_by("-pk").first()
