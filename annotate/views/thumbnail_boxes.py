"""The boxes that are drawn over thumbnails, in the list of images and in the filmstrip, by the rules of the editor."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from ..detection.plan import SAME_OBJECT_IOU
from ..geometry import Edges
from ..models import Box, Frame
from ..sync.operations import EDGES

BOXES_PER_THUMBNAIL = 120  # the largest ones: more cannot be told apart at this size


def live_boxes(frames: Sequence[Frame]) -> dict[int, list[Box]]:
    """Per frame its boxes to draw over the thumbnail, largest first, in one query. ``in_frame`` of each: how many the
    frame shows in all."""
    area = (F("x2") - F("x1")) * (F("y2") - F("y1"))
    boxes = (
        Box.objects.filter(frame__in=frames, deleted_revision__isnull=True)
        .exclude(status=Box.Status.REJECTED)
        .exclude(status=Box.Status.PROPOSED, frame__is_blind=True)
        .annotate(
            place=Window(RowNumber(), partition_by=F("frame"), order_by=[area.desc(), F("pk").asc()]),
            in_frame=Window(Count("pk"), partition_by=F("frame")),
        )
        .filter(place__lte=BOXES_PER_THUMBNAIL)
        .order_by("place")
        .select_related("label")
        .only(
            *(
                "frame_id",
                *EDGES,
                "status",
                "source",
                "feedback",
                "detection_id",
                "created_by_id",
                "versions",
            ),
            *("label__name", "label__color"),
        )
    )
    found: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        found[box.frame_id].append(box)
    return {frame_id: without_covered(of_frame) for frame_id, of_frame in found.items()}


def without_covered(boxes: list[Box]) -> list[Box]:
    """Of one frame, without the proposals that mean the object of a box that a person drew or kept: as
    frontend/src/covered.js, which hides them in the editor."""
    people: dict[int, list[Edges]] = defaultdict(list)
    for box in boxes:
        if box.status == Box.Status.ACCEPTED and not is_accepted_alone(box):
            people[box.label_id].append(edges_of(box))
    shown = [
        box
        for box in boxes
        if not is_proposal(box)
        or all(edges.iou(edges_of(box)) < SAME_OBJECT_IOU for edges in people.get(box.label_id, ()))
    ]
    for box in shown:
        box.in_frame -= len(boxes) - len(shown)  # type: ignore[attr-defined]
    return shown


def is_proposal(box: Box) -> bool:
    return box.status == Box.Status.PROPOSED


def is_accepted_alone(box: Box) -> bool:
    """By a detection when it made the box, and no person has judged, moved or relabelled it since (box.js)."""
    is_of_detection = (
        box.source == Box.Source.MODEL and box.detection_id is not None and box.created_by_id is None
    )
    if not is_of_detection or box.status != Box.Status.ACCEPTED or box.feedback:
        return False
    return all(box.versions.get(name) == box.versions.get("status") for name in (*EDGES, "label"))


def edges_of(box: Box) -> Edges:
    return Edges(box.x1, box.y1, box.x2, box.y2)
