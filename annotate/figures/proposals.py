"""What people made of proposals, and what the models missed, counted by the database."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Floor

from ..models import Box, DetectionFrame, Frame, Operation, Proposal
from .choice import STEPS, Choice
from .tally import Judged, Missed

RIGHT_FROM_IOU = 0.5
MOST_FRAMES = 50_000
"""How many frames (per bucket and version) are told apart; beyond, boxes per frame come out too high."""

VERDICTS = (Proposal.Outcome.ACCEPTED, Proposal.Outcome.CORRECTED, Proposal.Outcome.REJECTED)
COMPLETE = Q(frame__status__in=Frame.DONE)
KEPT = Q(outcome__in=VERDICTS[:2])
RIGHT = Q(outcome=Proposal.Outcome.ACCEPTED) | Q(
    outcome=Proposal.Outcome.CORRECTED, iou__gte=RIGHT_FROM_IOU, box__label=F("label")
)


@dataclass(frozen=True, slots=True)
class Counts:
    """``frames``: bucket, version and id of every frame where something was judged or missed."""

    judged: list[Judged]
    missed: list[Missed]
    frames: list[tuple[str, int, int]]


def judged_proposals(choice: Choice) -> QuerySet[Proposal]:
    """By people. Of frames of the blind sample there are none: what was found there in silence is no proposal. Those
    accepted without a person are counted by themselves (``sure_proposals``), whatever became of them."""
    return decided_proposals(choice).filter(by_machine=False)


def sure_proposals(choice: Choice) -> QuerySet[Proposal]:
    """Those that were accepted without a person, by when that was, or by when a person decided otherwise."""
    return decided_proposals(choice).filter(by_machine=True)


def decided_proposals(choice: Choice) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(
        detection__project=choice.project, outcome__in=VERDICTS, **choice.within("judged_at")
    )
    return found.order_by()


def above(choice: Choice) -> Q:
    return Q(confidence__gte=choice.step / STEPS - 1e-9)


def drawn_boxes(choice: Choice) -> QuerySet[Any]:
    """The creations of boxes that people drew on complete frames. ``version`` had last looked at the frame before: with
    none, the box is not missed. Not filtered by it, as databases would look for it twice then."""
    newest = earlier_detections().order_by("-pk").values("detection__model_version")[:1]
    found = Operation.objects.filter(
        COMPLETE,
        frame__project=choice.project,
        kind=Operation.Kind.CREATE,
        box__source=Box.Source.HUMAN,
        box__status=Box.Status.ACCEPTED,
        box__deleted_revision__isnull=True,
        **choice.within("created_at"),
    )
    return found.annotate(version=Subquery(newest)).order_by()


def earlier_detections() -> QuerySet[DetectionFrame]:
    """Of an operation: what looked at its frame before it was made, for everybody to see."""
    return DetectionFrame.objects.filter(
        frame=OuterRef("frame"), is_silent=False, revision__lt=OuterRef("revision")
    )


def missed_boxes(choice: Choice) -> QuerySet[Any]:
    return drawn_boxes(choice).filter(Exists(earlier_detections()))


def chosen(query: QuerySet[Any], choice: Choice, *, version: str, label: str) -> QuerySet[Any]:
    """Narrowed to the version and the class that were asked for, by the names of their columns."""
    words = {version: choice.asked.version, label: choice.asked.label}
    return query.filter(**{name: value for name, value in words.items() if value is not None})


def judged_groups(choice: Choice) -> list[Judged]:
    step = Floor(F("confidence") * STEPS + Value(1e-9), output_field=FloatField())
    words = ("bucket", "detection__model_version", "label", "outcome", "is_right", "is_complete", "step")
    rows = (
        judged_proposals(choice)
        .annotate(
            bucket=choice.named("judged_at"), step=step, is_right=yes_if(RIGHT), is_complete=yes_if(COMPLETE)
        )
        .values_list(*words)
        .annotate(boxes=Count("pk"))
    )
    return [
        Judged(bucket, version, label, outcome, right, complete, int(at), boxes)
        for bucket, version, label, outcome, right, complete, at, boxes in rows
    ]


def yes_if(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


class Sure(NamedTuple):
    """Of one label, as proposed: accepted without a person, and what people corrected or rejected of it since."""

    label: int
    boxes: int
    corrected: int
    rejected: int


def sure_by_label(choice: Choice) -> list[Sure]:
    """One query."""
    outcomes = {
        name: Count("pk", filter=Q(outcome=name))
        for name in (Proposal.Outcome.CORRECTED.value, Proposal.Outcome.REJECTED.value)
    }
    found = chosen(sure_proposals(choice), choice, version="detection__model_version", label="label")
    rows = found.values_list("label").annotate(boxes=Count("pk"), **outcomes)
    return [Sure(*row) for row in rows]


def missed_by_frame(choice: Choice) -> list[tuple[str, int, int, int, int]]:
    """Bucket, version, label and frame, and how many boxes were missed there."""
    words = ("bucket", "version", "box__label", "frame")
    rows = drawn_boxes(choice).annotate(bucket=choice.named("created_at")).values_list(*words)
    counted = rows.annotate(boxes=Count("pk"))[:MOST_FRAMES]
    return [row for row in counted if row[1] is not None]


def judged_frames(choice: Choice) -> set[tuple[str, int, int]]:
    """Bucket, version and id of every frame where something was judged."""
    judged = judged_proposals(choice).annotate(bucket=choice.named("judged_at"))
    return set(judged.values_list("bucket", "detection__model_version", "frame").distinct()[:MOST_FRAMES])


def counts_for(choice: Choice) -> Counts:
    """Three queries."""
    missed: Counter[tuple[str, int, int]] = Counter()
    frames = judged_frames(choice)
    for bucket, version, label, frame, boxes in missed_by_frame(choice):
        missed[bucket, version, label] += boxes
        frames.add((bucket, version, frame))
    groups = [Missed(*group, boxes) for group, boxes in missed.items()]
    return Counts(judged_groups(choice), groups, [*frames])
