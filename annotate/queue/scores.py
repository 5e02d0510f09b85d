"""The expected use of frames, from what detections left in the database. The arithmetic is in scoring.py."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from ..geometry import Edges
from ..models import Box, DetectionFrame, Frame, Label, Proposal
from .scoring import OVERTAKEN, Found, Parts, disagreement_of, rarity_by_label, rarity_of

CHUNK = 500

Outcome = Proposal.Outcome


def score_frames(frame_ids: Iterable[int]) -> int:
    """Writes Frame.score of these frames, to be called after a detection; how many changed.

    None for a frame without a detection that found anything, and for the blind sample: what a model thinks of it must
    not decide when people see it. One short transaction per chunk, in the order of ids: nobody who locks one frame can
    be in a ring with it, and on SQLite it is one write to the disk instead of one per frame.
    """
    changed, ids = 0, sorted(set(frame_ids))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        parts = parts_of(chunk)
        present = Frame.objects.filter(pk__in=chunk).order_by("pk").values_list("pk", "score")
        wanted = {pk: parts[pk].score if pk in parts else None for pk in chunk}
        rows = [pk for pk, score in present if score != wanted[pk]]
        with transaction.atomic():
            for pk in rows:
                Frame.objects.filter(pk=pk).update(score=wanted[pk])
        changed += len(rows)
    return changed


def parts_of(frame_ids: Sequence[int]) -> dict[int, Parts]:
    """The factors of each frame's expected use; without those that have none. Four queries, one more per project."""
    frames = dict(Frame.objects.filter(pk__in=frame_ids, is_blind=False).values_list("pk", "project_id"))
    passes = newest_passes(frames)
    boxes = boxes_of(passes)
    weights = {project_id: class_weights(project_id) for project_id in {frames[pk] for pk in passes}}
    parts = {}
    for frame_id, (newest, *_) in passes.items():
        if newest.uncertainty is not None:
            found = boxes[frame_id]
            rarity = rarity_of((box.label for box in found.now), weights[frames[frame_id]])
            parts[frame_id] = Parts(newest.uncertainty, rarity, found.disagreement)
    return parts


def newest_passes(frame_ids: Iterable[int]) -> dict[int, list[DetectionFrame]]:
    """Up to two detections of each frame, the newest first; without those that a later request had overtaken."""
    newest = Window(RowNumber(), partition_by=F("frame"), order_by=F("pk").desc())
    rows = DetectionFrame.objects.filter(frame__in=list(frame_ids), is_silent=False).exclude(
        uncertainty=None, left_out__has_key=OVERTAKEN
    )
    passes: dict[int, list[DetectionFrame]] = defaultdict(list)
    for row in rows.annotate(place=newest).filter(place__lte=2).order_by("-pk"):
        passes[row.frame_id].append(row)
    return dict(passes)


@dataclass(slots=True)
class Passes:
    """What two passes left open on a frame; what people have judged since says nothing of the model's doubt."""

    has_two: bool
    now: list[Found] = field(default_factory=list)
    before: list[Found] = field(default_factory=list)

    @property
    def disagreement(self) -> float | None:
        return disagreement_of(self.now, self.before) if self.has_two else None


def boxes_of(passes: dict[int, list[DetectionFrame]]) -> dict[int, Passes]:
    """Per frame. A proposal that the newest pass repeated kept its row, so an open older one belongs to both."""
    found = {frame_id: Passes(len(rows) == 2) for frame_id, rows in passes.items()}
    rows = Proposal.objects.filter(frame__in=passes, outcome__in=[Outcome.OPEN, Outcome.REPLACED])
    columns = ("frame_id", "detection_id", "outcome", "judged_revision", "label_id", "confidence")
    for frame_id, detection, outcome, replaced_at, label, confidence, *edges in rows.order_by().values_list(
        *columns, "x1", "y1", "x2", "y2"
    ):
        newest, *older = passes[frame_id]
        box = Found(Edges(*edges), label, confidence)
        if outcome == Outcome.OPEN:
            found[frame_id].now.append(box)
        was_there = outcome == Outcome.OPEN or (older and (replaced_at or 0) > older[0].revision)
        if was_there and detection != newest.detection_id:
            found[frame_id].before.append(box)
    return found


def class_weights(project_id: int) -> dict[int, float]:
    """By label: how rare it is among the boxes of the project that people stand by."""
    labels = Label.objects.filter(project=project_id, is_active=True).values_list("pk", flat=True)
    kept = Box.objects.filter(
        Q(label__in=list(labels)), deleted_revision__isnull=True, status=Box.Status.ACCEPTED
    )
    counted = kept.order_by().values("label").annotate(n=Count("pk")).values_list("label", "n")
    return rarity_by_label({**dict.fromkeys(labels, 0), **dict(counted)})
