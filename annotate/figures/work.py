"""Who did how much, what people think of detections, what no hand had to touch, and what is left to do."""

from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet, Value

from ..models import Box, Feedback, Frame, Operation, Proposal, StatusChange, User
from .choice import Choice


class Done(NamedTuple):
    """The work of one person in one bucket; ``frames`` were declared complete, each counted once."""

    bucket: str
    user: int
    frames: int = 0
    drawn: int = 0
    judged: int = 0


class Untouched(NamedTuple):
    label: int
    boxes: int
    untouched: int


class Opinion(NamedTuple):
    """``of``: box or image."""

    bucket: str
    of: str
    verdict: str
    total: int


DRAWN = Q(kind=Operation.Kind.CREATE)
JUDGED = Q(kind=Operation.Kind.SET) & (Q(fields__status="accepted") | Q(fields__status="rejected"))
UNTOUCHED = Q(proposal__outcome=Proposal.Outcome.ACCEPTED)


def completions(choice: Choice) -> QuerySet[StatusChange]:
    found = StatusChange.objects.filter(
        frame__project=choice.project,
        after=Frame.Status.COMPLETE,
        user__isnull=False,
        **choice.within("created_at"),
    )
    return (found if choice.reader is None else found.filter(user=choice.reader)).order_by()


def handwork(choice: Choice) -> QuerySet[Operation]:
    """Operations that people made themselves, undo and redo left out."""
    found = Operation.objects.filter(
        frame__project=choice.project,
        origin=Operation.Origin.USER,
        user__isnull=False,
        **choice.within("created_at"),
    )
    return (found if choice.reader is None else found.filter(user=choice.reader)).order_by()


def done_by_people(choice: Choice) -> list[Done]:
    """Two queries."""
    named = choice.named("created_at")
    frames = completions(choice).annotate(bucket=named).values_list("bucket", "user")
    boxes = handwork(choice).filter(DRAWN | JUDGED).annotate(bucket=named).values_list("bucket", "user")
    counted = boxes.annotate(drawn=Count("pk", filter=DRAWN), judged=Count("pk", filter=JUDGED))
    return [
        *(
            Done(bucket, user, frames=n)
            for bucket, user, n in frames.annotate(n=Count("frame", distinct=True))
        ),
        *(Done(bucket, user, drawn=drawn, judged=judged) for bucket, user, drawn, judged in counted),
    ]


def names_of(users: set[int]) -> dict[int, str]:
    return {one.pk: one.display_name for one in User.objects.filter(pk__in=users).order_by("username")}


def complete_boxes(choice: Choice) -> QuerySet[Box]:
    """The boxes that are there on frames that were completed in this time, and still are complete."""
    done = StatusChange.objects.filter(
        frame__project=choice.project, after=Frame.Status.COMPLETE, **choice.within("created_at")
    )
    return Box.objects.filter(
        frame__in=done.order_by().values("frame"),
        frame__status__in=Frame.DONE,
        deleted_revision__isnull=True,
        status=Box.Status.ACCEPTED,
    ).order_by()


def untouched_by_label(choice: Choice) -> list[Untouched]:
    rows = complete_boxes(choice).values_list("label")
    counted = rows.annotate(boxes=Count("pk"), untouched=Count("pk", filter=UNTOUCHED))
    return [Untouched(*row) for row in counted]


def rated_images(choice: Choice) -> QuerySet[Feedback]:
    found = Feedback.objects.filter(frame__project=choice.project, **choice.within("created_at"))
    return found.order_by()


def rated_boxes(choice: Choice) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(detection__project=choice.project, **choice.within("judged_at"))
    return found.exclude(feedback="").order_by()


def opinions_for(choice: Choice) -> list[Opinion]:
    """One query."""
    images = rated_images(choice).annotate(
        bucket=choice.named("created_at"), of=Value("image"), what=F("verdict")
    )
    boxes = rated_boxes(choice).annotate(
        bucket=choice.named("judged_at"), of=Value("box"), what=F("feedback")
    )
    words = ("bucket", "of", "what")
    counted = images.values_list(*words).annotate(n=Count("pk"))
    return [
        Opinion(*row) for row in counted.union(boxes.values_list(*words).annotate(n=Count("pk")), all=True)
    ]


def queue_of(project: int) -> dict[str, int]:
    """Frames by status."""
    rows = Frame.objects.filter(project=project).order_by().values_list("status").annotate(n=Count("pk"))
    return dict(rows)
