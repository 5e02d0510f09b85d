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
JUDGED = Q(kind=Operation.Kind.SET) & (Q(fields__status="accepted") | Q(fields__status="rejected")) | Q(
    kind=Operation.Kind.DELETE, revision=F("box__proposal__judged_revision")
)
"""A proposal that is deleted is rejected."""
UNTOUCHED = Q(proposal__outcome=Proposal.Outcome.ACCEPTED)


def completions(choice: Choice) -> QuerySet[StatusChange]:
    """By people themselves: neither by a merge nor by an import."""
    found = StatusChange.objects.filter(
        after=Frame.Status.COMPLETE,
        user__isnull=False,
        is_import=False,
        **choice.of_frames,
        **choice.within("created_at"),
    )
    return (found if choice.reader is None else found.filter(user=choice.reader)).order_by()


def handwork(choice: Choice) -> QuerySet[Operation]:
    """Operations that people made themselves, undo and redo left out."""
    found = Operation.objects.filter(
        origin=Operation.Origin.USER,
        user__isnull=False,
        **choice.of_frames,
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


def completed_by_people(choice: Choice) -> dict[int, int]:
    """How many frames each person declared complete, each counted once, whatever the buckets. One query."""
    return dict(completions(choice).values_list("user").annotate(n=Count("frame", distinct=True)))


def names_of(users: set[int]) -> dict[int, str]:
    return {one.pk: one.display_name for one in User.objects.filter(pk__in=users).order_by("username")}


def complete_boxes(choice: Choice) -> QuerySet[Box]:
    """The boxes of the label that was asked for that are there on frames that were completed in this time, and still
    are complete."""
    done = StatusChange.objects.filter(
        after=Frame.Status.COMPLETE, **choice.of_frames, **choice.within("created_at")
    )
    return Box.objects.filter(
        frame__in=done.order_by().values("frame"),
        frame__status__in=Frame.DONE,
        deleted_revision__isnull=True,
        status=Box.Status.ACCEPTED,
        **choice.chosen(label="label"),
    ).order_by()


def untouched_by_label(choice: Choice) -> list[Untouched]:
    rows = complete_boxes(choice).values_list("label")
    counted = rows.annotate(boxes=Count("pk"), untouched=Count("pk", filter=UNTOUCHED))
    return [Untouched(*row) for row in counted]


def rated_images(choice: Choice) -> QuerySet[Feedback]:
    """Of the version that was asked for. A whole image is of no label."""
    found = Feedback.objects.filter(
        **choice.of_frames, **choice.within("created_at"), **choice.chosen(version="detection__model_version")
    )
    return found.order_by()


def rated_boxes(choice: Choice) -> QuerySet[Proposal]:
    """Of the version, and of the label as proposed, that were asked for."""
    found = Proposal.objects.filter(
        detection__project=choice.project,
        frame__set_aside_at=None,
        **choice.within("judged_at"),
        **choice.chosen(version="detection__model_version", label="label"),
    )
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
