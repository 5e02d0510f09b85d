"""What the editor is told about the review of a frame."""

from typing import TypedDict

from ..access import Role, at_least
from ..models import Frame, Project, User
from ..review.deciding import last_review, why_not


class ReviewCard(TypedDict):
    """What the editor knows about the review of a frame. ``since``: the revision that was reviewed last, None for none;
    what is newer is highlighted. ``why_not``: why this person cannot approve now, "" when they can."""

    is_on: bool
    may_review: bool
    why_not: str
    since: int | None
    verdict: str
    by: str
    text: str


def review_card(frame: Frame, user: User, role: str) -> ReviewCard:
    review = last_review(frame)
    may = at_least(role, Role.REVIEWER)
    return {
        "is_on": frame.project.review != Project.ReviewMode.NONE,
        "may_review": may,
        "why_not": why_not(frame, user) if may else "",
        "since": review.revision if review else None,
        "verdict": review.verdict if review else "",
        "by": review.reviewer.display_name if review and review.reviewer else "",
        "text": review.comment.text if review and review.comment else "",
    }
