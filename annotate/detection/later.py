"""Detections that were asked for after another one and reached a frame before it: there they have the last word."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from ..models import Detection, Operation
from .log import undo_gesture_of
from .mapping import mapping_for


def answered_later(
    detection: Detection, frame_id: int, looked: Collection[UUID]
) -> dict[UUID, frozenset[int]]:
    """``looked``: detections that have looked at the frame. Those of them that were asked for after this one, each with
    the labels that it could have answered with; without those that were taken back."""
    mine = detection.created_at, detection.pk
    later = [one for one in looked if (asked_at(one), one) > mine]
    if not later:
        return {}
    undone = set(
        Operation.objects.filter(frame=frame_id, gesture__in=map(undo_gesture_of, later))
        .order_by()
        .values_list("gesture", flat=True)
    )
    standing = [one for one in later if undo_gesture_of(one) not in undone]
    found = Detection.objects.filter(pk__in=standing).select_related("project", "model_version")
    return {one.pk: answerable_by(one) for one in found}


def answerable_by(detection: Detection) -> frozenset[int]:
    """Labels, as they are mapped now."""
    labels = mapping_for(detection.project, looked_for_by(detection)).values()
    return frozenset(label for label in labels if label is not None)


def looked_for_by(detection: Detection) -> list[str]:
    """Names of classes."""
    names: list[str] = detection.prompts or detection.model_version.classes
    return names


@lru_cache(maxsize=1000)  # it never changes, and a batch meets the same few on every frame
def asked_at(detection: UUID) -> datetime:
    """Raises Detection.DoesNotExist."""
    return Detection.objects.values_list("created_at", flat=True).get(pk=detection)
