"""What the editor is told about the review of a frame."""

from typing import TypedDict

from ..access import Role, at_least
from ..models import Frame, Project, User
from ..review.deciding import last_review, why_not
from ..review.independent import labelled_for, people_text


class ReviewCard(TypedDict):
    """What the editor knows about the review of a frame. ``since``: the revision that was reviewed last, None for none;
    what is newer is highlighted. ``why_not``: why this person cannot approve now, "" when they can. ``people``: how
    many have labelled it independently, "" where nobody is asked to."""

    is_on: bool
    may_review: bool
    why_not: str
    people: str
    since: int | None
    verdict: str
    by: str
    text: str


def review_card(frame: Frame, user: User, role: str) -> ReviewCard:
    review = last_review(frame)
    may = at_least(role, Role.REVIEWER)
    labelled = labelled_for([frame]).get(frame.pk) if may else None
    return {
        "is_on": frame.project.review != Project.ReviewMode.NONE,
        "may_review": may,
        "why_not": why_not(frame, user) if may else "",
        "people": people_text(labelled) if labelled else "",
        "since": review.revision if review else None,
        "verdict": review.verdict if review else "",
        "by": review.reviewer.display_name if review and review.reviewer else "",
        "text": review.comment.text if review and review.comment else "",
    }
