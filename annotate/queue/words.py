"""What people are told about the queue."""

from typing import TypedDict

from django.utils.translation import gettext as _

from ..models import Claim, Project
from .claims import BY_HAND, REVIEW, WAITING, to_be_labelled


class ClaimCard(TypedDict):
    """What the editor knows of its claim. ``from_queue``: "complete, next" goes on with the queue.

    ``for_review``: it is kept although the frame is complete.
    """

    id: int
    from_queue: bool
    for_review: bool
    text: str


def card_of(claim: Claim) -> ClaimCard:
    return {
        "id": claim.pk,
        "from_queue": claim.strategy not in (BY_HAND, REVIEW),
        "for_review": claim.strategy == REVIEW,
        "text": sentence_for(str(claim.reasons.get("why", ""))),
    }


def sentence_for(why: str) -> str:
    """Why this frame, as a sentence; empty for a reason that needs none."""
    sentences = {
        "expected_use": _("The model is unsure about this image."),
        "random": _("Chosen at random: that keeps the figures honest."),
        "unscored": _("The next in order; no model has looked at it yet."),
        "in_order": _("The next in order."),
        "returned": _("A reviewer sent this image back to you."),
        "assigned": _("You were asked to label this image."),
        "review": _("Complete, and not reviewed yet."),
        "passed": _("You passed this image over before."),
    }
    return sentences.get(why, "")


def nothing_left(project: Project) -> str:
    """Why there is no next frame."""
    open_frames = project.frames.filter(status__in=WAITING)
    if not project.frames.exists():
        return _("This project has no images yet.")
    if not open_frames.exists():
        return _("Every image of this project is complete.")
    if not to_be_labelled(project).exists():
        return _(
            "Several people label the images of this project independently, each in a copy: yours is in your list of "
            "projects. A manager asks people on the page “Agreement”."
        )
    return _("There is no other image for you now: somebody is on each of those that are left.")
