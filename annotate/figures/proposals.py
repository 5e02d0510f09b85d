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
MOST_FRAMES = 100_000
"""How many frames (per bucket, version and label) are told apart; beyond, boxes per frame come out too high."""

VERDICTS = (Proposal.Outcome.ACCEPTED, Proposal.Outcome.CORRECTED, Proposal.Outcome.REJECTED)
COMPLETE = Q(frame__status__in=Frame.DONE)
KEPT = Q(outcome__in=VERDICTS[:2])
RIGHT = Q(outcome=Proposal.Outcome.ACCEPTED) | Q(
    outcome=Proposal.Outcome.CORRECTED, iou__gte=RIGHT_FROM_IOU, box__label=F("label")
)


class Seen(NamedTuple):
    """A frame where something of the version and the label was judged or missed in the bucket."""

    bucket: str
    version: int
    label: int
    frame: int


@dataclass(frozen=True, slots=True)
class Counts:
    judged: list[Judged]
    missed: list[Missed]
    frames: list[Seen]


def judged_proposals(choice: Choice) -> QuerySet[Proposal]:
    """By people. Of frames of the blind sample there are none: what was found there in silence is no proposal. Those
    accepted without a person are counted by themselves (``sure_proposals``), whatever became of them."""
    return decided_proposals(choice).filter(by_machine=False)


def sure_proposals(choice: Choice) -> QuerySet[Proposal]:
    """Those that were accepted without a person, by when that was, or by when a person decided otherwise; of the
    version and the label that were asked for."""
    chosen = choice.chosen(version="detection__model_version", label="label")
    return decided_proposals(choice).filter(by_machine=True, **chosen)


def decided_proposals(choice: Choice) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(
        detection__project=choice.project,
        frame__set_aside_at=None,
        outcome__in=VERDICTS,
        **choice.within("judged_at"),
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
        kind=Operation.Kind.CREATE,
        box__source=Box.Source.HUMAN,
        box__status=Box.Status.ACCEPTED,
        box__deleted_revision__isnull=True,
        **choice.of_frames,
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
    rows = sure_proposals(choice).values_list("label").annotate(boxes=Count("pk"), **outcomes)
    return [Sure(*row) for row in rows]


def missed_by_frame(choice: Choice) -> list[tuple[Seen, int]]:
    """Where boxes were missed, and how many."""
    words = ("bucket", "version", "box__label", "frame")
    rows = drawn_boxes(choice).annotate(bucket=choice.named("created_at")).values_list(*words)
    counted = rows.annotate(boxes=Count("pk"))[:MOST_FRAMES]
    return [(Seen(*row), boxes) for *row, boxes in counted if row[1] is not None]


def judged_frames(choice: Choice) -> set[Seen]:
    judged = judged_proposals(choice).annotate(bucket=choice.named("judged_at"))
    rows = judged.values_list("bucket", "detection__model_version", "label", "frame").distinct()
    return {Seen(*row) for row in rows[:MOST_FRAMES]}


def counts_for(choice: Choice) -> Counts:
    """Three queries."""
    missed: Counter[tuple[str, int, int]] = Counter()
    frames = judged_frames(choice)
    for seen, boxes in missed_by_frame(choice):
        missed[seen[:3]] += boxes
        frames.add(seen)
    groups = [Missed(*group, boxes) for group, boxes in missed.items()]
    return Counts(judged_groups(choice), groups, [*frames])
