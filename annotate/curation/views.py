"""What is worth a second look: views of boxes and of frames by name, for the desk and the API.

Those that compare boxes with one another look at the newest WINDOW frames (of the project that is chosen): each would
otherwise read a whole table of millions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from ..models import Box, Feedback, Frame, Proposal, Review
from .disputes import open_disputes
from .outliers import outliers
from .overlaps import doubled

T = TypeVar("T")

WINDOW = 2_000
LOW, HIGH = 0.5, 0.8
"""Confidences that are low for what was accepted, and high for what was rejected."""
FEW_BOXES = 1
OPPOSED = ((Box.Status.ACCEPTED, Box.Feedback.NEGATIVE), (Box.Status.REJECTED, Box.Feedback.POSITIVE))
"""Verdict and feedback that say the opposite of one another."""
MOST_RATED = 50_000
MOST_DISPUTED = 5_000
"""Of each kind of dispute; what is settled makes room for others."""
Status = Box.Status
ALIVE = Q(deleted_revision__isnull=True)


class Scope:
    """``project``: id of the one that the list is narrowed to, None for all."""

    def __init__(self, project: int | None = None) -> None:
        self.project = project
        self.found: dict[str, Any] = {}

    @cached_property
    def oldest_frame(self) -> int:
        """Id of the oldest frame of the window."""
        frames = Frame.objects.all() if self.project is None else Frame.objects.filter(project=self.project)
        rows = frames.order_by("-pk").values_list("pk", flat=True)
        return next(iter(rows[WINDOW - 1 : WINDOW]), 0)

    def once(self, name: str, find: Callable[[], T]) -> T:
        """What was found, for as long as the scope lives: a request."""
        if name not in self.found:
            self.found[name] = find()
        kept: T = self.found[name]
        return kept

    def window(self) -> QuerySet[Box]:
        boxes = Box.objects.filter(ALIVE, frame__gte=self.oldest_frame)
        return boxes if self.project is None else boxes.filter(frame__project=self.project)


@dataclass(frozen=True, slots=True)
class View:
    """``order``: of the list, empty for the usual one."""

    title: Promise
    narrow: Callable[[QuerySet[Any], Scope], QuerySet[Any]]
    order: tuple[str, ...] = ()


def disputed(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    """A verdict was reversed, or two verdicts say the opposite of one another."""
    return boxes.filter(pk__in=scope.once("disputed", lambda: disputed_boxes(scope.project)))


def disputed_boxes(project: int | None) -> set[UUID]:
    """As a list: SQLite asks a query inside another again for each row."""
    reversed_ones = Proposal.objects.filter(reversals__gt=0)
    # The words of feedback one by one, or SQLite does not take the index.
    words = with_feedback(Box.objects.all()).filter(feedback__in=["positive", "negative"])
    if project is not None:
        reversed_ones, words = (
            reversed_ones.filter(frame__project=project),
            words.filter(frame__project=project),
        )
    turned = reversed_ones.order_by("box").values_list("box", flat=True)
    rated = words.order_by().values_list("pk", "status", "feedback")[:MOST_RATED]
    opposed = (box for box, status, feedback in rated if (status, feedback) in OPPOSED)
    return {*turned[:MOST_DISPUTED], *islice(opposed, MOST_DISPUTED)}


def with_feedback(boxes: QuerySet[Box]) -> QuerySet[Box]:
    """In the words of the index: SQLite takes it for nothing else."""
    return boxes.filter(ALIVE, ~Q(feedback=""))


def accepted_unsure(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    return boxes.filter(status=Status.ACCEPTED, confidence__lt=LOW)


def rejected_sure(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    return boxes.filter(status=Status.REJECTED, confidence__gte=HIGH)


def never_reviewed(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    return boxes.filter(status=Status.PROPOSED)


def disliked(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    return boxes.filter(~Q(feedback=""), feedback=Box.Feedback.NEGATIVE)


def outlying(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    window = scope.window().exclude(status=Status.REJECTED)
    key = f"{scope.project}.{scope.oldest_frame}"
    return boxes.filter(pk__in=scope.once("outliers", lambda: outliers(window, key)))


def overlapping(boxes: QuerySet[Box], scope: Scope) -> QuerySet[Box]:
    """Boxes of two people that are about one thing."""
    kept = scope.window().filter(created_by__isnull=False)
    return boxes.filter(pk__in=scope.once("overlapping", lambda: doubled(kept)))


BOX_VIEWS: dict[str, View] = {
    "disputed": View(_("Disputed"), disputed),
    "accepted_unsure": View(_("Accepted with low confidence"), accepted_unsure, ("confidence", "pk")),
    "rejected_sure": View(_("Rejected with high confidence"), rejected_sure, ("-confidence", "pk")),
    "never_reviewed": View(_("Never reviewed"), never_reviewed),
    "negative": View(_("Negative feedback"), disliked),
    "outliers": View(_("Unusual size or shape (newest images)"), outlying),
    "overlapping": View(_("Overlapping boxes of two people (newest images)"), overlapping),
}


def kept_boxes() -> QuerySet[Box]:
    return Box.objects.filter(ALIVE, frame=OuterRef("pk")).exclude(status=Status.REJECTED)


def frames_never_reviewed(frames: QuerySet[Frame], scope: Scope) -> QuerySet[Frame]:
    return frames.filter(~Exists(Review.objects.filter(frame=OuterRef("pk"))), status=Frame.Status.COMPLETE)


def nearly_empty(frames: QuerySet[Frame], scope: Scope) -> QuerySet[Frame]:
    """Done, and with at most FEW_BOXES boxes."""
    more = kept_boxes().order_by()[FEW_BOXES : FEW_BOXES + 1]
    return frames.filter(~Exists(more), status__in=Frame.DONE)


def frames_disputed(frames: QuerySet[Frame], scope: Scope) -> QuerySet[Frame]:
    """A verdict about a box was reversed, the frame was returned by a reviewer, or people who labelled it independently
    disagree and nobody has decided yet."""
    boxes = Proposal.objects.filter(reversals__gt=0).values("frame")
    returned = Review.objects.filter(frame=OuterRef("pk"), verdict=Review.Verdict.RETURNED)
    disagreed = open_disputes().values("frame")
    return frames.filter(Q(pk__in=boxes) | Q(pk__in=disagreed) | Exists(returned))


def frames_disliked(frames: QuerySet[Frame], scope: Scope) -> QuerySet[Frame]:
    negative = Feedback.objects.filter(verdict=Box.Feedback.NEGATIVE).values("frame")
    boxes = with_feedback(Box.objects.all()).filter(feedback=Box.Feedback.NEGATIVE).values("frame")
    return frames.filter(Q(pk__in=negative) | Q(pk__in=boxes))


def frames_overlapping(frames: QuerySet[Frame], scope: Scope) -> QuerySet[Frame]:
    boxes = overlapping(Box.objects.filter(ALIVE), scope)
    return frames.filter(pk__in=boxes.order_by().values("frame"))


FRAME_VIEWS: dict[str, View] = {
    "never_reviewed": View(_("Complete, never reviewed"), frames_never_reviewed),
    "nearly_empty": View(_("Done and nearly empty"), nearly_empty),
    "disputed": View(_("Disputed"), frames_disputed),
    "negative": View(_("Negative feedback"), frames_disliked),
    "overlapping": View(_("Overlapping boxes of two people (newest images)"), frames_overlapping),
}
