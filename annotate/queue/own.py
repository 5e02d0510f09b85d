"""What a person gets before anything else: what came back to them, and what they were asked to do."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, QuerySet, Subquery

from ..models import Assignment, Frame, User, completed_by
from .strategies import Choice


def asked_of_others(project_id: int, user: User) -> QuerySet[Assignment, int]:
    """Ids of frames that somebody else is asked to label: the queue gives them to nobody but them."""
    assigned = Assignment.objects.filter(work=Assignment.Work.ANNOTATE, frame__project=project_id)
    return assigned.exclude(user=user).values_list("frame", flat=True)


def own_first(waiting: QuerySet[Frame], user: User) -> Iterator[Choice]:
    returned = waiting.filter(status=Frame.Status.RETURNED).annotate(completed_by=completed_by())
    yield Choice(returned.filter(completed_by=user.pk).order_by("pk"), "returned")
    mine = Assignment.objects.filter(frame=OuterRef("pk"), work=Assignment.Work.ANNOTATE, user=user)
    asked = waiting.annotate(due=Subquery(mine.values("due_on")[:1]))
    asked = asked.filter(assignments__user=user, assignments__work=Assignment.Work.ANNOTATE)
    yield Choice(asked.order_by(F("due").asc(nulls_last=True), "pk"), "assigned")
