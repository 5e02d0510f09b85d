"""What reviewers decided: about whose work, and by whom."""

from collections import Counter
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from ..models import WHOSE_WORK, Frame, Review, StatusChange
from .choice import Choice
from .figure import Column, Figure, Row
from .tally import share

APPROVED, RETURNED = Q(verdict=Review.Verdict.APPROVED), Q(verdict=Review.Verdict.RETURNED)


class Verdicts(NamedTuple):
    """``first``: about what the person completed, at its first review; ``given``: by the person, as a reviewer."""

    first_approved: int = 0
    first_returned: int = 0
    given: int = 0

    @property
    def first_pass(self) -> float | None:
        """The share of images that were right at once."""
        return share(self.first_approved, self.first_approved + self.first_returned)


def reviews(choice: Choice) -> QuerySet[Review]:
    return Review.objects.filter(**choice.of_frames, **choice.within("created_at")).order_by()


def first_reviews(choice: Choice) -> QuerySet[Any]:
    """The first of each frame; ``completed_by`` had declared it complete. What a merge, an import or a gone account
    completed is nobody's work."""
    earlier = Review.objects.filter(frame=OuterRef("frame"), pk__lt=OuterRef("pk"))
    before = StatusChange.objects.filter(
        frame=OuterRef("frame"), after=Frame.Status.COMPLETE, created_at__lte=OuterRef("created_at")
    ).order_by("-pk")
    found = reviews(choice).annotate(completed_by=Subquery(before.values_list(WHOSE_WORK)[:1]))
    found = found.filter(~Exists(earlier), completed_by__isnull=False)
    return found if choice.reader is None else found.filter(completed_by=choice.reader)


def given_reviews(choice: Choice) -> QuerySet[Review]:
    found = reviews(choice).filter(reviewer__isnull=False)
    return found if choice.reader is None else found.filter(reviewer=choice.reader)


def verdicts_by_person(choice: Choice) -> dict[int, Verdicts]:
    """Two queries."""
    rows = first_reviews(choice).values_list("completed_by")
    first = {
        user: (approved, returned)
        for user, approved, returned in rows.annotate(
            approved=Count("pk", filter=APPROVED), returned=Count("pk", filter=RETURNED)
        )
    }
    given = Counter(dict(given_reviews(choice).values_list("reviewer").annotate(n=Count("pk"))))
    return {user: Verdicts(*first.get(user, (0, 0)), given[user]) for user in sorted({*first, *given})}


def figure(found: dict[int, Verdicts], names: dict[int, str]) -> Figure:
    columns = [
        Column("person", _("Person"), "text"),
        Column("first_pass", _("Approved at first review"), "share", {"review": "approved"}, is_drawn=True),
        Column("approved", _("Images approved at once"), "count", {"review": "approved"}),
        Column("returned", _("Images returned at first"), "count", {"review": "returned"}),
        Column("given", _("Reviews given"), "count", {"review": "given"}),
    ]
    rows = [
        Row(
            [names.get(user, ""), one.first_pass, one.first_approved, one.first_returned, one.given],
            {"person": user},
        )
        for user, one in sorted(found.items(), key=lambda pair: (-sum(pair[1][:2]), -pair[1].given, pair[0]))
    ]
    return Figure("reviews", columns, rows)
