"""Whether it is time to train again: enough is newly labelled, or the model has got worse at what comes in now.

mlops.md 4.3: at least max(50, a tenth of the images trained on) newly labelled images, or drift. Drift is looked for on
the blind sample alone: nobody saw what the model found there, so people's boxes measure it honestly. Its alarm is the
share of those images on which the model does worse than it did on the held-out images of its training.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from ..datasets.snapshot import finished
from ..detection.mapping import mapping_for
from ..geometry import Edges
from ..models import Box, DatasetVersion, DetectionFrame, Frame, ModelVersion, Project, StatusChange, Training
from ..queue.scoring import Found, matched_overlaps
from ..training.statistics import wilson
from .deciding import number_in, part
from .promotion import serving

FEWEST_NEW, NEW_SHARE = 50, 0.1
RIGHT_FROM_IOU = 0.5
DRIFT_FRAMES = 20
"""Fewer blind images say nothing."""
DRIFT_SHARE = 0.6
"""Without drift about half of the images are worse than the mean; the lower bound must be above this."""
MOST_DRIFT_FRAMES = 500
PAUSE_AFTER_FAILURE = timedelta(hours=6)
"""So long no training starts by itself after one that brought no model."""


@dataclass(frozen=True, slots=True)
class Drift:
    """``worse`` of ``frames`` blind images are worse than the held-out ones were on average (``expected``, F1)."""

    frames: int
    worse: int
    expected: float

    @property
    def is_alarm(self) -> bool:
        return self.frames >= DRIFT_FRAMES and wilson(self.worse, self.frames)[0] > DRIFT_SHARE


@dataclass(frozen=True, slots=True)
class Need:
    """``new``: images labelled since the version last trained on; ``wanted``: how many call for a training."""

    new: int
    wanted: int
    drift: Drift | None
    last: DatasetVersion | None

    @property
    def is_due(self) -> bool:
        return self.new >= self.wanted or (self.drift is not None and self.drift.is_alarm)


def need_of(project: Project) -> Need:
    last = last_trained_on(project)
    trained = int(number_in(last.counts, "frames") or 0) if last else 0
    drift = drift_of(project, last.created_at) if last else None
    return Need(newly_labelled(project, last), wanted_after(trained), drift, last)


def wanted_after(trained: int) -> int:
    """How many newly labelled images call for a training after one on ``trained`` images."""
    return max(FEWEST_NEW, -(-trained // round(1 / NEW_SHARE)))


def last_trained_on(project: Project) -> DatasetVersion | None:
    """The data of the newest training that ended with a model."""
    ended = Training.objects.filter(project=project, finished_at__isnull=False, dataset_version__isnull=False)
    with_model = ended.exclude(outcome__in=[Training.Outcome.NONE, Training.Outcome.NO_MODEL])
    newest = with_model.select_related("dataset_version").order_by("-created_at").first()
    return newest.dataset_version if newest else None


def newly_labelled(project: Project, last: DatasetVersion | None) -> int:
    """Images that are complete now (or approved, where somebody reviews) and were declared so since; all of them where
    nothing was trained yet."""
    statuses = finished(project)
    done = Frame.objects.filter(project=project, status__in=statuses)
    if last is None:
        return done.count()
    since = Q(status_changes__after__in=statuses, status_changes__created_at__gt=last.created_at)
    return done.filter(since).distinct().count()


def may_start_by_itself(project: Project, now: datetime | None = None) -> bool:
    """Whether a training that nobody asked for may start, if it is due."""
    if project.training_mode != Project.TrainingMode.AUTOMATIC:
        return False
    newest = Training.objects.filter(project=project).order_by("-created_at").first()
    if newest is None:
        return True
    if newest.finished_at is None:
        return False
    failed = newest.outcome == Training.Outcome.NO_MODEL
    return not failed or newest.finished_at < (now or timezone.now()) - PAUSE_AFTER_FAILURE


def drift_of(project: Project, since: datetime) -> Drift | None:
    """On blind images completed since then; None where what serves has no measure of its own, or none of them."""
    version = serving(project)
    training = Training.objects.filter(model_version=version).first() if version else None
    if version is None or training is None:
        return None
    measured = part(training.evaluation, "challenger")
    expected = f1(number_in(measured, "precision") or 0.0, number_in(measured, "recall") or 0.0)
    found = silent_findings(project, version, since)
    if not expected or not found:
        return None
    truths = boxes_of(found)
    scores = [agreement(found[pk], truths.get(pk, [])) for pk in found]
    return Drift(len(scores), sum(score < expected for score in scores), expected)


def silent_findings(project: Project, version: ModelVersion, since: datetime) -> dict[int, list[Found]]:
    """By blind image that was completed since: what ``version`` found there last, and showed to nobody."""
    completed = StatusChange.objects.filter(
        frame=OuterRef("frame"), after__in=Frame.DONE, created_at__gt=since
    )
    looked = DetectionFrame.objects.filter(
        Exists(completed), frame__project=project, frame__is_blind=True, frame__status__in=Frame.DONE,
        is_silent=True, detection__model_version=version,
    )  # fmt: skip
    newest = (
        looked.values("frame").annotate(newest=Max("pk")).order_by("-newest").values_list("newest", flat=True)
    )
    rows = DetectionFrame.objects.filter(pk__in=list(newest[:MOST_DRIFT_FRAMES])).values_list(
        "frame_id", "found"
    )
    labels = mapping_for(project, version.classes)
    return {frame_id: list(found_in(boxes, labels, project.confidence)) for frame_id, boxes in rows}


def found_in(
    boxes: Iterable[dict[str, float | str]], labels: dict[str, int | None], confidence: float
) -> Iterable[Found]:
    for box in boxes:
        label, sure = labels.get(str(box["class"])), float(box["confidence"])
        if label is not None and sure >= confidence:
            yield Found(Edges(*(float(box[edge]) for edge in ("x1", "y1", "x2", "y2"))), label, sure)


def boxes_of(frames: Iterable[int]) -> dict[int, list[Found]]:
    """The boxes that people stand by."""
    rows = Box.objects.filter(
        frame__in=list(frames), deleted_revision__isnull=True, status=Box.Status.ACCEPTED
    )
    found: dict[int, list[Found]] = {}
    for frame_id, label, *edges in rows.values_list("frame_id", "label_id", "x1", "y1", "x2", "y2"):
        found.setdefault(frame_id, []).append(Found(Edges(*edges), label, 1.0))
    return found


def agreement(found: list[Found], truths: list[Found]) -> float:
    """F1 of one image: 1 where both have the same objects, or none."""
    if not found and not truths:
        return 1.0
    right = sum(overlap >= RIGHT_FROM_IOU for overlap in matched_overlaps(found, truths))
    return 2 * right / (len(found) + len(truths))


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
