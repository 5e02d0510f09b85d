"""From a commit to the events that tell of it: plain counts per person, verdicts per detection. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..models import Operation
from .outbox import EventRow

if TYPE_CHECKING:
    from ..sync.operations import BoxState
    from ..sync.records import OperationRow
    from ..sync.submit import CommittedFrame
    from ..sync.verdicts import ProposalRow

IOU_DIGITS = 4

Payload = dict[str, Any]
Boxes = Mapping[UUID, "BoxState"]


def events_of(
    frame: "CommittedFrame",
    operations: Sequence["OperationRow"],
    boxes: Boxes,
    judged: Sequence["ProposalRow"],
) -> list[EventRow]:
    """``operations`` is not empty; ``boxes`` and ``judged`` are as after them."""
    at = operations[-1].created_at
    newest = {one.box_id: one for one in operations}
    people: dict[int, Payload] = edits_by_person(operations, boxes)
    detections: dict[UUID, list[Any]] = defaultdict(list)
    for row in judged:
        box, by = boxes[row.box_id], newest[row.box_id]
        verdict = verdict_of(row, box)
        if by.user_id in people and by.origin in Operation.BY_HAND:
            people[by.user_id].setdefault("judged", []).append(verdict)
        # What no person was asked about is no measure of a model: only what people found wrong of it would count.
        if box.detection is not None and not row.by_machine:
            detections[box.detection].append(verdict)
    of_people = [
        EventRow("edits", frame.project_id, user, at, {"frame": frame.id, **counts})
        for user, counts in people.items()
    ]
    of_detections = [
        EventRow("judged", frame.project_id, None, at, {"frame": frame.id, "judged": verdicts}, detection)
        for detection, verdicts in detections.items()
    ]
    return of_people + of_detections


def edits_by_person(operations: Sequence["OperationRow"], boxes: Boxes) -> dict[int, Payload]:
    """Counts by user; what is 0 is left out."""
    people: dict[int, Payload] = {}
    for one in operations:
        if one.user_id is None or one.origin not in Operation.BY_HAND:
            continue
        if one.box_id is None and not one.ms:
            continue  # a rating is told by itself (handlers.on_feedback); only its time is spent here
        counts = people.setdefault(one.user_id, {})
        if one.box_id is not None:
            word, step = counted(one, boxes[one.box_id])
            add(counts, word, step)
        add(counts, "ms", one.ms or 0)
    return people


def add(counts: Payload, word: str, step: int) -> None:
    if step:
        counts[word] = counts.get(word, 0) + step


def counted(operation: "OperationRow", box: "BoxState") -> tuple[str, int]:
    """What an operation counts as. Net: an undo takes back what it undid. Of a model's box, only changes count here;
    the rest is a verdict."""
    if operation.kind == "set":
        return "changed", 1
    if box.source == "model":
        return "changed", 0
    if operation.kind == "create":
        return "created", 1
    if operation.kind == "delete":
        return ("created", -1) if operation.origin == "undo" else ("deleted", 1)
    return ("created", 1) if operation.origin == "redo" else ("deleted", -1)


def verdict_of(row: "ProposalRow", box: "BoxState") -> list[Any]:
    """Box, outcome, IoU, feedback, whether it still has the label that was proposed."""
    iou = None if row.iou is None else round(row.iou, IOU_DIGITS)
    return [row.box_id.hex, row.outcome, iou, row.feedback, box.fields["label"] == row.label_id]
